/**
 * English as questions use it: words without their endings.
 * @module
 */

/** English words of a text with plural and participle endings taken off, so that singular finds plural. */
export function englishWords(text: string): string[] {
  return [...text.matchAll(/[a-z]+(?:\d+(?:\.\d+)?)?/g)].map((m) => stem(m[0]));
}

/** A word without its plural ending. */
export function stem(word: string): string {
  if (word.length <= 3) return word;
  return word
    .replace(/ies$/, 'y')
    .replace(/(?<![sui])s$/, '')
    .replace(/(?<=sh|ch|x)e$/, '');
}
