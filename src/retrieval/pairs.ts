/**
 * The pairs of characters of a text as a set of numbers: tells at once that a word is not in the text, which most
 * words a search looks for in a passage are not.
 * @module
 */

/** A set of pairs: a hash table of pairs' numbers, 0 where it is free. Its length is a power of two. */
export type PairSet = Uint32Array;

const numberOf = (text: string, at: number) =>
  (((text.charCodeAt(at) << 16) >>> 0) + text.charCodeAt(at + 1)) >>> 0;

/** The numbers of a word's pairs of UTF-16 units, in order; none for a single one. */
export function pairsOf(word: string): Uint32Array {
  const pairs = new Uint32Array(Math.max(0, word.length - 1));
  for (let i = 0; i < pairs.length; i++) pairs[i] = numberOf(word, i);
  return pairs;
}

/** The set of a text's pairs. */
export function pairSetOf(text: string): PairSet {
  // Two thirds full at most, so that looking for what is not there ends soon.
  const set = new Uint32Array(1 << (32 - Math.clz32(Math.max(1, 1.5 * text.length))));
  for (let i = 0; i + 1 < text.length; i++) {
    const pair = numberOf(text, i);
    set[placeOf(set, pair)] = pair;
  }
  return set;
}

/** Whether a text holds a pair. */
export function hasPair(set: PairSet, pair: number): boolean {
  return set[placeOf(set, pair)] === pair;
}

/** Whether a text may hold a word, by its pairs: it does not if this is false. */
export function mayHold(set: PairSet, pairs: Uint32Array): boolean {
  for (let i = 0; i < pairs.length; i++) if (!hasPair(set, pairs[i] as number)) return false;
  return true;
}

/** Where a pair is, or would be, by linear probing from its hash (Knuth 1973, TAOCP 3, 6.4: multiplicative hashing). */
function placeOf(set: PairSet, pair: number): number {
  const mask = set.length - 1;
  let at = Math.imul(pair, 0x9e3779b1) >>> (Math.clz32(set.length) + 1);
  while (set[at] !== 0 && set[at] !== pair) at = (at + 1) & mask;
  return at;
}
