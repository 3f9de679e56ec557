/**
 * Retrieval metrics over the ranks at which gold spans were found; see docs/evaluation.md.
 * @module
 */

/**
 * recall@k. need any: 1 if any span is hit within the first k, else 0; need all: the share of spans hit within the
 * first k (Manning, Raghavan & Schütze 2008, ch. 8, on spans instead of documents).
 */
export function recallAt(ranks: readonly (number | undefined)[], need: 'any' | 'all', k: number): number {
  const within = ranks.filter((rank) => rank !== undefined && rank <= k).length;
  if (need === 'any') return within > 0 ? 1 : 0;
  return ranks.length === 0 ? 0 : within / ranks.length;
}

/** Reciprocal rank: 1 / rank of the first stretch that hits any span, 0 if none does (Voorhees 1999). */
export function reciprocalRank(ranks: readonly (number | undefined)[]): number {
  const first = Math.min(...ranks.map((rank) => rank ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(first) ? 1 / first : 0;
}

/**
 * nDCG@k (Järvelin & Kekäläinen 2002) with the gain of novelty (after Clarke et al. 2008, α = 1): a stretch gains
 * the number of spans it is the first to hit, discounted by log2(1 + rank). The ideal ranking hits one span per
 * rank (need all) or a span at rank 1 (need any, where further spans gain nothing). At most 1, also where one
 * passage holds several spans.
 */
export function ndcgAt(ranks: readonly (number | undefined)[], need: 'any' | 'all', k: number): number {
  const found = ranks.filter((rank): rank is number => rank !== undefined && rank <= k);
  const counted = need === 'any' ? found.sort((a, b) => a - b).slice(0, 1) : found;
  const gain = counted.reduce((sum, rank) => sum + 1 / Math.log2(1 + rank), 0);
  const wanted = need === 'any' ? 1 : Math.min(ranks.length, k);
  let ideal = 0;
  for (let rank = 1; rank <= wanted; rank++) ideal += 1 / Math.log2(1 + rank);
  return ideal === 0 ? 0 : Math.min(1, gain / ideal);
}
