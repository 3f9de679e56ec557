/**
 * From a question and its passages to the answer: every statement is a quote of a plan, or, with a writer, a sentence
 * checked against one. Whether the plans say it is decided before, and without, any model.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { OpenIndex } from '../index/open.ts';
import type { Hit } from '../retrieval/search.ts';
import { conceptWeights } from '../retrieval/search.ts';
import type { Understood } from '../retrieval/understand.ts';
import { cite } from './citations.ts';
import { composeComparison, viewPlans } from './compare.ts';
import type { Composed } from './compose.ts';
import { compose, pick } from './compose.ts';
import type { Refusal } from './decide.ts';
import { decide } from './decide.ts';
import { gather } from './evidence.ts';
import type { Waiting, Writer } from './generate/write.ts';
import { noticesFor } from './notices.ts';
import { answerStructure } from './structure.ts';
import type { Answer, Citation, NotFoundReason } from './types.ts';

/** Passages looked at for an answer. */
const LOOKED_AT = 12;
/** Suggestions after an answer, and how many characters apart from what was just asked they must point. */
const FOLLOW_UPS = 3;
const FOLLOW_UP_APART = 12;
/** Passages offered when the plans do not say. */
const RELATED = 3;

/** What an answer is made from. */
export interface Found {
  readonly query: Understood;
  /** Best first. */
  readonly hits: readonly Hit[];
  /** Searches one plan by its number, for comparisons. */
  readonly hitsOf: (plan: number) => Promise<readonly Hit[]>;
}

/**
 * Answers a question, as understood, from what was found for it. With `writing` the answer is written by a model, from
 * the same passages; a refusal, or an answer about a plan's own structure, never is.
 */
export async function answerFrom(
  question: string,
  found: Found,
  index: OpenIndex,
  today: Date,
  writing?: { readonly writer: Writer; readonly waiting: Waiting },
): Promise<Omit<Answer, 'tookMs'>> {
  const { query, hits } = found;
  const base = {
    id: randomUUID(),
    mode: 'extractive' as const,
    question,
    followUps: [] as readonly string[],
  };
  const answered = ({ answer, citations }: Composed, remarks: readonly string[] = []) => {
    const cited = index.plans
      .filter((p) => citations.some((c) => c.plan.id === p.facts.id))
      .map((p) => p.facts);
    const notices = [...remarks, ...noticesFor(cited, today), ...(query.english ? [ENGLISH_NOTICE] : [])];
    return {
      ...base,
      status: 'answered' as const,
      answer,
      citations,
      notices,
      related: [],
      followUps: followUpsTo(citations, hits, index),
    };
  };
  const written = async (extractive: Composed, passages: readonly Hit[], remarks: readonly string[] = []) => {
    if (!writing) return answered(extractive, remarks);
    const text = await writing.writer({ question, extractive, hits: passages, index }, writing.waiting);
    const answer = answered(text, [...remarks, ...text.notices]);
    return text.model === undefined ? answer : { ...answer, mode: 'generated' as const, model: text.model };
  };
  const structure = answerStructure(query, hits, index);
  if (structure && 'missing' in structure) {
    return {
      ...base,
      status: 'not_found',
      reason: 'not_in_plan',
      answer: `《${structure.plan.facts.title}》没有${structure.missing}。`,
      citations: [],
      notices: [],
      related: relatedOf(hits, index),
    };
  }
  if (structure) return answered(structure);
  if (query.compared.length >= 2 && !query.asks.has('reason')) {
    const views = await viewPlans(query, index, found.hitsOf);
    const comparison = composeComparison(views);
    const compared = views.flatMap((v) => v.picked.map((e) => e.unit.hit));
    if (comparison)
      return written(comparison, [...compared, ...hits.slice(0, LOOKED_AT)], comparison.notices);
  }
  const evidence = gather(hits.slice(0, LOOKED_AT), query, index);
  const decision = decide(query, evidence, hits, index);
  if ('refusal' in decision)
    return { ...base, status: 'not_found', ...refusalParts(decision.refusal, query, hits, index, today) };
  return written(
    compose(pick(decision.evidence, conceptWeights(query.concepts, index), query), query),
    hits.slice(0, LOOKED_AT),
  );
}

/** A refusal's sentence, what the plan does say where a premise is false, and the nearest passages. */
function refusalParts(
  refusal: Refusal,
  query: Understood,
  hits: readonly Hit[],
  index: OpenIndex,
  today: Date,
) {
  const sentence = refuse(refusal, query, index);
  const instead = refusal.instead ? compose(refusal.instead, query) : { answer: '', citations: [] };
  const cited =
    instead.citations.length > 0
      ? index.plans.filter((p) => p.facts.id === instead.citations[0]?.plan.id).map((p) => p.facts)
      : [];
  return {
    reason: refusal.reason,
    answer: instead.answer === '' ? sentence : `${sentence}原文是：${instead.answer}`,
    citations: instead.citations,
    notices: noticesFor(cited, today),
    related: relatedOf(hits, index),
  };
}

const ENGLISH_NOTICE = 'The plans are in Chinese; quotations are given verbatim in Chinese.';

/** What else the passage answered from is asked, as suggestions: its enrichment questions but the one just asked. */
function followUpsTo(citations: readonly Citation[], hits: readonly Hit[], index: OpenIndex): string[] {
  const hit = hits.find((h) => h.passage.id === citations[0]?.passageId);
  const aids = hit && index.enrichment[hit.doc];
  const facts = hit && index.plans[hit.plan]?.facts;
  if (!aids || !facts) return [];
  const asked = hit.pointer?.offset;
  const others = aids.questions.filter(
    (_q, i) =>
      asked === undefined ||
      hit.passage.start + (aids.points[i] ?? 0) < asked - FOLLOW_UP_APART ||
      hit.passage.start + (aids.points[i] ?? 0) > asked + FOLLOW_UP_APART,
  );
  return others.slice(0, FOLLOW_UPS).map((question) => `${facts.shortNames[0] ?? facts.title}：${question}`);
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
  false_premise: (plans, missing) => `${plans}没有写“${missing}”。`,
  nothing_found: (plans, missing) =>
    `${plans}里没有找到${missing === '' ? '相关内容' : `与“${missing}”有关的内容`}。`,
};

/** The sentence that says what the plans do not say. */
function refuse(refusal: Refusal, query: Understood, index: OpenIndex): string {
  const named = [...query.scope.only, ...query.scope.preferred].flatMap((n) =>
    index.plans[n] ? [`《${index.plans[n].facts.title}》`] : [],
  );
  const plans = named.length > 0 && named.length <= 2 ? named.join('和') : '现有规划';
  return SENTENCE[refusal.reason](plans, refusal.missing);
}
