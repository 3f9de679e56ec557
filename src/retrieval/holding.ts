/**
 * Which passages may hold a word: what is asked of all passages is asked of these only, since a large index has too
 * many to read.
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { terms } from '../language/segment.ts';

/** An index of no more passages is read whole. */
const READ_WHOLE = 8192;

/** The documents of a plan. */
export function* docsOfPlan(index: OpenIndex, plan: number): Generator<number> {
  const own = index.entries[plan]?.passages;
  if (own) for (let doc = own.first; doc < own.first + own.count; doc++) yield doc;
}

/**
 * The documents that may hold one of some texts, ascending: all of a small index, of a large one those that hold every
 * pair of characters of a text. Which do hold it is for the caller to see.
 */
export function docsThatMayHold(
  index: OpenIndex,
  texts: readonly string[],
  readWhole = READ_WHOLE,
): Iterable<number> {
  if (index.passages.length <= readWhole) return index.passages.keys();
  const docs = new Set<number>();
  for (const text of texts) for (const doc of holdingAll(index, piecesOf(text))) docs.add(doc);
  return [...docs].sort((a, b) => a - b);
}

/** Pairs of characters, and words that are not Chinese: what a text's terms are wherever it stands. */
const piecesOf = (text: string) => terms(text).filter((t) => t.length <= 2 || !/\p{Script=Han}/u.test(t));

function holdingAll(index: OpenIndex, pieces: readonly string[]): readonly number[] {
  if (pieces.length === 0) return [];
  const lists = pieces.map((t) => index.lexical.documentsOf(t)).sort((a, b) => a.length - b.length);
  let docs = Array.from(lists[0] as Uint32Array);
  for (const list of lists.slice(1)) docs = docs.filter((doc) => holds(list, doc));
  return docs;
}

function holds(ascending: Uint32Array, doc: number): boolean {
  let low = 0;
  let high = ascending.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = ascending[middle] as number;
    if (found === doc) return true;
    if (found < doc) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
