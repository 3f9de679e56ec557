import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/evaluation/evaluate.ts';
import {
  baselineOf,
  checkThresholds,
  compare,
  readBaseline,
  readThresholds,
  significanceNote,
  verdict,
} from '../../src/evaluation/gate.ts';
import { runAsJson } from '../../src/evaluation/report/json.ts';
import type { CaseResult } from '../../src/evaluation/score.ts';
import { summarise } from '../../src/evaluation/summary.ts';
import { answer, cite, score } from './fixtures.ts';

const dir = mkdtempSync(join(tmpdir(), 'gate-'));
afterAll(() => rmSync(dir, { recursive: true }));
const file = (name: string, content: string) => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};

const right = answer('达到40%。[1]', [cite(1, '森林覆盖率达到 40%')]);
const wrong = answer('不知道。', [], { status: 'not_found', reason: 'nothing_found' });
const runOf = (results: readonly CaseResult[]): Run => ({
  target: 'test',
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 1,
  repeat: 1,
  results,
  summary: summarise(results),
});

describe('readThresholds', () => {
  it('reads a list', () => {
    const path = file('t.yaml', '- { metric: recall@5, min: 0.9, kind: paraphrase }\n');
    expect(readThresholds(path)).toEqual([
      { metric: 'recall@5', min: 0.9, kind: 'paraphrase', always: false },
    ]);
  });

  it('says which entry is wrong', () => {
    expect(() =>
      readThresholds(file('u.yaml', '- { metric: passed, min: 1 }\n- { metric: beauty, min: 1 }')),
    ).toThrow(/第 2 项/);
    expect(() => readThresholds(file('v.yaml', '- { metric: passed }'))).toThrow(/either min or max/);
    expect(() => readThresholds(join(dir, 'none.yaml'))).toThrow(/找不到/);
  });
});

describe('checkThresholds', () => {
  const results = [
    score({ id: 'x', kind: 'fact' }, right),
    score({ id: 'y', kind: 'numeric', tags: ['ch1'] }, wrong),
  ];
  const check = (threshold: object, onlyAlways = false) =>
    checkThresholds(results, [{ metric: 'passed', always: false, ...threshold }], onlyAlways);

  it('holds figures of a slice against the bound', () => {
    expect(check({ min: 0.5 })).toMatchObject([{ name: 'passed', value: 0.5, n: 2, isMet: true }]);
    expect(check({ min: 0.51 })).toMatchObject([{ isMet: false }]);
    expect(check({ min: 1, kind: 'fact' })).toMatchObject([{ name: 'passed · fact', value: 1, isMet: true }]);
    expect(check({ max: 0, tag: 'ch1' })).toMatchObject([{ value: 0, isMet: true }]);
    expect(check({ min: 1, plan: 'a' })).toMatchObject([{ n: 2 }]);
  });

  it('leaves out what the run says nothing about', () => {
    expect(check({ min: 1, kind: 'english' })).toEqual([]);
    expect(check({ min: 1 }, true)).toEqual([]);
    expect(check({ min: 1, always: true }, true)).toHaveLength(1);
  });
});

describe('the baseline', () => {
  const before = runOf([
    score({ id: 'stays' }, right),
    score({ id: 'breaks' }, right),
    score({ id: 'mends' }, wrong),
    score({ id: 'edited' }, right),
    score({ id: 'gone' }, right),
  ]);
  const after = runOf([
    score({ id: 'stays' }, right),
    score({ id: 'breaks' }, wrong),
    score({ id: 'mends' }, right),
    score({ id: 'edited', must: [['41%']] }, right),
    score({ id: 'new' }, wrong),
  ]);

  it('says which questions were fixed and which broke, and leaves edited ones alone', () => {
    const baseline = readBaseline(file('baseline.json', baselineOf(before)));
    const comparison = compare(after, baseline, 'baseline.json');
    expect(comparison.broken.map((r) => r.entry.id)).toEqual(['breaks']);
    expect(comparison.fixed.map((r) => r.entry.id)).toEqual(['mends']);
    expect(comparison).toMatchObject({ compared: 3, added: 1, changed: 1, p: 1 });
    expect(verdict([], comparison).isHeld).toBe(false);
    expect(verdict([], compare(before, baseline, '')).isHeld).toBe(true);
  });

  it('may be the results.json of an earlier run', () => {
    const path = file('results.json', runAsJson(before, verdict([]), { reveal: false }));
    expect(compare(after, readBaseline(path), path).broken).toHaveLength(1);
  });

  it('holds no question’s text, one question a line', () => {
    const text = baselineOf(before);
    expect(text).not.toContain('森林');
    expect(text.split('\n').filter((line) => line.includes('"breaks"'))).toHaveLength(1);
  });

  it('refuses other files', () => {
    expect(() => readBaseline(file('x.json', '{}'))).toThrow(/既不是基线/);
    expect(() => readBaseline(file('y.json', '{'))).toThrow(/不是 JSON/);
    expect(() => readBaseline(join(dir, 'none.json'))).toThrow(/找不到/);
  });
});

describe('significanceNote', () => {
  const note = (fixed: number, broken: number) => {
    const many = (n: number, good: boolean) =>
      Array.from({ length: n }, (_, i) => score({ id: `${good}-${i}` }, good ? right : wrong));
    const before = runOf([...many(fixed, false), ...many(broken, true)]);
    const flipped = runOf([
      ...before.results.map((r) => score({ id: r.entry.id }, r.passed ? wrong : right)),
    ]);
    return significanceNote(compare(flipped, readBaseline(file('n.json', baselineOf(before))), ''));
  };

  it('tells chance from change', () => {
    expect(note(0, 0)).toContain('没有');
    expect(note(3, 1)).toMatch(/变好.*不显著/);
    expect(note(12, 0)).toMatch(/变好.*显著（McNemar 精确检验 p < 0\.001/);
    expect(note(1, 10)).toMatch(/变差.*差别显著/);
    expect(note(5, 5)).toContain('一样多');
  });
});
