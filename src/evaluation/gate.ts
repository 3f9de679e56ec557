/**
 * The gate: thresholds a run must reach, and the baseline whose passed questions must go on passing.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Run } from './evaluate.ts';
import { UsageError } from './options.ts';
import type { CaseResult } from './score.ts';
import { mcnemar } from './statistics.ts';
import type { SuiteCase } from './suite.ts';
import { KINDS } from './suite.ts';
import { METRICS, plansOf, slice } from './summary.ts';

const thresholdSchema = z
  .strictObject({
    metric: z.enum(METRICS.map((m) => m.id)),
    min: z.number().optional(),
    max: z.number().optional(),
    kind: z.enum(KINDS).optional(),
    half: z.enum(['development', 'heldout']).optional(),
    plan: z.string().optional(),
    tag: z.string().optional(),
    /** Holds for any selection of questions, not only for whole suites. */
    always: z.boolean().default(false),
  })
  .refine((t) => (t.min === undefined) !== (t.max === undefined), 'give either min or max');

/** One line of the thresholds file. */
export type Threshold = z.infer<typeof thresholdSchema>;

/** A threshold, and what the run reached. */
export interface ThresholdResult {
  readonly threshold: Threshold;
  /** `recall@5 · paraphrase` */
  readonly name: string;
  readonly value: number;
  readonly n: number;
  readonly isMet: boolean;
}

/**
 * Reads a thresholds file.
 * @throws UsageError if it is missing or malformed, naming the entry
 */
export function readThresholds(file: string): Threshold[] {
  if (!existsSync(file)) throw new UsageError(`找不到门槛文件 ${file}`);
  const parsed = z.array(thresholdSchema).safeParse(parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(`${file}：第 ${Number(issue?.path[0] ?? 0) + 1} 项有误：${issue?.message ?? ''}`);
}

/**
 * Which thresholds a run meets; those whose questions are not in the run are left out.
 * @param onlyAlways for a selection of questions, whose figures say nothing about the suite
 */
export function checkThresholds(
  results: readonly CaseResult[],
  thresholds: readonly Threshold[],
  onlyAlways: boolean,
): ThresholdResult[] {
  return thresholds.flatMap((threshold) => {
    if (onlyAlways && !threshold.always) return [];
    const { kind, half, plan, tag, metric, min, max } = threshold;
    const inScope = results.filter(
      (r) =>
        (kind === undefined || r.entry.kind === kind) &&
        (half === undefined || r.entry.half === half) &&
        (plan === undefined || plansOf(r).includes(plan)) &&
        (tag === undefined || r.entry.tags.includes(tag)),
    );
    const figure = slice('', inScope).figures[metric];
    if (!figure) return [];
    const isMet =
      (min === undefined || figure.value >= min - 1e-9) && (max === undefined || figure.value <= max + 1e-9);
    const name = [metric, kind, plan, tag, half].filter((part) => part !== undefined).join(' · ');
    return [{ threshold, name, value: figure.value, n: figure.n, isMet }];
  });
}

const baselineSchema = z.object({
  createdAt: z.string(),
  target: z.string(),
  figures: z.record(z.string(), z.number()),
  questions: z.record(z.string(), z.tuple([z.boolean(), z.string()])),
});

/** What an earlier run reached, question by question. */
export type Baseline = z.infer<typeof baselineSchema>;

/** Identifies what is asked and expected: if it changes, the baseline says nothing about the question any more. */
export function fingerprint(entry: SuiteCase): string {
  const { question, history, kind, gold, need, must, plans } = entry;
  const content = JSON.stringify([question, history, kind, gold, need, must, plans]);
  return createHash('sha256').update(content).digest('hex').slice(0, 8);
}

/** A run as the baseline of later ones; no question's text is in it. */
export function baselineOf(run: Run): string {
  const questions = run.results
    .map((r) => [r.entry.id, [r.passed, fingerprint(r.entry)]] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const figures = Object.entries(run.summary.total.figures)
    .filter(([id]) => !id.startsWith('latency'))
    .map(([id, figure]) => [id, Math.round(figure.value * 1e4) / 1e4] as const);
  const head = {
    createdAt: run.startedAt,
    target: run.target,
    figures: Object.fromEntries(figures),
  };
  // One question a line, so that a change of the baseline can be read as a diff.
  const lines = questions.map(([id, value]) => `  ${JSON.stringify(id)}: ${JSON.stringify(value)}`);
  return `${JSON.stringify(head, null, 1).slice(0, -2)},\n "questions": {\n${lines.join(',\n')}\n }\n}\n`;
}

/**
 * Reads a baseline, or the results.json of an earlier run.
 * @throws UsageError if it is missing or neither
 */
export function readBaseline(file: string): Baseline {
  if (!existsSync(file)) throw new UsageError(`找不到基线文件 ${file}`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} 不是 JSON：${(error as Error).message}`);
  }
  const parsed = baselineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const run = runSchema.safeParse(json);
  if (!run.success) throw new UsageError(`${file} 既不是基线，也不是某次运行的 results.json`);
  return {
    createdAt: run.data.startedAt,
    target: run.data.target,
    figures: Object.fromEntries(Object.entries(run.data.summary.total.figures).map(([k, f]) => [k, f.value])),
    questions: Object.fromEntries(run.data.results.map((r) => [r.id, [r.passed, r.fingerprint]])),
  };
}

const runSchema = z.object({
  startedAt: z.string(),
  target: z.string(),
  summary: z.object({ total: z.object({ figures: z.record(z.string(), z.object({ value: z.number() })) }) }),
  results: z.array(z.object({ id: z.string(), passed: z.boolean(), fingerprint: z.string() })),
});

/** A run against a baseline. */
export interface Comparison {
  readonly file: string;
  readonly baseline: Baseline;
  readonly fixed: readonly CaseResult[];
  readonly broken: readonly CaseResult[];
  /** How many questions were in both, unchanged. */
  readonly compared: number;
  readonly added: number;
  /** Questions whose text or expectation changed since: not compared. */
  readonly changed: number;
  /** McNemar's exact test on fixed against broken. */
  readonly p: number;
}

/** Compares question by question. */
export function compare(run: Pick<Run, 'results'>, baseline: Baseline, file: string): Comparison {
  const fixed: CaseResult[] = [];
  const broken: CaseResult[] = [];
  let compared = 0;
  let added = 0;
  let changed = 0;
  for (const result of run.results) {
    const before = baseline.questions[result.entry.id];
    if (!before) added++;
    else if (before[1] !== fingerprint(result.entry)) changed++;
    else {
      compared++;
      if (before[0] && !result.passed) broken.push(result);
      if (!before[0] && result.passed) fixed.push(result);
    }
  }
  return { file, baseline, fixed, broken, compared, added, changed, p: mcnemar(fixed.length, broken.length) };
}

/** What a comparison's p-value says, for people. */
export function significanceNote({ fixed, broken, p }: Comparison): string {
  if (fixed.length + broken.length === 0) return '没有问题改变结果。';
  const direction = fixed.length >= broken.length ? '变好' : '变差';
  if (fixed.length === broken.length) return '修好与弄坏的一样多，看不出总体好坏。';
  const shown = p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
  return p < 0.05
    ? `总体${direction}，差别显著（McNemar 精确检验 ${shown}）。`
    : `总体${direction}，但差别可能出于偶然（McNemar 精确检验 ${shown}，不显著）。`;
}

/** Everything the gate looked at. */
export interface Verdict {
  readonly thresholds: readonly ThresholdResult[];
  readonly comparison?: Comparison;
  readonly isHeld: boolean;
}

/** Whether the gate holds: every threshold is met and no question of the baseline broke. */
export function verdict(thresholds: readonly ThresholdResult[], comparison?: Comparison): Verdict {
  const isHeld = thresholds.every((t) => t.isMet) && (comparison?.broken.length ?? 0) === 0;
  return { thresholds, isHeld, ...(comparison && { comparison }) };
}
