/**
 * A suite as vitest tests, so that a project gates its own CI with its own questions:
 *
 * ```ts
 * describeSuite('questions.jsonl', {
 *   open: async () => inProcess(await openAssistant({ corpusDir: 'corpus', indexDir: 'index' })),
 * });
 * ```
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import type { Threshold } from './gate.ts';
import { checkThresholds, compare, readBaseline, readThresholds } from './gate.ts';
import { STAGES } from './score.ts';
import type { Half, SuiteCase } from './suite.ts';
import { loadSuites } from './suite.ts';
import type { Target } from './target.ts';

/** How {@link describeSuite} runs a suite. */
export interface DescribeOptions {
  /** Opens what is tested; it is closed afterwards. */
  readonly open: () => Promise<Target>;
  /** Only these questions. */
  readonly only?: (entry: SuiteCase) => boolean;
  readonly half?: Half;
  /** A thresholds file, or thresholds: each becomes a test. */
  readonly thresholds?: string | readonly Threshold[];
  /** A baseline file: questions that did not pass in it are skipped when they fail, and one test asks that none broke. */
  readonly baseline?: string;
  /** Milliseconds the whole suite may take; 120,000 if left out. */
  readonly timeout?: number;
}

/** Declares a test per question of the suite; all are asked once, before the first test. */
export function describeSuite(path: string, options: DescribeOptions): void {
  const { open, only = () => true, half, thresholds = [], baseline, timeout = 120_000 } = options;
  const cases = loadSuites([path]).filter(
    (c) => c.review !== 'pending' && only(c) && (half === undefined || c.half === half),
  );
  const limits = typeof thresholds === 'string' ? readThresholds(thresholds) : thresholds;
  const before = baseline === undefined ? undefined : readBaseline(baseline);
  describe(path, () => {
    let target: Target | undefined;
    let run: Run | undefined;
    beforeAll(async () => {
      target = await open();
      run = await evaluate(cases, target);
    }, timeout);
    afterAll(() => target?.close());

    it.for(cases)('$id $question', ({ id }, context) => {
      const result = run?.results.find((r) => r.entry.id === id);
      if (before && result && !result.passed && before.questions[id]?.[0] !== true) {
        context.skip('did not pass in the baseline either');
      }
      expect(result?.causes.map((c) => `${STAGES[c.stage]}: ${c.detail}`)).toEqual([]);
    });

    if (before) {
      it('breaks no question of the baseline', () => {
        const { broken } = compare(run as Run, before, baseline as string);
        expect(
          broken.map((r) => `${r.entry.id}: ${r.causes.map((c) => STAGES[c.stage]).join(', ')}`),
        ).toEqual([]);
      });
    }
    for (const threshold of limits) {
      const { metric, kind, plan, tag, min, max } = threshold;
      const scope = [kind, plan, tag].filter((part) => part !== undefined).join(' · ');
      it(`${metric}${scope ? ` (${scope})` : ''} is ${min === undefined ? `at most ${max}` : `at least ${min}`}`, () => {
        const [result] = checkThresholds((run as Run).results, [threshold], false);
        if (!result) return;
        if (min !== undefined) expect(result.value).toBeGreaterThanOrEqual(min);
        if (max !== undefined) expect(result.value).toBeLessThanOrEqual(max);
      });
    }
  });
}
