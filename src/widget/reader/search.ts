/**
 * Finding words in a plan: full-width and half-width, upper and lower case, characters with and without diacritics
 * are the same, and white space does not count; but nothing is found across the end of a paragraph or row.
 * @module
 */
import type { Span } from './types.ts';

/** A text made ready to be searched. */
export interface Folded {
  readonly text: string;
  /** For every character of `text` where it stands in the original. */
  readonly at: Uint32Array;
}

/** Folds a text; done once for a plan. */
export function fold(text: string): Folded {
  const parts: string[] = [];
  let at = new Uint32Array(text.length + 16);
  let length = 0;
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i);
    // Most of a plan is Chinese, which folds to itself.
    const plain = (code >= 0x4e00 && code <= 0x9fff) || (code >= 0x61 && code <= 0x7a);
    const char = plain ? (text[i] as string) : String.fromCodePoint(text.codePointAt(i) as number);
    const folded = plain ? char : foldChar(char);
    if (length + folded.length > at.length) {
      const more = new Uint32Array(at.length * 2);
      more.set(at);
      at = more;
    }
    for (let k = 0; k < folded.length; k++) at[length++] = i;
    parts.push(folded);
    i += char.length;
  }
  return { text: parts.join(''), at };
}

function foldChar(char: string): string {
  if (char === '\n') return '\n';
  if (/\s/.test(char)) return '';
  return char
    .normalize('NFKD')
    .replace(/[\p{M}\s\u200b-\u200d\ufeff]/gu, '')
    .toLowerCase();
}

/** Where `query` stands, in order, without overlap; empty for a query of nothing but white space. */
export function findAll(folded: Folded, text: string, query: string): Span[] {
  const wanted = fold(query.replace(/\s+/g, ' ')).text;
  const found: Span[] = [];
  if (wanted === '') return found;
  for (let i = folded.text.indexOf(wanted); i >= 0; i = folded.text.indexOf(wanted, i + wanted.length)) {
    const start = folded.at[i] as number;
    const last = folded.at[i + wanted.length - 1] as number;
    found.push({ start, end: last + ((text.codePointAt(last) as number) > 0xffff ? 2 : 1) });
  }
  return found;
}
