/**
 * What a search asks of an index that is kept elsewhere than in this process.
 * @module
 */
import type { LexicalHit, WeightedTerm } from './lexical.ts';
import type { OpenIndex } from './open.ts';
import type { VectorHit } from './vectors.ts';

/** A word that is searched for. */
export interface SharedTerm extends WeightedTerm {
  /** What the weights kept for it are multiplied by, as 64 bits before they are rounded to 32; 1 if left out. */
  readonly rescaled?: number;
}

/**
 * Searches of an index that many servers share. Document and plan numbers are those of the `OpenIndex`. What cannot be
 * searched at the moment gives undefined: the server's own copy is searched then.
 */
export interface SharedSearch {
  /**
   * The best documents by their BM25 weights, best first, with the scores that `LexicalIndex.search` gives.
   * @param plans numbers of the plans that count; all if empty
   */
  lexical(
    query: readonly SharedTerm[],
    k: number,
    plans: readonly number[],
  ): Promise<LexicalHit[] | undefined>;
  /**
   * The documents of the k nearest vectors, nearest first; exact within plans.
   * @param plans numbers of the plans that count; all if empty
   */
  nearest(vector: readonly number[], k: number, plans: readonly number[]): Promise<VectorHit[] | undefined>;
  close(): Promise<void>;
}

/** By the index itself, not in it: a copy that leaves plans out must not search them. */
const searches = new WeakMap<OpenIndex, SharedSearch>();

/** From now on `index` is searched by `search`. */
export function searchBy(index: OpenIndex, search: SharedSearch): void {
  searches.set(index, search);
}

/** What searches `index` in place of its own `lexical` and `vectors`; undefined if it does so itself. */
export function sharedSearch(index: OpenIndex): SharedSearch | undefined {
  return searches.get(index);
}

/**
 * The searches of an index as those of one with some of its plans only: no other plan is asked for, and words weigh
 * what they weigh among these.
 * @param kept the numbers in the whole of the plans that are left, by their new numbers
 */
export function searchOfPart(
  search: SharedSearch,
  whole: OpenIndex,
  part: OpenIndex,
  kept: readonly number[],
): SharedSearch {
  const numberOf = new Map(kept.map((old, n) => [old, n]));
  const wanted = (plans: readonly number[]) =>
    plans.length === 0 ? kept : plans.map((n) => kept[n] as number);
  const renumbered = <Hit extends { readonly doc: number }>(hits: readonly Hit[] | undefined) =>
    hits?.map((hit) => {
      const old = whole.planOf[hit.doc] as number;
      const by = firstOf(part, numberOf.get(old) as number) - firstOf(whole, old);
      return { ...hit, doc: hit.doc + by };
    });
  return {
    async lexical(query, k, plans) {
      // To the whole, no plans are all plans.
      if (kept.length === 0) return [];
      const known = query.flatMap(({ term, weight }) => {
        const idf = part.lexical.idf(term);
        return idf > 0 ? [{ term, weight, rescaled: idf / whole.lexical.idf(term) }] : [];
      });
      return renumbered(await search.lexical(known, k, wanted(plans)));
    },
    async nearest(vector, k, plans) {
      if (kept.length === 0) return [];
      return renumbered(await search.nearest(vector, k, wanted(plans)));
    },
    // The connections are the whole's.
    async close() {},
  };
}

/** The number of a plan's first document. */
const firstOf = (index: OpenIndex, plan: number): number => index.entries[plan]?.passages.first ?? 0;
