/**
 * The glossary: official term ↔ everyday wording ↔ abbreviation ↔ English, valid for any plan.
 * @module
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Dictionary } from './dictionary.ts';
import { PHRASE_MAX } from './dictionary.ts';
import { englishWords, stem } from './english.ts';
import { fold } from './normalise.ts';

const entrySchema = z.strictObject({
  term: z.string().min(1),
  also: z.array(z.string().min(1)).default([]),
  everyday: z.array(z.string().min(1)).default([]),
  english: z.array(z.string().min(1)).default([]),
  related: z.array(z.string().min(1)).default([]),
});

/** One entry of the glossary. */
export type GlossaryEntry = z.infer<typeof entrySchema>;

/** How a form stands to its term: the term or its equal, everyday words, English, or English by a general dictionary. */
export type FormKind = 'term' | 'also' | 'everyday' | 'english' | 'dictionary';

/** A glossary entry found in a text. */
export interface GlossaryMatch {
  readonly entry: GlossaryEntry;
  /** The form that was found, folded (English words without plural endings), and where it begins in the folded text. */
  readonly form: string;
  readonly at: number;
  readonly kind: FormKind;
}

/** Looks up glossary forms in folded text. */
export class Glossary {
  readonly entries: readonly GlossaryEntry[];
  readonly #chinese = new Map<string, { entry: GlossaryEntry; kind: FormKind }>();
  readonly #english = new Map<string, { entry: GlossaryEntry; kind: FormKind }>();
  readonly #dictionary: Dictionary;
  /** The first two characters of a Chinese form → the length of the longest that begins so. */
  readonly #longest = new Map<string, number>();
  #longestEnglish = 0;

  /** @param dictionary what English words mean that no entry has */
  constructor(entries: readonly GlossaryEntry[], dictionary: Dictionary = new Map()) {
    this.entries = entries;
    this.#dictionary = dictionary;
    for (const entry of entries) {
      this.#add(entry.term, entry, 'term');
      for (const form of entry.also) this.#add(form, entry, 'also');
      for (const form of entry.everyday) this.#add(form, entry, 'everyday');
      for (const form of entry.english) this.#add(form, entry, 'english');
    }
  }

  #add(form: string, entry: GlossaryEntry, kind: FormKind): void {
    const key = fold(form);
    if (/\p{Script=Han}/u.test(key)) {
      if (!this.#chinese.has(key)) this.#chinese.set(key, { entry, kind });
      const beginning = key.slice(0, 2);
      this.#longest.set(beginning, Math.max(this.#longest.get(beginning) ?? 0, key.length));
      return;
    }
    const words = englishWords(key);
    if (words.length === 0) return;
    const joined = words.join(' ');
    if (!this.#english.has(joined)) this.#english.set(joined, { entry, kind });
    this.#longestEnglish = Math.max(this.#longestEnglish, words.length);
  }

  #translated(phrase: string): { entry: GlossaryEntry; kind: FormKind } | undefined {
    const [term, ...also] = this.#dictionary.get(phrase) ?? [];
    if (term === undefined) return undefined;
    return { entry: { term, also, everyday: [], english: [], related: [] }, kind: 'dictionary' };
  }

  /** Chinese words for the segmenter's dictionary. */
  segmenterWords(): string[] {
    return this.entries.flatMap((e) => [e.term, ...e.also, ...e.related]);
  }

  /** Entries whose forms occur in a folded text; longest forms first at every place, without overlaps. */
  match(folded: string): GlossaryMatch[] {
    const found: GlossaryMatch[] = [];
    for (let i = 0; i < folded.length; i++) {
      const longest = this.#longest.get(folded.slice(i, i + 2)) ?? 0;
      for (let n = Math.min(longest, folded.length - i); n >= 2; n--) {
        const form = folded.slice(i, i + n);
        const hit = this.#chinese.get(form);
        if (!hit) continue;
        found.push({ ...hit, form, at: i });
        i += n - 1;
        break;
      }
    }
    const words = [...folded.matchAll(/[a-z]+(?:\d+(?:\.\d+)?)?/g)];
    for (let i = 0; i < words.length; i++) {
      for (let n = Math.min(Math.max(this.#longestEnglish, PHRASE_MAX), words.length - i); n >= 1; n--) {
        const span = words.slice(i, i + n);
        const form = span.map((w) => stem(w[0])).join(' ');
        const hit = this.#english.get(form) ?? this.#translated(form);
        if (!hit) continue;
        found.push({ ...hit, form, at: (span[0] as RegExpMatchArray).index ?? 0 });
        i += n - 1;
        break;
      }
    }
    return found;
  }
}

/** An empty glossary, for a corpus without one. */
export const EMPTY_GLOSSARY = new Glossary([]);

/**
 * Reads a glossary file.
 * @throws Error naming the file and the entry when it is no valid glossary
 */
export function readGlossary(file: string, dictionary?: Dictionary): Glossary {
  let raw: unknown;
  try {
    raw = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`术语表 ${file} 不是有效的 YAML：${(error as Error).message.split('\n')[0]}`);
  }
  const result = z.strictObject({ terms: z.array(entrySchema) }).safeParse(raw);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new Error(`术语表 ${file} 的 ${issue?.path.join('.') ?? ''} 有误：${issue?.message ?? ''}`);
  }
  return new Glossary(result.data.terms, dictionary);
}
