/**
 * What is measured on: a corpus with its opened index and the questions that are asked of it.
 * @module
 */
import type { WholeIndex } from '../../index/open.ts';
import type { Passage } from '../../plan/types.ts';
import { compact } from '../match.ts';
import type { GoldSpan } from '../suite.ts';
import { loadSuites } from '../suite.ts';

/** A question with the spans that answer it. */
export interface Question {
  readonly question: string;
  readonly gold: readonly GoldSpan[];
}

/** A corpus to measure on. */
export interface World {
  readonly name: string;
  readonly corpusDir: string;
  readonly indexDir: string;
  readonly index: WholeIndex;
  readonly questions: readonly Question[];
}

/** The questions of a suite that need no history. */
export function questionsOf(suite: string): Question[] {
  return loadSuites([suite])
    .filter((c) => c.history.length === 0)
    .map(({ question, gold }) => ({ question, gold }));
}

/** What is indexed of a passage when indexes are compared: all of them get the same words. */
export const textOf = (passage: Passage) => `${passage.path.join('\n')}\n${passage.context}\n${passage.text}`;

/** Share of the questions with gold of which a passage that holds some of it is among the first five. */
export async function goldInFirstFive(
  { index, questions }: World,
  search: (question: string) => Promise<readonly number[]> | readonly number[],
): Promise<number> {
  const answerable = questions.filter((q) => q.gold.length > 0);
  let found = 0;
  for (const { question, gold } of answerable) {
    const docs = (await search(question)).slice(0, 5);
    const passages = docs.map((doc) => index.passages[doc] as Passage);
    if (gold.some((span) => passages.some((passage) => holds(passage, span)))) found++;
  }
  return found / Math.max(1, answerable.length);
}

function holds({ planId, text }: Passage, { plan, quote }: GoldSpan): boolean {
  const own = compact(text);
  const wanted = compact(quote);
  return planId === plan && (own.includes(wanted) || wanted.includes(own));
}

/** For people. */
export const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
