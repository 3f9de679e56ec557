/**
 * Cutting text where highlights begin and end.
 * @module
 */
import type { Highlight, Span } from './types.ts';

/** A stretch of text that is highlighted as a whole or not at all. */
export interface Piece extends Span {
  /** Empty if it is not highlighted. */
  readonly classes: readonly string[];
}

/** Pieces of a stretch of text, in order. */
export function cut(span: Span, highlights: readonly Highlight[]): Piece[] {
  const over = highlights.filter((h) => h.start < span.end && span.start < h.end);
  const edges = new Set([span.start, span.end]);
  for (const { start, end } of over) {
    edges.add(Math.max(start, span.start));
    edges.add(Math.min(end, span.end));
  }
  const sorted = [...edges].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i) => {
    const start = sorted[i] as number;
    const here = over.filter((h) => h.start < end && start < h.end);
    const classes = new Set(
      here.flatMap(({ kind, current }) => (current ? [kind, `${kind}-current`] : [kind])),
    );
    return { start, end, classes: [...classes] };
  });
}

/** The first index of `sorted` whose element does not lie before `at`. */
export function firstAfter(sorted: readonly Span[], at: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as Span).end <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
