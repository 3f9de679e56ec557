/**
 * The lexicon: how people say a thing ↔ how statutes, orders and plans print it, for any subject of law and
 * administration. It comes with the product and is always there; a corpus's own words are in its glossary.
 * @module
 */
import { readFileSync } from 'node:fs';
import { fold } from './normalise.ts';

/** One line of the lexicon. */
export interface LexiconEntry {
  /** Everyday wordings, any of which may be meant by the printed ones. */
  readonly said: readonly string[];
  /** What is printed instead. */
  readonly printed: readonly string[];
  /** A way of asking, which says what kind of sentence answers, not what it is about. */
  readonly asking: boolean;
}

/** An everyday wording found in a text. */
export interface LexiconMatch {
  /** The wording, folded, and where it begins in the folded text. */
  readonly form: string;
  readonly at: number;
  readonly printed: readonly string[];
  readonly asking: boolean;
}

/**
 * Reads a lexicon: one entry a line, wordings apart by spaces, `>` between what is said and what is printed; `?` at
 * the beginning marks a way of asking, `#` a comment.
 * @throws Error naming the line that is none
 */
export function parseLexicon(text: string): LexiconEntry[] {
  return text.split('\n').flatMap((line, i) => {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) return [];
    const asking = content.startsWith('?');
    const sides = content
      .replace(/^\?/, '')
      .split('>')
      .map((side) => side.split(/\s+/).filter((word) => word !== ''));
    const [said = [], printed = []] = sides;
    if (sides.length !== 2 || said.length === 0 || printed.length === 0)
      throw new Error(`词库第 ${i + 1} 行有误，应为“口语 口语 > 书面语 书面语”：${content}`);
    return [{ said, printed, asking }];
  });
}

/** Looks up everyday wordings in folded text. */
export class Lexicon {
  readonly entries: readonly LexiconEntry[];
  readonly #forms = new Map<string, { printed: readonly string[]; asking: boolean }>();
  #longest = 0;

  constructor(entries: readonly LexiconEntry[]) {
    this.entries = entries;
    for (const { said, printed, asking } of entries) {
      for (const form of said.map(fold)) {
        const others = printed.map(fold).filter((word) => word !== form);
        const known = this.#forms.get(form);
        this.#forms.set(form, {
          printed: [...new Set([...(known?.printed ?? []), ...others])],
          asking: (known?.asking ?? true) && asking,
        });
        this.#longest = Math.max(this.#longest, form.length);
      }
    }
  }

  /**
   * Wordings that occur in a folded text, longest first at every place, without overlaps. One of three characters
   * and more counts wherever it stands, a shorter one only where words begin and end.
   * @param borders where words of the text begin, and its end
   */
  match(folded: string, borders: ReadonlySet<number>): LexiconMatch[] {
    const found: LexiconMatch[] = [];
    for (let i = 0; i < folded.length; i++) {
      for (let n = Math.min(this.#longest, folded.length - i); n >= 1; n--) {
        if (n <= 2 && !(borders.has(i) && borders.has(i + n))) continue;
        const form = folded.slice(i, i + n);
        const hit = this.#forms.get(form);
        if (!hit) continue;
        found.push({ ...hit, form, at: i });
        i += n - 1;
        break;
      }
    }
    return found;
  }
}

/** The lexicon of the product. */
export const LEXICON = new Lexicon(
  parseLexicon(readFileSync(new URL('./data/lexicon.txt', import.meta.url), 'utf8')),
);
