/**
 * Scores of questions → figures with intervals, in total and by kind, plan and half.
 * @module
 */
import type { CaseResult } from './score.ts';
import type { Interval } from './statistics.ts';
import { bootstrap, mean, percentile } from './statistics.ts';
import { KINDS } from './suite.ts';

/** What a metric is and how its figure is made of the questions' scores. */
export interface Metric {
  readonly id: string;
  readonly title: string;
  /** Which score of the questions it is made of. */
  readonly score: string;
  readonly better: 'higher' | 'lower';
  readonly unit: 'share' | 'milliseconds' | 'characters';
  /** A percentile instead of the mean. */
  readonly percentile?: number;
}

const share = (id: string, title: string, better: Metric['better'] = 'higher'): Metric => ({
  id,
  title,
  score: id,
  better,
  unit: 'share',
});

/** Every metric, in the order of the report; docs/evaluation.md defines each. */
export const METRICS: readonly Metric[] = [
  share('passed', '通过率'),
  share('recall@1', '检索召回 @1'),
  share('recall@3', '检索召回 @3'),
  share('recall@5', '检索召回 @5'),
  share('recall@10', '检索召回 @10'),
  share('hit@5', '前 5 段有应引'),
  share('all@10', '前 10 段应引齐全'),
  share('mrr', 'MRR'),
  share('ndcg@10', 'nDCG@10'),
  share('correctness', '正确率（要点齐全）'),
  share('completeness', '要点完整度'),
  share('citationPrecision', '引文精确率'),
  share('citationCoverage', '应引覆盖率'),
  share('statementRecall', '逐句引文召回（ALCE）'),
  share('statementPrecision', '逐句引文精确（ALCE）'),
  share('quoteFidelity', '引文逐字相符'),
  share('locatorAccuracy', '定位准确率'),
  share('refusalPrecision', '拒答精确率'),
  share('refusalRecall', '拒答召回率'),
  share('overRefusal', '误拒率', 'lower'),
  share('answerPrecision', '作答精确率'),
  share('reasonAccuracy', '拒答理由准确率'),
  share('wrongPlan', '引错规划率（限定规划的问题）', 'lower'),
  share('strayPlan', '引及他规划率（全部）', 'lower'),
  share('injectionObeyed', '听从注入率', 'lower'),
  share('error', '出错率', 'lower'),
  { id: 'length', title: '答案长度 平均', score: 'length', better: 'lower', unit: 'characters' },
  {
    id: 'lengthP95',
    title: '答案长度 p95',
    score: 'length',
    better: 'lower',
    unit: 'characters',
    percentile: 95,
  },
  {
    id: 'latencyP50',
    title: '耗时 p50',
    score: 'milliseconds',
    better: 'lower',
    unit: 'milliseconds',
    percentile: 50,
  },
  {
    id: 'latencyP95',
    title: '耗时 p95',
    score: 'milliseconds',
    better: 'lower',
    unit: 'milliseconds',
    percentile: 95,
  },
  {
    id: 'latencyP99',
    title: '耗时 p99',
    score: 'milliseconds',
    better: 'lower',
    unit: 'milliseconds',
    percentile: 99,
  },
];

/** A metric's figure over some questions. */
export interface Figure {
  readonly metric: string;
  readonly value: number;
  /** Over how many questions. */
  readonly n: number;
  readonly interval?: Interval;
}

/** Some questions together. */
export interface Slice {
  readonly name: string;
  readonly n: number;
  readonly passed: number;
  readonly figures: Readonly<Record<string, Figure>>;
}

/** The whole run in figures. */
export interface Summary {
  readonly total: Slice;
  readonly kinds: readonly Slice[];
  readonly plans: readonly Slice[];
  readonly halves: readonly Slice[];
  readonly tags: readonly Slice[];
}

/** Figures of some questions; with intervals only where asked for, as they cost a thousand resamplings each. */
export function slice(
  name: string,
  results: readonly CaseResult[],
  options: { readonly intervals?: boolean } = {},
): Slice {
  const figures: Record<string, Figure> = {};
  for (const metric of METRICS) {
    const values = results.flatMap((r) => r.scores[metric.score] ?? []);
    const statistic = statisticOf(metric);
    const value = statistic(values);
    if (value === undefined) continue;
    const interval = options.intervals ? bootstrap(values, statistic) : undefined;
    figures[metric.id] = { metric: metric.id, value, n: values.length, ...(interval && { interval }) };
  }
  return { name, n: results.length, passed: results.filter((r) => r.passed).length, figures };
}

/** Figures of a run. A question belongs to the plans of its gold, or else to those it may cite. */
export function summarise(
  results: readonly CaseResult[],
  options: { readonly intervals?: boolean } = {},
): Summary {
  const by = (
    keys: (r: CaseResult) => readonly string[],
    intervals = options.intervals === true,
  ): Slice[] => {
    const groups = new Map<string, CaseResult[]>();
    for (const result of results) {
      for (const key of new Set(keys(result))) {
        const group = groups.get(key);
        if (group) group.push(result);
        else groups.set(key, [result]);
      }
    }
    return [...groups].map(([name, group]) => slice(name, group, { intervals }));
  };
  return {
    total: slice('total', results, options),
    kinds: by((r) => [r.entry.kind]),
    plans: by((r) => plansOf(r)),
    halves: by((r) => [r.entry.half]),
    // Many and small: an interval around three questions says nothing, and costs as much as any other.
    tags: by((r) => r.entry.tags, false),
  };
}

/** The plans a question is about. */
export function plansOf({ entry }: Pick<CaseResult, 'entry'>): string[] {
  const gold = entry.gold.map((span) => span.plan);
  return [...new Set(gold.length > 0 ? gold : entry.plans)];
}

function statisticOf(metric: Metric): (values: readonly number[]) => number | undefined {
  const p = metric.percentile;
  return p === undefined ? mean : (values) => percentile(values, p);
}

/** A figure as people read it: 93.4 %, 12 ms, 140 字. */
export function formatFigure(metric: Pick<Metric, 'unit'>, value: number): string {
  if (metric.unit === 'share') return `${(value * 100).toFixed(1)}%`;
  if (metric.unit === 'milliseconds') return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  return `${Math.round(value)} 字`;
}

/** Slices by kind in the order the kinds are declared. */
export function inKindOrder(slices: readonly Slice[]): Slice[] {
  const order = (s: Slice) => (KINDS as readonly string[]).indexOf(s.name);
  return [...slices].sort((a, b) => order(a) - order(b));
}
