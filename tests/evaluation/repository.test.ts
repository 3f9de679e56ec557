import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readThresholds } from '../../src/evaluation/gate.ts';
import { lintSuites } from '../../src/evaluation/lint.ts';
import { PlanText } from '../../src/evaluation/match.ts';
import { suiteJsonSchema } from '../../src/evaluation/schema.ts';
import type { SuiteCase } from '../../src/evaluation/suite.ts';
import { formatProblem, KINDS } from '../../src/evaluation/suite.ts';
import { METRICS } from '../../src/evaluation/summary.ts';
import { readCorpus } from './stub-assistant.ts';

describe('the suite of this repository', () => {
  let cases: readonly SuiteCase[] = [];
  let errors: string[] = [];
  beforeAll(async () => {
    const plans = await readCorpus();
    const texts = new Map(
      plans.map((p) => [p.facts.id, new PlanText(p.facts.id, p.facts.title, p.text)] as const),
    );
    const linted = lintSuites(
      ['tests/regression'],
      plans.map((p) => p.facts),
      texts,
    );
    cases = linted.cases;
    errors = linted.problems.filter((p) => p.severity === 'error').map(formatProblem);
  });

  it('has nothing for the linter to complain of', () => {
    expect(errors).toEqual([]);
  });

  it('has at least 500 questions, 90 paraphrased, 90 unanswerable, 25 of every other kind', () => {
    expect(cases.length).toBeGreaterThanOrEqual(500);
    for (const kind of KINDS) {
      const least = kind === 'paraphrase' || kind === 'unanswerable' ? 90 : 25;
      expect([kind, cases.filter((c) => c.kind === kind).length >= least]).toEqual([kind, true]);
    }
  });

  it('has two halves, and every kind in both', () => {
    for (const half of ['development', 'heldout']) {
      const kinds = new Set(cases.filter((c) => c.half === half).map((c) => c.kind));
      expect(KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
    }
  });

  it('has thresholds that can be read', () => {
    expect(readThresholds('tests/regression/thresholds.yaml').length).toBeGreaterThan(0);
  });

  it('has a JSON Schema that agrees with what is checked', () => {
    const written = JSON.parse(readFileSync('tests/regression/schema.json', 'utf8'));
    expect(written).toEqual(JSON.parse(JSON.stringify(suiteJsonSchema())));
  });
});

describe('docs/evaluation.md', () => {
  it('defines every metric', () => {
    const text = readFileSync('docs/evaluation.md', 'utf8');
    expect(METRICS.map((m) => m.id).filter((id) => !text.includes(`\`${id}\``))).toEqual([]);
  });
});
