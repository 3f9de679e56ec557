/**
 * Misspellings: a stretch of the question that no passage uses, but that sounds like a word of the corpus, is read
 * as that word (乌染 → 污染, nongmo → 农膜). What was read is shown to the person.
 * @module
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { pinyin } from 'pinyin-pro';
import { foldQuestion } from '../language/normalise.ts';
import { taggedWords } from '../language/segment.ts';

/** A stretch of the question and the word it is read as. */
export interface Correction {
  readonly from: string;
  readonly to: string;
}

/** A question with its misspellings mended. */
export interface Spelled {
  readonly question: string;
  readonly corrections: readonly Correction[];
}

const LONGEST = 6;
/** How long sounds are prepared at a stretch, in milliseconds. */
const PREPARE_MS = 10;

/** The sound of a Chinese word without tones; what pinyin input methods confuse is made one. */
function sound(word: string): string {
  return blur(pinyin(word, { toneType: 'none', type: 'array', v: true }).join(' '));
}

/** zh/z, ch/c, sh/s, -ng/-n: the confusions of southern speakers that input methods offer as fuzzy sounds. */
function blur(syllables: string): string {
  return syllables.replace(/\b([zcs])h/g, '$1').replace(/ng\b/g, 'n');
}

/** Corrects questions against the words of a corpus. */
export class Speller {
  readonly #words: ReadonlyMap<string, number>;
  readonly #fixed: ReadonlySet<string>;
  readonly #bySound = new Map<string, string>();
  readonly #byLetters = new Map<string, string>();
  /** An iterator that is never closed, so that it can be gone on with. */
  readonly #hearing: Iterable<string>;

  /**
   * @param words the corpus's words with how many passages use them
   * @param fixed characters that are words of asking (在, 的, 把) and so no part of a misspelt word
   */
  constructor(words: ReadonlyMap<string, number>, fixed: ReadonlySet<string>) {
    this.#words = words;
    this.#fixed = fixed;
    const heard = this.#hear();
    this.#hearing = { [Symbol.iterator]: () => ({ next: () => heard.next() }) };
    // Beforehand and bit by bit: all at once they would hold up other questions.
    void this.#prepare();
  }

  /** Mends a question; `isKnown` tells whether the corpus uses a stretch of text. */
  correct(question: string, isKnown: (text: string) => boolean): Spelled {
    let folded = foldQuestion(question);
    const corrections: Correction[] = [];
    const replace = (at: number, from: string, to: string) => {
      folded = folded.slice(0, at) + to + folded.slice(at + from.length);
      corrections.push({ from, to });
    };
    if (/\p{Script=Han}/u.test(folded)) {
      for (const match of [...folded.matchAll(/[a-z]{3,}/g)].reverse()) {
        const word = this.#sounds().byLetters.get(match[0]);
        if (word && !isKnown(match[0])) replace(match.index, match[0], word);
      }
    }
    const open = guessed(folded, isKnown);
    for (let at = 0; at < folded.length; at++) {
      for (let n = Math.min(LONGEST, folded.length - at); n >= 2; n--) {
        const piece = folded.slice(at, at + n);
        if (!/^\p{Script=Han}+$/u.test(piece)) continue;
        if (this.#words.has(piece)) {
          at += n - 1;
          break;
        }
        const free = open.slice(at, at + n);
        // 十四五 is not cut: 重庆十|四五 is no 重庆市.
        if (NUMERALS.test(folded.slice(at + n - 1, at + n + 1))) continue;
        if (n > 4 || isKnown(piece) || !free.includes(true) || [...piece].some((c) => this.#fixed.has(c)))
          continue;
        const word = this.#sounds().bySound.get(sound(piece));
        if (
          word &&
          word !== piece &&
          word.length === n &&
          [...piece].every((c, i) => free[i] || word[i] === c) &&
          shared(word, piece) >= (n === 2 ? 1 : n - 2) &&
          plausible(piece, word)
        ) {
          replace(at, piece, word);
          open.fill(false, at, at + n);
          at += n - 1;
          break;
        }
      }
    }
    return corrections.length === 0 ? { question, corrections } : { question: folded, corrections };
  }

  #sounds(): { bySound: Map<string, string>; byLetters: Map<string, string> } {
    for (const _word of this.#hearing);
    return { bySound: this.#bySound, byLetters: this.#byLetters };
  }

  async #prepare(): Promise<void> {
    let began = performance.now();
    for (const _word of this.#hearing) {
      if (performance.now() - began < PREPARE_MS) continue;
      await breathe(undefined, { ref: false });
      began = performance.now();
    }
  }

  /** Files the words by their sound, the most common first; what one caller has begun another goes on with. */
  *#hear(): Generator<string> {
    const common = [...this.#words].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    for (const [word] of common) {
      const key = sound(word);
      if (!this.#bySound.has(key)) this.#bySound.set(key, word);
      const letters = pinyin(word, { toneType: 'none', type: 'array', v: true }).join('');
      if (!this.#byLetters.has(letters)) this.#byLetters.set(letters, word);
      yield word;
    }
  }
}

const NUMERALS = /^[一二三四五六七八九十]{2}$/;
const shared = (a: string, b: string) => [...a].filter((c, i) => b[i] === c).length;

/** For every character whether it belongs to no word that the corpus uses: only such may be misspelt. */
function guessed(folded: string, isKnown: (text: string) => boolean): boolean[] {
  const open = Array<boolean>(folded.length).fill(true);
  let at = 0;
  for (const { word, tag } of taggedWords(folded)) {
    const start = folded.indexOf(word, at);
    if (start < 0) continue;
    at = start + word.length;
    if (word.length >= 2 && tag !== 'x' && isKnown(word)) open.fill(false, start, at);
  }
  return open;
}

/** One wrong character at most for every two. */
function plausible(piece: string, word: string): boolean {
  const wrong = [...piece].filter((c, i) => word[i] !== c).length;
  return wrong <= Math.ceil(piece.length / 2);
}
