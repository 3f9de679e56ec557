/**
 * A run as JSON: everything the other reports are made of, for scripts.
 * @module
 */
import type { Run } from '../evaluate.ts';
import type { Verdict } from '../gate.ts';
import { fingerprint } from '../gate.ts';
import type { CaseResult } from '../score.ts';

/** The run with held-out questions reduced to id, kind, stages and scores unless revealed. */
export function runAsJson(run: Run, verdict: Verdict, options: { readonly reveal: boolean }): string {
  const { results, ...rest } = run;
  const { comparison } = verdict;
  const ids = (list: readonly CaseResult[]) => list.map((r) => r.entry.id);
  const gate = {
    isHeld: verdict.isHeld,
    thresholds: verdict.thresholds,
    ...(comparison && {
      comparison: {
        file: comparison.file,
        compared: comparison.compared,
        added: comparison.added,
        changed: comparison.changed,
        p: comparison.p,
        fixed: ids(comparison.fixed),
        broken: ids(comparison.broken),
      },
    }),
  };
  const questions = results.map((r) => resultAsJson(r, options.reveal));
  return `${JSON.stringify({ ...rest, gate, results: questions }, null, 1)}\n`;
}

function resultAsJson(result: CaseResult, reveal: boolean): unknown {
  const { entry, passed, passRate, causes, scores, retrieved, answer, milliseconds } = result;
  const head = {
    id: entry.id,
    kind: entry.kind,
    half: entry.half,
    passed,
    passRate,
    fingerprint: fingerprint(entry),
  };
  if (entry.half === 'heldout' && !reveal) {
    return { ...head, causes: causes.map(({ stage }) => ({ stage })), scores };
  }
  const { id: _id, kind: _kind, half: _half, ...question } = entry;
  return { ...head, causes, scores, milliseconds, ...question, answer, retrieved };
}
