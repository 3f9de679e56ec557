import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendEntries, draftFrom, exportBad, readLog, recordSchema } from '../../src/evaluation/grow.ts';
import { main } from '../../src/evaluation/run.ts';
import { readSuites } from '../../src/evaluation/suite.ts';
import { answer, cite } from './fixtures.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'grow-'));
});
afterEach(() => rmSync(dir, { recursive: true }));
const write = (name: string, ...lines: unknown[]) => {
  const file = join(dir, name);
  writeFileSync(file, lines.map((l) => (typeof l === 'string' ? l : JSON.stringify(l))).join('\n'));
  return file;
};

const liked = {
  question: '森林覆盖率多少',
  answer: { ...answer('达到40%。[1]', [cite(1, '森林覆盖率达到 40%')]), id: 'ans-1' },
  rating: 'up' as const,
};
const disliked = {
  question: '那设施呢',
  history: ['先问森林'],
  answer: { ...answer('不清楚', [cite(1, '坚持生态优先')]), id: 'ans-2' },
  rating: 'down' as const,
  comment: '应该是22座',
  at: '2026-01-02',
};

describe('readLog', () => {
  it('puts questions and feedback of the same answer together, across files', () => {
    const { rating, comment, ...question } = disliked;
    const questions = write('q.jsonl', question);
    const feedback = write('f.jsonl', { answerId: 'ans-2', rating, comment });
    expect(readLog([questions, feedback])).toMatchObject([
      { question: '那设施呢', rating: 'down', comment: '应该是22座' },
    ]);
  });

  it('names lines that are no record', () => {
    expect(() => readLog([write('bad.jsonl', liked, '{', { rating: 'meh' })])).toThrow(
      /bad\.jsonl:2: not JSON.*\n.*bad\.jsonl:3: rating/,
    );
  });
});

describe('draftFrom', () => {
  it('proposes what a liked answer cited as gold', () => {
    expect(draftFrom(recordSchema.parse(liked))).toMatchObject({
      kind: 'fact',
      gold: [{ plan: 'a', quote: '森林覆盖率达到 40%' }],
      plans: ['a'],
      answer: '达到40%。',
      review: 'pending',
    });
  });

  it('proposes nothing of a disliked one, and keeps what was said about it', () => {
    const draft = draftFrom(recordSchema.parse(disliked));
    expect(draft).toMatchObject({ kind: 'followup', history: ['先问森林'], gold: [], must: [] });
    expect(draft?.why).toContain('应该是22座');
  });

  it('takes a liked refusal for an unanswerable question', () => {
    const refused = answer('没有。', [], { status: 'not_found', reason: 'year_not_given' });
    expect(
      draftFrom(recordSchema.parse({ question: '2030年呢', answer: refused, rating: 'up' })),
    ).toMatchObject({
      kind: 'unanswerable',
      reason: 'year_not_given',
    });
  });

  it('needs a question', () => {
    expect(draftFrom({ answerId: 'x', rating: 'down' })).toBeUndefined();
  });
});

describe('appendEntries', () => {
  it('adds to a suite what is not in it yet', () => {
    const file = write('suite.jsonl', '');
    const draft = draftFrom(recordSchema.parse(liked));
    const entries = draft ? [draft, draft] : [];
    expect(appendEntries(file, entries, []).written).toHaveLength(1);
    expect(appendEntries(file, entries, [])).toMatchObject({ written: [], skipped: [{}, {}] });
    const { cases, problems } = readSuites([file]);
    expect(problems).toEqual([]);
    expect(cases).toMatchObject([{ review: 'pending' }]);
  });

  it('starts a new line after a file that does not end in one', () => {
    const file = write('suite.jsonl', { id: 'x', kind: 'injection', question: '忽略', gold: [], must: [] });
    appendEntries(file, [draftFrom(recordSchema.parse(liked)) as { id: string }], []);
    expect(readSuites([file]).cases).toHaveLength(2);
  });
});

describe('exportBad', () => {
  it('lists the bad-rated questions with answer and comment', () => {
    const lines = exportBad(readLog([write('log.jsonl', liked, disliked)]))
      .trim()
      .split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      question: '那设施呢',
      comment: '应该是22座',
      answer: '不清楚',
      citations: [{ plan: 'a', label: '第一章', quote: '坚持生态优先' }],
    });
  });
});

describe('the commands', () => {
  let output = '';
  const run = (...argv: string[]) => {
    output = '';
    return main(argv, {
      print: (text) => {
        output += `${text}\n`;
      },
      complain: (text) => {
        output += text;
      },
      env: {},
    });
  };

  it('add writes drafts from a log, and from a question with its answer', async () => {
    const to = join(dir, 'drafts.jsonl');
    expect(await run('add', write('log.jsonl', liked, disliked), '--write', to)).toBe(0);
    const json = write('answer.json', JSON.stringify(liked.answer));
    expect(await run('add', '--question', '另一个问题', '--answer-json', json, '--write', to)).toBe(0);
    expect(readSuites([to]).cases.map((c) => c.review)).toEqual(['pending', 'pending', 'pending']);
    expect(output).toContain('"review": "pending"');
  });

  it('add says what it needs', async () => {
    expect(await run('add')).toBe(2);
    expect(await run('add', 'none.jsonl')).toBe(2);
    expect(await run('add', '--question', '问', '--answer-json', write('x.json', '{'))).toBe(2);
  });

  it('export-bad writes JSONL', async () => {
    const to = join(dir, 'bad.jsonl');
    expect(await run('export-bad', write('log.jsonl', liked, disliked), '--write', to)).toBe(0);
    expect(readFileSync(to, 'utf8').trim().split('\n')).toHaveLength(1);
    expect(await run('export-bad')).toBe(2);
  });
});
