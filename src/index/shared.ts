/**
 * What a search asks of an index that is kept elsewhere than in this process.
 * @module
 */
import type { LexicalHit, WeightedTerm } from './lexical.ts';
import type { OpenIndex } from './open.ts';
import type { VectorHit } from './vectors.ts';

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
    query: readonly WeightedTerm[],
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
