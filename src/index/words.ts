/**
 * The words that passages use, with how many do: what misspellings are read as. Cut once, when the index is built.
 * @module
 */
import { fold } from '../language/normalise.ts';
import { taggedWords } from '../language/segment.ts';
import type { Passage } from '../plan/types.ts';

/** Words with the number of passages that use them. */
export type Words = ReadonlyMap<string, number>;

/** Counts a passage's Chinese words of two to six characters. */
export function countWords(words: Map<string, number>, passage: Passage): void {
  for (const word of new Set(taggedWords(fold(passage.text)).map((t) => t.word))) {
    if (/^\p{Script=Han}{2,6}$/u.test(word)) words.set(word, (words.get(word) ?? 0) + 1);
  }
}

/** Words as a file: a line each, in the order they were first used. */
export function wordsFile(words: Words): Uint8Array {
  return Buffer.from([...words].map(([word, count]) => `${word} ${count}`).join('\n'), 'utf8');
}

/** Words read back from {@link wordsFile}. */
export function readWords(bytes: Buffer): Words {
  const lines = bytes.length === 0 ? [] : bytes.toString('utf8').split('\n');
  return new Map(
    lines.map((line) => {
      const gap = line.indexOf(' ');
      return [line.slice(0, gap), Number(line.slice(gap + 1))];
    }),
  );
}
