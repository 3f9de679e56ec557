import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAssistant } from '../../src/assistant.ts';
import { evaluate } from '../../src/evaluation/evaluate.ts';
import { pooled } from '../../src/evaluation/pool.ts';
import type { Target } from '../../src/evaluation/target.ts';
import { inProcess } from '../../src/evaluation/target.ts';
import { entry } from './fixtures.ts';

const execArgv = [...process.execArgv];
let dir: string;
let corpusDir: string;
let indexDir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'pool-'));
  corpusDir = join(dir, 'corpus');
  indexDir = join(dir, 'index');
  mkdirSync(corpusDir);
  writeFileSync(
    join(corpusDir, 'plan.txt'),
    '绿水市环境规划\n\n第一章 目标\n到2025年，森林覆盖率达到40%。\n',
  );
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => {
  process.execArgv = execArgv;
});

const cases = Array.from({ length: 40 }, (_, i) =>
  entry({
    id: `q${i}`,
    question: `森林覆盖率达到多少${'？'.repeat(i % 3)}`,
    gold: [{ plan: 'plan', quote: '森林覆盖率达到40%' }],
    plans: [],
  }),
);

describe('pooled', () => {
  it('shares the questions between this process and its helpers, with the same results', async () => {
    // What tsx gives its own children.
    process.execArgv = ['--import', 'tsx'];
    const own = inProcess(await openAssistant({ corpusDir, indexDir }));
    const alone = await evaluate(cases, own);
    // This process keeps its first question until another one has been answered, which then was the helper's doing.
    let answeredOne = () => {};
    const oneAnswered = new Promise<void>((resolve) => {
      answeredOne = resolve;
    });
    let asked = 0;
    const counting: Target = {
      ...own,
      async observe(question) {
        asked++;
        await oneAnswered;
        return own.observe(question);
      },
    };
    const target = pooled(counting, 1, { corpusDir, indexDir });
    const shared = await evaluate(cases, {
      ...target,
      async observe(question) {
        const seen = await target.observe(question);
        answeredOne();
        return seen;
      },
    });
    await target.close();
    expect(target.jobs).toBe(2);
    expect(asked).toBeLessThan(cases.length);
    expect(shared.results.map((r) => [r.entry.id, r.passed])).toEqual(
      alone.results.map((r) => [r.entry.id, r.passed]),
    );
  }, 120_000);

  it('goes on alone when a helper cannot start', async () => {
    process.execArgv = ['--import', './no-such-loader.mjs'];
    const seen = { retrieved: [], located: [], milliseconds: 1, error: 'stub' };
    const alone: Target = {
      name: 'stub',
      jobs: 1,
      plans: async () => [{ id: 'plan', title: '规划', shortNames: [] }],
      text: async () => '',
      observe: async () => seen,
      close: async () => {},
    };
    const target = pooled(alone, 2, { corpusDir: 'none', indexDir: 'none' });
    const run = await evaluate(cases, target);
    await target.close();
    expect(run.results).toHaveLength(cases.length);
  });
});
