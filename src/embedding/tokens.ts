/**
 * Text → tokens of the built-in embedding: every Chinese character, every pair, and every longer word of the
 * vocabulary wherever it occurs, overlapping; Latin words and names such as `pm2.5`. No segmenter takes part, so
 * the vector of a text depends on the model file alone and not on words added elsewhere.
 * @module
 */
import { fold } from '../language/normalise.ts';

/** Tokens with how much each counts (the square root of how often it occurs). */
export interface Bag {
  readonly ids: Int32Array;
  readonly weights: Float32Array;
}

/** Rows for pairs and words outside the vocabulary; they follow the vocabulary's own rows. */
export const BUCKETS = 4096;
/** What a token outside the vocabulary counts: a pair across two words is mostly noise, a foreign name is not. */
const UNKNOWN_PAIR = 0.4;
const UNKNOWN_WORD = 1;
/** Longest Chinese word of a vocabulary. */
export const LONGEST = 6;

const HAN_RUN = /\p{Script=Han}+/gu;
const LATIN = /[a-z]+(?:\d+(?:\.\d+)?)?|(?<![\d.])(?:19|20)\d\d(?![\d.])/g;

/** FNV-1a, 32 bit (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** An English word without its plural ending, so that one form finds the other. */
function stem(word: string): string {
  if (word.length <= 3 || /\d/.test(word)) return word;
  return word.replace(/ies$/, 'y').replace(/(?<=[^s])s$/, '');
}

/** Runs of Chinese characters and Latin words of a text, folded. */
export function runsOf(text: string): { han: string[]; latin: string[] } {
  const folded = fold(text);
  return { han: folded.match(HAN_RUN) ?? [], latin: (folded.match(LATIN) ?? []).map(stem) };
}

/** The tokens of a text by their rows in the model. */
export function bagOf(text: string, vocabulary: ReadonlyMap<string, number>): Bag {
  const { han, latin } = runsOf(text);
  const counts = new Map<number, number>();
  const add = (id: number, weight: number) => counts.set(id, (counts.get(id) ?? 0) + weight);
  const bucket = (token: string) => vocabulary.size + (fnv1a(token) % BUCKETS);
  for (const run of han) {
    for (let i = 0; i < run.length; i++) {
      for (let n = 1; n <= LONGEST && i + n <= run.length; n++) {
        const token = run.slice(i, i + n);
        const id = vocabulary.get(token);
        if (id !== undefined) add(id, 1);
        else if (n === 2) add(bucket(token), UNKNOWN_PAIR * UNKNOWN_PAIR);
      }
    }
  }
  for (const word of latin) {
    const id = vocabulary.get(word);
    if (id !== undefined) add(id, 1);
    else if (!/^\d/.test(word)) add(bucket(word), UNKNOWN_WORD);
  }
  const ids = Int32Array.from(counts.keys());
  return { ids, weights: Float32Array.from(counts.values(), Math.sqrt) };
}
