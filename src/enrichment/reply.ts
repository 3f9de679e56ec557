/**
 * From a model's reply to the enrichment of a passage: what its shape, the passage or its numbers do not bear is
 * dropped.
 * @module
 */
import { z } from 'zod';
import { CHINESE_NUMERAL_CHARS, parseNumeral } from '../language/numerals.ts';
import type { Passage } from '../plan/types.ts';

/** The longest question, synonym and English term, in characters. */
const LONGEST = { question: 120, synonym: 30, english: 80 } as const;
/** The most that is kept of each. */
const MOST = { questions: 16, synonyms: 16, english: 16 } as const;
/** Fewer characters of a sentence's beginning could stand anywhere. */
const SHORTEST_AT = 4;

const replySchema = z.object({
  questions: z.array(z.object({ q: z.string(), at: z.string() })),
  synonyms: z.array(z.string()).default([]),
  english: z.array(z.string()).default([]),
});

/** The search aids of a passage, as `*.enrichment.jsonl` keeps them. */
export interface Aids {
  readonly questions: readonly string[];
  readonly synonyms: readonly string[];
  readonly english: readonly string[];
  readonly points: readonly number[];
}

/** A reply of which nothing can be used; the message says why, for the model's second try. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/**
 * What can be used of a reply.
 * @throws ReplyError if it is no JSON of the shape asked for, or none of its questions can be used
 */
export function aidsFrom(reply: string, passage: Passage): Aids {
  const parsed = replySchema.safeParse(jsonIn(reply));
  if (!parsed.success) throw new ReplyError('没有给出所要求的 JSON 对象');
  const given = `${passage.text}\n${passage.context}\n${passage.path.join('\n')}`;
  const bears = numbersWithin(given);
  const questions: string[] = [];
  const points: number[] = [];
  for (const { q, at } of parsed.data.questions) {
    const question = tidy(q);
    const point = pointOf(at, passage.text);
    if (question === '' || [...question].length > LONGEST.question || point === undefined) continue;
    if (!bears(question) || questions.includes(question) || questions.length >= MOST.questions) continue;
    questions.push(question);
    points.push(point);
  }
  if (questions.length === 0)
    throw new ReplyError('没有一个问题能用：at 须逐字抄自段落，问题里不得有段落没有的数字');
  return {
    questions,
    synonyms: terms(parsed.data.synonyms, LONGEST.synonym, MOST.synonyms).filter(bears),
    english: terms(parsed.data.english, LONGEST.english, MOST.english)
      .filter((term) => /[A-Za-z]/.test(term) && !/\p{Script=Han}/u.test(term))
      .filter(bears),
    points,
  };
}

/** The JSON object in a reply, whatever a model puts around it; undefined if there is none. */
function jsonIn(reply: string): unknown {
  const answer = reply.replace(/^[\s\S]*<\/think>/, '');
  try {
    return JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
  } catch {
    return undefined;
  }
}

const tidy = (text: string) => text.replace(/\s+/g, ' ').trim();

function terms(given: readonly string[], longest: number, most: number): string[] {
  const tidied = given.map(tidy).filter((term) => term !== '' && [...term].length <= longest);
  return [...new Set(tidied)].slice(0, most);
}

/**
 * Where in a passage the sentence begins that opens with `at`: the number of characters other than white space before
 * it; undefined if the passage does not hold it.
 */
function pointOf(at: string, passage: string): number | undefined {
  let text = '';
  /** For every character of `text`, how many characters other than white space stand before it in the passage. */
  const before: number[] = [];
  let count = 0;
  for (const char of passage.replace(/\s/g, '').split('')) {
    const plain = char.normalize('NFKC');
    for (let i = 0; i < plain.length; i++) before.push(count);
    text += plain;
    count++;
  }
  const wanted = at
    .normalize('NFKC')
    .replace(/\s/g, '')
    .replace(/(?:…+|\.{3,})$/, '');
  if (wanted.length < Math.min(SHORTEST_AT, text.length)) return undefined;
  const found = text.indexOf(wanted);
  if (found < 0) return undefined;
  let start = found;
  while (start > 0 && !/[。！？；;，,：:、]/.test(text[start - 1] as string)) start--;
  return before[start];
}

/** Digits that are no part of a name (PM2.5), and Chinese numerals. */
const DIGITS = /(?<![A-Za-z\d.])\d+(?:\.\d+)?/g;
const CHINESE = new RegExp(`[${CHINESE_NUMERAL_CHARS}]+`, 'g');
/** A single numeral counts things only before one of these: 三大工程 does, 统一 does not. */
const COUNTED = /^[个项类条座处家种大件批期级年月人万亿倍成]/;

/** Whether every number of a text stands in the given one, in whichever way it is written. */
function numbersWithin(given: string): (text: string) => boolean {
  const plain = given.normalize('NFKC');
  const values = new Set<number>();
  // Of 2021-2025年 both years may be asked for; of names such as PM2.5 the number too.
  for (const [digits] of plain.matchAll(/\d+(?:\.\d+)?/g)) values.add(Number(digits));
  for (const [numeral] of plain.matchAll(CHINESE)) {
    const value = parseNumeral(numeral);
    if (value !== undefined) values.add(value);
  }
  return (text) => {
    const asked = text.normalize('NFKC');
    const digits = [...asked.matchAll(DIGITS)].every(([n]) => values.has(Number(n)));
    const chinese = [...asked.matchAll(CHINESE)].every(({ 0: numeral, index }) => {
      if (plain.includes(numeral)) return true;
      const counts = numeral !== '一' && COUNTED.test(asked.slice(index + numeral.length));
      return (numeral.length < 2 && !counts) || values.has(parseNumeral(numeral) ?? Number.NaN);
    });
    return digits && chinese;
  };
}
