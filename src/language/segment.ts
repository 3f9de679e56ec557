/**
 * Chinese text → index terms: jieba's words with the glossary's domain words, character bigrams, and Latin words
 * and numbers kept whole (`pm2.5`, `94.2%`).
 * @module
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import * as jieba from 'nodejs-jieba';
import { fold } from './normalise.ts';

let loaded = false;

/**
 * Loads jieba's dictionary (about a second and 240 MB) and adds words to it. Call once, early; later calls only
 * add words. jieba aborts the whole process when a dictionary file cannot be read, so that is checked first.
 * @throws Error naming the file that is missing or cannot be read
 */
export function loadSegmenter(words: Iterable<string> = []): void {
  if (!loaded) {
    const files = [
      jieba.DEFAULT_DICT,
      jieba.DEFAULT_HMM_DICT,
      jieba.DEFAULT_USER_DICT,
      jieba.DEFAULT_IDF_DICT,
      jieba.DEFAULT_STOP_WORD_DICT,
    ];
    checkDictionaries(files);
    jieba.load();
    loaded = true;
  }
  for (const word of words) {
    if (/^\p{Script=Han}{2,12}$/u.test(word)) jieba.insertWord(word);
  }
}

/**
 * Makes sure that jieba can open its dictionaries: files, readable, and not empty.
 * @throws Error naming the first that is not
 */
export function checkDictionaries(files: readonly string[]): void {
  for (const file of files) {
    if (!existsSync(file)) throw new Error(`分词词典缺失：${file}。请重新运行 npm ci。`);
    let first = 0;
    try {
      const fd = openSync(file, 'r');
      try {
        first = readSync(fd, Buffer.alloc(1));
      } finally {
        closeSync(fd);
      }
    } catch {
      throw new Error(`分词词典无法读取：${file}。请检查权限，或重新运行 npm ci。`);
    }
    // Words of one's own there need not be.
    if (first === 0 && file !== jieba.DEFAULT_USER_DICT)
      throw new Error(`分词词典是空的：${file}。请重新运行 npm ci。`);
  }
}

const HAN_RUN = /\p{Script=Han}+/gu;
const LATIN = /[a-z]+(?:\d+(?:\.\d+)?)?|\d+(?:\.\d+)?%?/g;

/** A word with its part of speech in jieba's tag set (ICTCLAS: n noun, v verb, r pronoun …). */
export interface TaggedWord {
  readonly word: string;
  readonly tag: string;
}

/** jieba's words of a folded text with their parts of speech, in order, without overlaps. */
export function taggedWords(folded: string): TaggedWord[] {
  if (!loaded) loadSegmenter();
  return jieba.tag(folded);
}

/**
 * Index terms of a text, with repetitions: words of three and more characters, bigrams of each run of Chinese
 * characters, Latin words and numbers. A lone Chinese character counts by itself.
 */
export function terms(text: string): string[] {
  if (!loaded) loadSegmenter();
  const folded = fold(text);
  const out: string[] = folded.match(LATIN) ?? [];
  for (const match of folded.matchAll(HAN_RUN)) {
    const run = match[0];
    if (run.length === 1) out.push(run);
    for (let i = 0; i + 1 < run.length; i++) out.push(run.slice(i, i + 2));
    if (run.length < 3) continue;
    for (const word of jieba.cutForSearch(run, true)) {
      if (word.length >= 3) out.push(word);
    }
  }
  return out;
}
