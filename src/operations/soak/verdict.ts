/** What the numbers of a soak come to. @module */

/** The server's memory at one moment, in bytes. */
export interface MemorySample {
  /** What the collector left: objects, buffers. */
  readonly live: number;
  /** All of the process. */
  readonly resident: number;
}

const MB = 1 << 20;
/** What may be more at the end than in the middle: some, since the state's caches fill, and a share of what there is. */
const SLACK = { live: { share: 0.1, bytes: 16 * MB }, resident: { share: 0.15, bytes: 64 * MB } };

/**
 * Whether memory is flat: the median of the last third against that of the middle third; the first warms up.
 * Undefined if so or if there are fewer than nine samples; otherwise what grew, in words.
 */
export function growthOf(samples: readonly MemorySample[]): string | undefined {
  if (samples.length < 9) return undefined;
  const third = Math.floor(samples.length / 3);
  for (const kind of ['live', 'resident'] as const) {
    const middle = median(samples.slice(third, 2 * third).map((sample) => sample[kind]));
    const last = median(samples.slice(-third).map((sample) => sample[kind]));
    if (last - middle > middle * SLACK[kind].share + SLACK[kind].bytes)
      return `${kind === 'live' ? '存活对象' : '常驻内存'}从 ${inMb(middle)} 涨到 ${inMb(last)}`;
  }
  return undefined;
}

/** Bytes for people. */
export const inMb = (bytes: number): string => `${Math.round(bytes / MB)} MB`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** The value that `share` of the sorted values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
