/**
 * Asks every question of a suite and scores what comes back.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Judgement } from './judge.ts';
import { compact } from './match.ts';
import type { CaseResult, ScoringContext } from './score.ts';
import { scoreCase } from './score.ts';
import { mean } from './statistics.ts';
import type { Problem, SuiteCase } from './suite.ts';
import { SuiteError } from './suite.ts';
import type { Summary } from './summary.ts';
import { summarise } from './summary.ts';
import type { PlanName, Target } from './target.ts';
import { loadTexts } from './target.ts';

/** One run of a suite. */
export interface Run {
  readonly target: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly repeat: number;
  readonly results: readonly CaseResult[];
  readonly summary: Summary;
  /** A model's judgement, if one was asked; it gates nothing. */
  readonly judgement?: Judgement;
}

/** How a suite is run. */
export interface EvaluateOptions {
  /** Questions under way at a time; the target's own number if unset. */
  readonly jobs?: number;
  /** How often each question is asked; for answers that vary. */
  readonly repeat?: number;
  /** Where prompts lie whose lines no answer may hold. */
  readonly promptsDir?: string;
  readonly onDone?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs a suite against a target.
 * @throws SuiteError if an entry names a plan that the target does not have
 */
export async function evaluate(
  cases: readonly SuiteCase[],
  target: Target,
  options: EvaluateOptions = {},
): Promise<Run> {
  const { repeat = 1, promptsDir = 'prompts', onDone, signal } = options;
  const bound = bindPlans(cases, await target.plans());
  const context: ScoringContext = { texts: await loadTexts(target), secrets: promptLines(promptsDir) };
  const startedAt = new Date();
  const clock = performance.now();
  const runs: CaseResult[][] = bound.map(() => []);
  const queue = bound.flatMap((entry, i) => Array.from({ length: repeat }, () => ({ entry, i })));
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < queue.length && !signal?.aborted) {
      const { entry, i } = queue[next++] as (typeof queue)[number];
      const result = scoreCase(entry, await target.observe(entry), context);
      runs[i]?.push(result);
      onDone?.(++done, queue.length);
    }
  };
  const jobs = Math.max(1, Math.min(options.jobs ?? target.jobs, queue.length));
  await Promise.all(Array.from({ length: jobs }, work));
  const results = runs.filter((list) => list.length > 0).map(together);
  return {
    target: target.name,
    startedAt: startedAt.toISOString(),
    seconds: (performance.now() - clock) / 1000,
    repeat,
    results,
    summary: summarise(results, { intervals: true }),
  };
}

/**
 * The entries with plan titles and short names replaced by ids.
 * @throws SuiteError naming every entry whose plan is unknown
 */
export function bindPlans(cases: readonly SuiteCase[], plans: readonly PlanName[]): SuiteCase[] {
  const byName = new Map<string, string>();
  for (const plan of plans) {
    for (const name of [...plan.shortNames, plan.title, plan.id]) byName.set(compact(name), plan.id);
  }
  const problems = new Map<string, Problem>();
  const bound = cases.map((entry) => {
    const resolve = (name: string) => {
      const id = byName.get(compact(name));
      if (id === undefined) {
        const message = `plan ${name} is not in the corpus (${plans.map((p) => p.id).join(', ')})`;
        problems.set(`${entry.id} ${name}`, {
          file: entry.file,
          line: entry.line,
          message,
          severity: 'error',
        });
      }
      return id ?? name;
    };
    return {
      ...entry,
      gold: entry.gold.map((span) => ({ ...span, plan: resolve(span.plan) })),
      plans: entry.plans.map(resolve),
    };
  });
  if (problems.size > 0) throw new SuiteError([...problems.values()]);
  return bound;
}

/** Several runs of one question as one result: scores averaged, passed if most runs did. */
function together(runs: readonly CaseResult[]): CaseResult {
  const first = runs[0] as CaseResult;
  if (runs.length === 1) return first;
  const passRate = mean(runs.map((r) => r.scores.passed ?? 0)) as number;
  const passed = passRate > 0.5;
  const shown = runs.find((r) => r.passed === passed) ?? first;
  const ids = new Set(runs.flatMap((r) => Object.keys(r.scores)));
  const scores = Object.fromEntries(
    [...ids].map((id) => [id, mean(runs.flatMap((r) => r.scores[id] ?? [])) as number]),
  );
  return { ...shown, passed, passRate, scores: { ...scores, passed: passRate } };
}

/** Long lines of the prompts, compact: an answer that holds one gives the prompts away. */
function promptLines(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.md'));
  return files
    .flatMap((file) => readFileSync(join(dir, file), 'utf8').split('\n'))
    .map(compact)
    .filter((line) => line.length >= 20);
}
