/**
 * The words that passages use, with how many do: what misspellings are read as. Cut once, when the index is built, and
 * counted plan by plan, so that an index of some plans knows the words of these only.
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

/** The words of all plans, in the order they were first used, and which of them each plan uses how often. */
export interface PlanWords {
  readonly words: readonly string[];
  /** Where each plan's part of `uses` begins, and the end of the last; two numbers a word. */
  readonly offsets: Uint32Array;
  /** The number of a word, and how many of the plan's passages use it. */
  readonly uses: Uint32Array;
}

/** Collects the words plan by plan. */
export class PlanWordsBuilder {
  readonly #numbers = new Map<string, number>();
  readonly #offsets: number[] = [0];
  readonly #uses: number[] = [];

  /** Adds the next plan's words. */
  add(words: Words): void {
    for (const [word, count] of words) {
      const number = this.#numbers.get(word) ?? this.#numbers.size;
      this.#numbers.set(word, number);
      this.#uses.push(number, count);
    }
    this.#offsets.push(this.#uses.length);
  }

  /** As a file. */
  file(): Uint8Array {
    const text = Buffer.from([...this.#numbers.keys()].join('\n'), 'utf8');
    const head = Uint32Array.of(this.#offsets.length, this.#uses.length);
    const numbers = [head, Uint32Array.from(this.#offsets), Uint32Array.from(this.#uses)];
    return Buffer.concat([...numbers.map((n) => new Uint8Array(n.buffer)), text]);
  }
}

/** Reads a file of {@link PlanWordsBuilder}; the bytes begin at a multiple of 4. */
export function readPlanWords(bytes: Buffer): PlanWords {
  const numbers = (from: number, count: number) =>
    new Uint32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + 4 * from, count);
  const [plans, uses] = numbers(0, 2) as unknown as [number, number];
  const text = bytes.toString('utf8', 4 * (2 + plans + uses));
  return {
    words: text === '' ? [] : text.split('\n'),
    offsets: numbers(2, plans),
    uses: numbers(2 + plans, uses),
  };
}

/** The words of some plans together; of all if `plans` is left out. */
export function wordsOf({ words, offsets, uses }: PlanWords, plans?: readonly number[]): Map<string, number> {
  const counts = new Uint32Array(words.length);
  for (const n of plans ?? Array.from({ length: offsets.length - 1 }, (_x, i) => i)) {
    for (let i = offsets[n] as number; i < (offsets[n + 1] as number); i += 2)
      counts[uses[i] as number]! += uses[i + 1] as number;
  }
  const found = new Map<string, number>();
  words.forEach((word, i) => {
    if (counts[i] as number) found.set(word, counts[i] as number);
  });
  return found;
}

/** The words of some plans only, numbered by their place in `plans`. */
export function restrictWords({ words, offsets, uses }: PlanWords, plans: readonly number[]): PlanWords {
  const parts = plans.map((n) => uses.subarray(offsets[n], offsets[n + 1]));
  const places = Uint32Array.of(0, ...parts.map((p) => p.length));
  const joined = new Uint32Array(parts.reduce((sum, p) => sum + p.length, 0));
  parts.forEach((part, n) => {
    joined.set(part, places[n]);
    places[n + 1]! += places[n] as number;
  });
  return { words, offsets: places, uses: joined };
}
