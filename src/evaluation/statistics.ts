/**
 * The arithmetic under the reports: means, percentiles, bootstrap intervals, McNemar's test. Pure and seeded:
 * the same input gives the same figures.
 * @module
 */

/** A pseudo-random generator over [0, 1): mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The arithmetic mean; undefined for no values. */
export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/**
 * The p-th percentile (0…100) by linear interpolation between closest ranks (Hyndman & Fan 1996, type 7);
 * undefined for no values.
 */
export function percentile(values: readonly number[], p: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = ((sorted.length - 1) * p) / 100;
  const low = Math.floor(rank);
  const below = sorted[low] as number;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  return below + (above - below) * (rank - low);
}

/** An interval around a figure. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The 95 % percentile bootstrap interval (Efron & Tibshirani 1993, ch. 13) of a statistic over questions:
 * questions are drawn with replacement, `resamples` times. Undefined for no values.
 */
export function bootstrap(
  values: readonly number[],
  statistic: (sample: readonly number[]) => number | undefined = mean,
  options: { readonly resamples?: number; readonly seed?: number } = {},
): Interval | undefined {
  const { resamples = 1000, seed = 20250101 } = options;
  if (values.length === 0) return undefined;
  const first = values[0] as number;
  if (values.every((v) => v === first)) return { low: first, high: first };
  const random = seededRandom(seed);
  const sample = new Array<number>(values.length);
  const figures: number[] = [];
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < values.length; i++)
      sample[i] = values[Math.floor(random() * values.length)] as number;
    const figure = statistic(sample);
    if (figure !== undefined) figures.push(figure);
  }
  return { low: percentile(figures, 2.5) as number, high: percentile(figures, 97.5) as number };
}

/**
 * McNemar's exact test (1947; binomial form): how likely a split of `fixed` against `broken` questions, or a more
 * uneven one, is if the two runs are equally good. Two-sided; 1 when nothing changed.
 */
export function mcnemar(fixed: number, broken: number): number {
  const n = fixed + broken;
  if (n === 0) return 1;
  let tail = 0;
  for (let i = 0; i <= Math.min(fixed, broken); i++) tail += Math.exp(logChoose(n, i) - n * Math.LN2);
  return Math.min(1, 2 * tail);
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log(n - k + i) - Math.log(i);
  return sum;
}
