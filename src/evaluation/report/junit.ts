/**
 * A run as JUnit XML: one suite per kind, one for the thresholds, one for the baseline.
 * @module
 */
import type { Run } from '../evaluate.ts';
import type { Verdict } from '../gate.ts';
import type { CaseResult } from '../score.ts';
import { STAGES } from '../score.ts';
import { inKindOrder } from '../summary.ts';
import { escapeHtml as escapeXml } from './html-text.ts';

interface Test {
  readonly name: string;
  readonly seconds: number;
  readonly failure?: { readonly type: string; readonly message: string; readonly text: string };
}

/**
 * The XML. A failed question is a failure of its kind's suite, for reading; whether the gate holds is told by the
 * suites `thresholds` and `baseline`.
 */
export function runAsJunit(run: Run, verdict: Verdict, options: { readonly reveal: boolean }): string {
  const suites = inKindOrder(run.summary.kinds).map(({ name }) =>
    suite(
      name,
      run.results.filter((r) => r.entry.kind === name).map((r) => questionTest(r, options.reveal)),
    ),
  );
  const thresholds = verdict.thresholds.map(({ name, threshold, value, n, isMet }): Test => {
    const { min, max } = threshold;
    const bound = min === undefined ? `at most ${max}` : `at least ${min}`;
    const message = `${name} is ${value.toFixed(4)} over ${n} questions, should be ${bound}`;
    return { name, seconds: 0, ...(!isMet && { failure: { type: 'threshold', message, text: '' } }) };
  });
  if (thresholds.length > 0) suites.push(suite('thresholds', thresholds));
  if (verdict.comparison) {
    const broken = verdict.comparison.broken.map((r) => ({
      ...questionTest(r, options.reveal),
      name: `${r.entry.id} passed in the baseline`,
    }));
    suites.push(suite('baseline', broken.length > 0 ? broken : [{ name: 'no question broke', seconds: 0 }]));
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="guiwen eval" time="${run.seconds.toFixed(3)}">\n${suites.join('\n')}\n</testsuites>\n`;
}

function questionTest({ entry, causes, milliseconds, answer }: CaseResult, reveal: boolean): Test {
  const isHidden = entry.half === 'heldout' && !reveal;
  const first = causes[0];
  const text = isHidden
    ? causes.map((c) => STAGES[c.stage]).join('\n')
    : [
        `${entry.file}:${entry.line}`,
        ...causes.map((c) => `${STAGES[c.stage]}: ${c.detail}`),
        ...entry.gold.map((g) => `gold ${g.plan}: ${g.quote}`),
        ...(answer ? [`${answer.status}: ${answer.answer}`] : []),
      ].join('\n');
  return {
    name: isHidden ? entry.id : `${entry.id} ${entry.question}`,
    seconds: milliseconds / 1000,
    ...(first && {
      failure: {
        type: first.stage,
        message: isHidden ? STAGES[first.stage] : `${STAGES[first.stage]}: ${first.detail}`,
        text,
      },
    }),
  };
}

function suite(name: string, tests: readonly Test[]): string {
  const failures = tests.filter((t) => t.failure).length;
  const seconds = tests.reduce((sum, t) => sum + t.seconds, 0);
  const cases = tests.map(({ name: test, seconds: time, failure }) => {
    const head = `    <testcase classname="eval.${escapeXml(name)}" name="${escapeXml(test)}" time="${time.toFixed(4)}"`;
    if (!failure) return `${head}/>`;
    return `${head}>\n      <failure type="${failure.type}" message="${escapeXml(failure.message)}">${escapeXml(failure.text)}</failure>\n    </testcase>`;
  });
  return `  <testsuite name="${escapeXml(name)}" tests="${tests.length}" failures="${failures}" errors="0" skipped="0" time="${seconds.toFixed(3)}">\n${cases.join('\n')}\n  </testsuite>`;
}
