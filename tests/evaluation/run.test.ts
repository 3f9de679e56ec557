import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Assistant } from '../../src/assistant.ts';
import { main } from '../../src/evaluation/run.ts';
import { inProcess, overHttp } from '../../src/evaluation/target.ts';
import { readCorpus, stubAssistant } from './stub-assistant.ts';

let assistant: Assistant;
let dir: string;
let output: string;
let errors: string;
beforeAll(async () => {
  assistant = stubAssistant(await readCorpus());
  dir = mkdtempSync(join(tmpdir(), 'eval-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
beforeEach(() => {
  output = '';
  errors = '';
});

const evaluate = (argv: string[], assistantToUse: Assistant = assistant) =>
  main(argv, {
    print: (text) => {
      output += `${text}\n`;
    },
    complain: (text) => {
      errors += `${text}\n`;
    },
    open: async () => inProcess({ ...assistantToUse, close: async () => {} }),
    env: {},
    isTerminal: false,
  });

const write = (name: string, content: string) => {
  const file = join(dir, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const entries = [
  {
    id: 'r-1',
    kind: 'fact',
    question: '开展濑溪河横向生态保护补偿试点探索',
    gold: [{ plan: 'chengyu-2025', quote: '开展濑溪河横向生态保护补偿试点探索' }],
    must: [['濑溪河']],
    tags: ['water'],
  },
  {
    id: 'r-2',
    kind: 'unanswerable',
    question: 'zzzz',
    gold: [],
    must: [],
    reason: 'nothing_found',
    why: '-',
  },
];
const suite = () => write('suite.jsonl', entries.map((e) => JSON.stringify(e)).join('\n'));
const out = () => join(dir, 'out');

describe('npm run eval', () => {
  it('runs a suite, writes the reports, and says 0 when the gate holds', async () => {
    const thresholds = write('t.yaml', '- { metric: passed, min: 1 }');
    expect(await evaluate([suite(), '--out', out(), '--thresholds', thresholds])).toBe(0);
    for (const name of ['report.html', 'summary.md', 'results.json', 'junit.xml']) {
      expect(existsSync(join(out(), name))).toBe(true);
    }
    expect(output).toContain('结论：达标');
    expect(JSON.parse(readFileSync(join(out(), 'results.json'), 'utf8')).results).toHaveLength(2);
  });

  it('says 1 when a threshold is missed, unless told not to gate', async () => {
    const thresholds = write('high.yaml', '- { metric: length, max: 1 }');
    const argv = [suite(), '--out', out(), '--thresholds', thresholds];
    expect(await evaluate(argv)).toBe(1);
    expect(output).toContain('未达门槛  length');
    expect(await evaluate([...argv, '--no-gate'])).toBe(0);
  });

  it('says 1 when a question of the baseline broke, and names it', async () => {
    const baseline = join(dir, 'baseline.json');
    expect(await evaluate(['baseline', suite(), '--write', baseline])).toBe(0);
    expect(await evaluate([suite(), '--out', out(), '--baseline', baseline])).toBe(0);
    const refusing: Assistant = {
      ...assistant,
      ask: async (request) => ({
        ...(await assistant.ask(request)),
        status: 'not_found',
        reason: 'nothing_found',
        answer: '规划没有写。',
        citations: [],
      }),
    };
    expect(await evaluate([suite(), '--out', out(), '--baseline', baseline], refusing)).toBe(1);
    expect(output).toMatch(/弄坏 {2}r-1.*误拒/);
  });

  it('asks only what the filters select', async () => {
    const count = async (...filters: string[]) => {
      await evaluate([suite(), '--out', out(), ...filters]);
      return JSON.parse(readFileSync(join(out(), 'results.json'), 'utf8')).results.map(
        (r: { id: string }) => r.id,
      );
    };
    expect(await count('--kind', 'fact')).toEqual(['r-1']);
    expect(await count('--id', 'r-*')).toEqual(['r-1', 'r-2']);
    expect(await count('--tag', 'water')).toEqual(['r-1']);
    expect(await count('--plan', 'chengyu-2025')).toEqual(['r-1']);
    expect(await count('--half', 'development')).toEqual(['r-1', 'r-2']);
    expect(await evaluate([suite(), '--half', 'heldout'])).toBe(2);
    expect(errors).toContain('没有符合条件的问题');
  });

  it('asks every question several times when told to, and averages', async () => {
    let asked = 0;
    const flaky: Assistant = {
      ...assistant,
      async ask(request) {
        asked++;
        const answer = await assistant.ask(request);
        return asked % 3 === 0 ? { ...answer, status: 'not_found', citations: [], answer: '没有。' } : answer;
      },
    };
    await evaluate([suite(), '--out', out(), '--kind', 'fact', '--repeat', '3'], flaky);
    const [result] = JSON.parse(readFileSync(join(out(), 'results.json'), 'utf8')).results;
    expect(asked).toBe(3);
    expect(result.passed).toBe(true);
    expect(result.passRate).toBeCloseTo(2 / 3);
    expect(result.scores.overRefusal).toBeCloseTo(1 / 3);
  });

  it('leaves drafts out and says so', async () => {
    const drafts = write(
      'drafts.jsonl',
      `${JSON.stringify(entries[0])}\n${JSON.stringify({ ...entries[1], review: 'pending' })}`,
    );
    await evaluate([drafts, '--out', out()]);
    expect(errors).toContain('1 个条目待确认');
    expect(output).toContain('1 个问题');
  });

  it('says 2 for wrong usage and broken suites, in one line of what is wrong', async () => {
    expect(await evaluate(['--kind', 'facts'])).toBe(2);
    expect(errors).toContain('没有 facts 这一类问题');
    expect(await evaluate(['--jobs', 'many'])).toBe(2);
    expect(await evaluate(['--base-url', 'nowhere'])).toBe(2);
    expect(await evaluate(['--unknown'])).toBe(2);
    expect(await evaluate([join(dir, 'none.jsonl')])).toBe(2);
    expect(await evaluate([write('broken.jsonl', '{"id": "x"}')])).toBe(2);
    expect(errors).toContain('broken.jsonl:1:');
    expect(await evaluate(['baseline', '--kind', 'fact'])).toBe(2);
  });

  it('explains itself', async () => {
    expect(await evaluate(['--help'])).toBe(0);
    expect(output).toContain('npm run eval -- lint');
    expect(await evaluate(['schema'])).toBe(0);
  });

  it('lints', async () => {
    expect(await evaluate(['lint', suite()])).toBe(0);
    const bad = { ...entries[0], gold: [{ plan: 'chengyu-2025', quote: '开展红溪河横向生态保护补偿' }] };
    expect(await evaluate(['lint', write('lint.jsonl', JSON.stringify(bad))])).toBe(1);
    expect(output).toMatch(/lint\.jsonl:1: r-1: gold\[0\]: quote is not in chengyu-2025/);
  });
});

describe('over HTTP', () => {
  it('gives the same figures as in process', async () => {
    const server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      const path = url.pathname.replace('/api/v1/', '');
      let body = '';
      for await (const chunk of request) body += chunk;
      const send = (json: unknown) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(json));
      };
      if (path === 'ask') return send(await assistant.ask(JSON.parse(body)));
      if (path === 'search') return send({ passages: await assistant.search(JSON.parse(body)) });
      if (path === 'plans') return send({ plans: assistant.plans() });
      const [, id = ''] = path.split('/');
      const range = url.searchParams.has('start')
        ? { start: Number(url.searchParams.get('start')), end: Number(url.searchParams.get('end')) }
        : {};
      return send(assistant.text(decodeURIComponent(id), range));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const world = { print() {}, complain() {}, env: {}, isTerminal: false };
      const http = join(dir, 'http');
      const local = join(dir, 'local');
      await main([suite(), '--out', http], { ...world, open: async () => overHttp(base) });
      await evaluate([suite(), '--out', local]);
      const scores = (folder: string) =>
        JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')).results.map(
          ({ scores: { milliseconds: _, ...rest } }: { scores: Record<string, number> }) => rest,
        );
      expect(scores(http)).toEqual(scores(local));
    } finally {
      server.close();
    }
  });

  it('says which server does not answer', async () => {
    const target = overHttp('http://127.0.0.1:9');
    await expect(target.plans()).rejects.toThrow(/http:\/\/127\.0\.0\.1:9 没有应答/);
  });
});
