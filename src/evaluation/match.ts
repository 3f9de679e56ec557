/**
 * When two pieces of text are the same for the evaluation: white space, width and the readers' markup aside.
 *
 * Deliberately independent of the language room: what is measured must not move when the product's own folding
 * does.
 * @module
 */

/** A text with everything dropped that matching ignores, and where each kept unit came from. */
export interface Compact {
  readonly text: string;
  /** Offset in the original of each unit of `text`. */
  readonly starts: readonly number[];
  /** End offset in the original of the character each unit of `text` came from. */
  readonly ends: readonly number[];
}

const IGNORED = /[\s\u00ad\u200b-\u200f\u2060\ufeff]/;
const MARKUP = /<\/?p>|_\{([^{}]*)\}|\$|\\geq|\\leq/g;

/** NFKC, lower case, no white space, no `<p>`, `_{…}` or `$`: how gold quotes, passages and quotes are compared. */
export function compact(text: string): string {
  return compactWithOffsets(text).text;
}

/** Like {@link compact}, with the way back to the original offsets. */
export function compactWithOffsets(text: string): Compact {
  const out: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const keep = (character: string, start: number, end: number) => {
    for (const unit of character.normalize('NFKC').toLowerCase()) {
      if (IGNORED.test(unit)) continue;
      for (let i = 0; i < unit.length; i++) {
        out.push(unit[i] as string);
        starts.push(start);
        ends.push(end);
      }
    }
  };
  const keepRange = (from: number, to: number) => {
    for (let at = from; at < to; ) {
      const code = text.charCodeAt(at);
      // Han characters are most of every plan and always stand for themselves.
      if (code >= 0x4e00 && code <= 0x9fff) {
        out.push(text[at] as string);
        starts.push(at);
        ends.push(++at);
        continue;
      }
      const character = String.fromCodePoint(text.codePointAt(at) as number);
      if (!IGNORED.test(character)) keep(character, at, at + character.length);
      at += character.length;
    }
  };
  let at = 0;
  for (const mark of text.matchAll(MARKUP)) {
    keepRange(at, mark.index);
    at = mark.index + mark[0].length;
    if (mark[1] !== undefined) keepRange(mark.index + 2, at - 1);
    else if (mark[0] === '\\geq') keep('≥', mark.index, at);
    else if (mark[0] === '\\leq') keep('≤', mark.index, at);
  }
  keepRange(at, text.length);
  return { text: out.join(''), starts, ends };
}

/** {@link compact}, and without quotation marks and Markdown emphasis: how `must` strings are looked for. */
export function loose(text: string): string {
  return compact(text).replace(LOOSE, '');
}

const LOOSE = /["'“”‘’「」『』*`]/g;

const isDigit = (c: string | undefined) => c !== undefined && c >= '0' && c <= '9';

/**
 * Whether a text says `needle`, ignoring what {@link loose} ignores. A needle that begins or ends with a digit is
 * not found inside a longer number: 7.4 is not in 17.4, 40% is not in 140%, 20 is not in 2025.
 */
export function says(text: string, needle: string): boolean {
  return saysIn(looseHaystack(text), needle);
}

/** A text prepared for many calls of {@link saysIn}. */
export function looseHaystack(text: string): Compact {
  const all = compactWithOffsets(text);
  const out: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < all.text.length; i++) {
    const c = all.text[i] as string;
    if (/["'“”‘’「」『』*`]/.test(c)) continue;
    out.push(c);
    starts.push(all.starts[i] as number);
    ends.push(all.ends[i] as number);
  }
  return { text: out.join(''), starts, ends };
}

/** {@link says} on a prepared text. */
export function saysIn(haystack: Compact, needle: string): boolean {
  return findIn(haystack, needle) !== undefined;
}

/** Where (original offsets) a prepared text first says `needle`. */
export function findIn(
  haystack: Compact,
  needle: string,
  from = 0,
): { start: number; end: number } | undefined {
  const wanted = loose(needle);
  if (wanted === '') return undefined;
  const { text, starts, ends } = haystack;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const last = at + wanted.length - 1;
    if ((starts[at] as number) < from) continue;
    if (isDigit(wanted[0]) && touches(haystack, at - 1) && continuesNumber(text, at - 1, -1)) continue;
    if (isDigit(wanted.at(-1)) && touches(haystack, last) && continuesNumber(text, last + 1, 1)) continue;
    return { start: starts[at] as number, end: ends[last] as number };
  }
  return undefined;
}

/** Whether unit `i` and the next one stand side by side in the original. */
function touches({ starts, ends, text }: Compact, i: number): boolean {
  return i >= 0 && i + 1 < text.length && (ends[i] as number) >= (starts[i + 1] as number);
}

function continuesNumber(text: string, at: number, step: 1 | -1): boolean {
  const c = text[at];
  return isDigit(c) || (c === '.' && isDigit(text[at + step]));
}

/** Marks for highlighting: where a text says one of the strings, in offsets, merged and in order. */
export function occurrences(text: string, strings: readonly string[]): { start: number; end: number }[] {
  const haystack = looseHaystack(text);
  const spans: { start: number; end: number }[] = [];
  for (const string of strings) {
    let span = findIn(haystack, string);
    while (span) {
      spans.push(span);
      span = findIn(haystack, string, span.end);
    }
  }
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: { start: number; end: number }[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}

/** A half-open stretch in compact coordinates of one plan. */
export interface CompactSpan {
  readonly start: number;
  readonly end: number;
}

/** A plan's text, prepared for finding quotes in it and for comparing offsets without white space. */
export class PlanText {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly #compact: Compact;
  readonly #toCompact: Int32Array;
  readonly #found = new Map<string, readonly CompactSpan[]>();

  constructor(id: string, title: string, text: string) {
    this.id = id;
    this.title = title;
    this.text = text;
    this.#compact = compactWithOffsets(text);
    this.#toCompact = new Int32Array(text.length + 1);
    let unit = 0;
    for (let offset = 0; offset <= text.length; offset++) {
      while (unit < this.#compact.text.length && (this.#compact.starts[unit] as number) < offset) unit++;
      this.#toCompact[offset] = unit;
    }
  }

  /** Every place the quote stands at, in compact coordinates; empty when the plan does not hold it. */
  find(quote: string): readonly CompactSpan[] {
    const known = this.#found.get(quote);
    if (known) return known;
    const wanted = compact(quote);
    const found: CompactSpan[] = [];
    if (wanted === '') return found;
    this.#found.set(quote, found);
    for (
      let at = this.#compact.text.indexOf(wanted);
      at >= 0;
      at = this.#compact.text.indexOf(wanted, at + 1)
    ) {
      found.push({ start: at, end: at + wanted.length });
    }
    return found;
  }

  /** Offsets of the text in compact coordinates. */
  toCompact(span: { readonly start: number; readonly end: number }): CompactSpan {
    return { start: this.#at(span.start), end: this.#at(span.end) };
  }

  /** Compact coordinates as offsets of the text. */
  toText(span: CompactSpan): { start: number; end: number } {
    const last = this.#compact.ends[span.end - 1];
    return { start: this.#compact.starts[span.start] ?? this.text.length, end: last ?? this.text.length };
  }

  /** Whether the plan holds the quote anywhere. */
  holds(quote: string): boolean {
    return this.find(quote).length > 0;
  }

  #at(offset: number): number {
    const bounded = Math.max(0, Math.min(this.text.length, Math.trunc(offset) || 0));
    return this.#toCompact[bounded] as number;
  }
}

/** How many units two stretches share. */
export function overlap(a: CompactSpan, b: CompactSpan): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}
