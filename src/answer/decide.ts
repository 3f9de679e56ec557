/**
 * Whether the plans say it. Similarity does not tell a question that a plan answers from one that only uses its
 * words; what was asked must itself stand in the evidence: the year, the place, the subject.
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { terms } from '../language/segment.ts';
import type { Concept, Understood } from '../retrieval/understand.ts';
import type { Evidence } from './evidence.ts';
import type { NotFoundReason } from './types.ts';

/** The plans do not say: why, and what is missing, for the sentence that tells so. */
export interface Refusal {
  readonly reason: NotFoundReason;
  readonly missing: string;
}

/** Below this share of the question's weight the best evidence is about something else. */
const SUPPORT_MIN = 0.4;
/** Evidence this near to the best is about the same subject. */
const SAME_SUBJECT = 0.85;

/** Decides; undefined if the evidence answers. */
export function decide(query: Understood, evidence: readonly Evidence[], index: OpenIndex): Refusal | undefined {
  const best = evidence.reduce((max, e) => Math.max(max, e.support), 0);
  if (query.concepts.length === 0 || evidence.length === 0) return { reason: 'nothing_found', missing: '' };
  const unknown = query.concepts.filter((c) => !known(c, index));
  if (best < SUPPORT_MIN) {
    const foreign = unknown.length >= Math.max(1, query.concepts.length * 0.5);
    return { reason: foreign ? 'out_of_scope' : 'nothing_found', missing: (unknown.length > 0 ? unknown : query.concepts).map((c) => c.text).slice(0, 3).join('、') };
  }
  const subject = evidence.filter((e) => e.support >= best * SAME_SUBJECT);
  if (query.years.length > 0 && !subject.some((e) => e.yearFits)) {
    return { reason: 'year_not_given', missing: `${query.years.join('、')}年` };
  }
  return undefined;
}

/** Whether any passage uses the word or an equal of it. */
function known(concept: Concept, index: OpenIndex): boolean {
  return [concept.text, ...concept.equals.map((e) => e.text)].some((form) => {
    const own = terms(form);
    return own.length > 0 && own.every((t) => index.lexical.has(t));
  });
}
