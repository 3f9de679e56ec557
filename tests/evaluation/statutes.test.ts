import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readThresholds } from '../../src/evaluation/gate.ts';
import { main } from '../../src/evaluation/run.ts';
import { readDocuments } from '../../src/evaluation/statutes.ts';
import { readSuites, suiteFiles } from '../../src/evaluation/suite.ts';
import { inProcess } from '../../src/evaluation/target.ts';
import { readPlan } from '../../src/plan/read.ts';
import { stubAssistant } from './stub-assistant.ts';

const WELL = '# 水井管理条例\n\n第一条 村委会负责水井的日常看护。\n\n第二条 井盖每三个月检查一次。\n';
const PATH = 'laws/条例/水井管理条例(2020-01-02).md';
const entry = {
  id: 'well-numeric-01',
  kind: 'numeric',
  question: '井盖每几个月检查一次',
  gold: [{ plan: '水井管理条例(2020-01-02)', quote: '井盖每三个月检查一次' }],
  must: [['三个月']],
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let dir: string;
let output: string;
let errors: string;
let corpora: string[];
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'statutes-'));
  write('unpacked', PATH, WELL);
  write('unpacked', 'laws/条例/别的条例.md', '# 别的条例\n\n第一条 与此无关。\n');
  write('suite', 'questions.jsonl', JSON.stringify(entry));
  write('suite', 'documents.json', JSON.stringify({ documents: [{ path: PATH, sha256: sha256(WELL) }] }));
});
afterAll(() => rmSync(dir, { recursive: true }));
beforeEach(() => {
  output = '';
  errors = '';
  corpora = [];
});

function write(...parts: [...string[], string]): string {
  const content = parts.pop() as string;
  const file = join(dir, ...parts);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const evaluate = (...argv: string[]) =>
  main(['statutes', ...argv, '--out', join(dir, 'out')], {
    print: (text) => {
      output += `${text}\n`;
    },
    complain: (text) => {
      errors += `${text}\n`;
    },
    open: async ({ corpus = '' }) => {
      corpora.push(corpus);
      const files = readdirSync(corpus);
      const plans = files.map((f) =>
        readPlan(readFileSync(join(corpus, f)), f, { id: basename(f, '.md'), title: basename(f, '.md') }),
      );
      return inProcess(stubAssistant(await Promise.all(plans)));
    },
    env: {},
    isTerminal: false,
  });
const suite = () => join(dir, 'suite');

describe('npm run eval -- statutes', () => {
  it('asks the questions of the listed documents alone, in a corpus that is gone afterwards', async () => {
    expect(await evaluate(suite(), '--from', join(dir, 'unpacked'))).toBe(0);
    expect(output).toContain('1 个问题');
    expect(output).toContain('水井管理条例(2020-01-02)');
    expect(output).not.toContain('别的条例');
    expect(existsSync(join(dir, 'out/suite/report.html'))).toBe(true);
    expect(corpora.length).toBeGreaterThan(0);
    expect(corpora.filter(existsSync)).toEqual([]);
  });

  it('takes the folder inside the archive as well', async () => {
    expect(await evaluate(suite(), '--from', join(dir, 'unpacked/laws'))).toBe(0);
  });

  it.runIf(spawnSync('tar', ['--version']).status === 0)('unpacks an archive', async () => {
    const archive = join(dir, 'laws.tar');
    expect(spawnSync('tar', ['-cf', archive, '-C', join(dir, 'unpacked'), 'laws']).status).toBe(0);
    expect(await evaluate(suite(), '--from', archive)).toBe(0);
  });

  it('holds the run against the thresholds beside the suite', async () => {
    const strict = join(dir, 'strict');
    for (const name of readdirSync(suite())) {
      write('strict', name, readFileSync(join(suite(), name), 'utf8'));
    }
    write('strict', 'thresholds.yaml', '- { metric: length, max: 1 }');
    expect(await evaluate(strict, '--from', join(dir, 'unpacked'))).toBe(1);
    expect(await evaluate(strict, '--from', join(dir, 'unpacked'), '--no-gate')).toBe(0);
  });

  it('names every document that is missing or another version, and asks nothing', async () => {
    const documents = [
      { path: PATH, sha256: sha256(`${WELL}\n第三条 另有规定。`) },
      { path: 'laws/条例/没有的条例.md', sha256: sha256('') },
    ];
    write('stale', 'documents.json', JSON.stringify({ documents }));
    write('stale', 'questions.jsonl', JSON.stringify(entry));
    expect(await evaluate(join(dir, 'stale'), '--from', join(dir, 'unpacked'))).toBe(2);
    expect(errors).toContain(`${PATH} 是另一个版本`);
    expect(errors).toContain('缺少 laws/条例/没有的条例.md');
    expect(corpora).toEqual([]);
  });

  it('asks nothing when a gold quote is not in its document', async () => {
    write('wrong', 'documents.json', readFileSync(join(suite(), 'documents.json'), 'utf8'));
    const gold = [{ plan: '水井管理条例(2020-01-02)', quote: '井盖每五个月检查一次' }];
    write('wrong', 'questions.jsonl', JSON.stringify({ ...entry, gold }));
    expect(await evaluate(join(dir, 'wrong'), '--from', join(dir, 'unpacked'))).toBe(2);
    expect(errors).toContain('quote is not in');
    expect(output).toBe('');
  });

  it('says what it needs when --from is left out, not there, or no archive', async () => {
    expect(await evaluate(suite())).toBe(2);
    expect(await evaluate(suite(), '--from', join(dir, 'nowhere'))).toBe(2);
    expect(await evaluate(suite(), '--from', write('no-archive.tar', 'text'))).toBe(2);
    expect(errors).toMatch(/需要 --from[\s\S]*找不到[\s\S]*tar/);
  });
});

describe('suiteFiles', () => {
  it('leaves out folders with documents of their own, unless they are named', () => {
    write('all', 'plain/a.jsonl', '');
    write('all', 'apart/b.jsonl', '');
    write('all', 'apart/documents.json', '{}');
    expect(suiteFiles([join(dir, 'all')])).toEqual([join(dir, 'all/plain/a.jsonl')]);
    expect(suiteFiles([join(dir, 'all/apart')])).toEqual([join(dir, 'all/apart/b.jsonl')]);
  });
});

describe('the suite over statutes', () => {
  const folder = 'tests/regression/statutes';
  const { cases, problems } = readSuites([folder]);

  it('is no part of the suite that runs and is checked by default', () => {
    const files = suiteFiles(['tests/regression']);
    expect(files.filter((file) => file.startsWith(folder))).toEqual([]);
    expect(suiteFiles([folder])).toEqual([join(folder, 'statutes.jsonl')]);
  });

  it('is well formed and asks about every document it lists and no other', () => {
    expect(problems).toEqual([]);
    const listed = readDocuments(folder).map((d) => basename(d.path, '.md'));
    expect(listed).toHaveLength(12);
    const asked = new Set(cases.flatMap((c) => [...c.plans, ...c.gold.map((g) => g.plan)]));
    expect([...asked].sort()).toEqual([...listed].sort());
  });

  it('has thresholds that can be read', () => {
    expect(readThresholds(join(folder, 'thresholds.yaml')).length).toBeGreaterThan(0);
  });
});
