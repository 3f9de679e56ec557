/**
 * From a question and its passages to the answer, extractive: every statement is a quote of a plan.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { OpenIndex } from '../index/open.ts';
import { conceptWeights, type Hit } from '../retrieval/search.ts';
import type { Understood } from '../retrieval/understand.ts';
import { cite } from './citations.ts';
import { compose, pick } from './compose.ts';
import { decide, type Refusal } from './decide.ts';
import { gather } from './evidence.ts';
import { noticesFor } from './notices.ts';
import type { Answer, Citation, NotFoundReason } from './types.ts';

/** Passages looked at for an answer. */
const LOOKED_AT = 12;
/** Passages offered when the plans do not say. */
const RELATED = 3;

/** Answers a question from the passages found for it, best first. */
export function answerFrom(question: string, query: Understood, hits: readonly Hit[], index: OpenIndex, today: Date): Omit<Answer, 'tookMs'> {
  const evidence = gather(hits.slice(0, LOOKED_AT), query, index);
  const refusal = decide(query, evidence, index);
  const base = { id: randomUUID(), mode: 'extractive' as const, question, followUps: [] };
  if (refusal) {
    const related = relatedOf(hits, index);
    return { ...base, status: 'not_found', reason: refusal.reason, answer: refuse(refusal, query, index), citations: [], notices: [], related };
  }
  const { answer, citations } = compose(pick(evidence, conceptWeights(query.concepts, index), query), query);
  const cited = index.plans.filter((p) => citations.some((c) => c.plan.id === p.facts.id)).map((p) => p.facts);
  return { ...base, status: 'answered', answer, citations, notices: noticesFor(cited, today), related: [] };
}

function relatedOf(hits: readonly Hit[], index: OpenIndex): Citation[] {
  return hits
    .filter((h) => h.passage.kind !== 'heading')
    .slice(0, RELATED)
    .flatMap((hit, i) => {
      const plan = index.plans[hit.plan];
      return plan ? [cite(plan, hit.passage, i + 1, hit.passage.id)] : [];
    });
}

const SENTENCE: Record<NotFoundReason, (plans: string, missing: string) => string> = {
  out_of_scope: (plans, missing) => `${plans}没有涉及${missing === '' ? '这个问题' : `“${missing}”`}。`,
  not_in_plan: (plans, missing) => `${plans}没有写到“${missing}”。`,
  year_not_given: (plans, missing) => `${plans}没有给出${missing}的情况。`,
  place_not_covered: (plans, missing) => `${plans}没有写到${missing}的情况。`,
  detail_not_given: (plans, missing) => `${plans}没有写明${missing}。`,
  false_premise: (plans, missing) => `${plans}并没有这样说：${missing}。`,
  nothing_found: (plans, missing) => `${plans}里没有找到${missing === '' ? '相关内容' : `与“${missing}”有关的内容`}。`,
};

/** The sentence that says what the plans do not say. */
function refuse(refusal: Refusal, query: Understood, index: OpenIndex): string {
  const named = [...query.scope.only, ...query.scope.preferred].flatMap((n) => (index.plans[n] ? [`《${index.plans[n].facts.title}》`] : []));
  const plans = named.length > 0 && named.length <= 2 ? named.join('和') : '现有规划';
  return SENTENCE[refusal.reason](plans, refusal.missing);
}
