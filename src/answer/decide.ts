/**
 * Whether the plans say it. Similarity does not tell a question that a plan answers from one that only uses its
 * words; what was asked must itself stand in the evidence: the year, the place, the subject, the kind of thing.
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { fold, squash } from '../language/normalise.ts';
import { docsOfPlan, docsThatMayHold } from '../retrieval/holding.ts';
import type { Hit } from '../retrieval/search.ts';
import { conceptWeights, passageWords, presence } from '../retrieval/search.ts';
import type { Concept, Understood } from '../retrieval/understand.ts';
import { questionWords } from '../retrieval/understand.ts';
import { demandsOf, namesOf } from './demands.ts';
import type { Evidence } from './evidence.ts';
import { pointsAt, yearsIn } from './evidence.ts';
import { isBare, isKnown, isLikely } from './likelihood.ts';
import {
  brokenPremise,
  coreConcepts,
  givesYear,
  isPrinted,
  namesPlace,
  onSubject,
  placesAsked,
} from './slots.ts';
import type { NotFoundReason } from './types.ts';

/** The plans do not say: why, and what is missing, for the sentence that tells so. */
export interface Refusal {
  readonly reason: NotFoundReason;
  readonly missing: string;
  /** With a false premise: what the plan does say. */
  readonly instead?: readonly Evidence[];
}

/** Either the evidence to answer with, best first, or why there is none. */
export type Decision = { readonly evidence: readonly Evidence[] } | { readonly refusal: Refusal };

/** Evidence this near to the best is about the same subject. */
const SAME_SUBJECT = 0.65;
/** A question this near to one that enrichment has for a passage is about that passage, whatever its words. */
const ASKED_BEFORE = 0.55;
/** From this nearness on, 0…1, two questions ask the same. */
const SAME_QUESTION = 0.9;
/** What meets a demand must hold this share of the question's words that the best evidence holds. */
const ON_PAR = 0.9;
/** From this support on the evidence speaks for itself, whatever one word of the question is. */
const STRONG = 0.7;

/** Decides from the evidence, best first, and the passages it is from. */
export function decide(
  query: Understood,
  evidence: readonly Evidence[],
  hits: readonly Hit[],
  index: OpenIndex,
): Decision {
  const refuse = (reason: NotFoundReason, missing: string, instead?: readonly Evidence[]): Decision => ({
    refusal: { reason, missing, ...(instead ? { instead } : {}) },
  });
  if (query.concepts.length === 0 || evidence.length === 0) return refuse('nothing_found', '');
  if (
    (!isBare({ hits, index }) || query.english) &&
    !query.concepts.some((c) => !/^\d{1,2}$/.test(c.text) && isKnown(c, index))
  ) {
    return refuse('out_of_scope', [...new Set(query.concepts.map((c) => c.text))].slice(0, 3).join('、'));
  }
  const weights = conceptWeights(query.concepts, index);
  const best = Math.max(...evidence.map((e) => e.support));
  const core = coreConcepts(query, weights);
  if (!isLikely({ query, evidence, hits, weights, index })) {
    const foreign = query.concepts.filter((c) => c.weight >= 0.6 && !isKnown(c, index));
    const named = (foreign.length > 0 ? foreign : core.map((i) => query.concepts[i] as Concept)).map(
      (c) => c.text,
    );
    return refuse(
      foreign.length > 0 || core.length === 0 ? 'out_of_scope' : 'nothing_found',
      named.slice(0, 3).join('、'),
    );
  }
  const absent =
    best < STRONG && (hits[0]?.pointer?.nearness ?? 0) < ASKED_BEFORE
      ? core
          .map((i) => query.concepts[i] as Concept)
          .find((c) => c.term && !questionWords.parts.includes(c.text) && absentFromScope(c, query, index))
      : undefined;
  if (absent) return refuse('not_in_plan', absent.text);
  const places = placesAsked(query, index);
  const elsewhere =
    query.scope.only.length === 1
      ? places.find(
          (place) =>
            !index.plans.some((p) => p.facts.regions.some((r) => fold(r).includes(place.text))) &&
            !isPrinted(place.text, docsOfPlan(index, query.scope.only[0] as number), index),
        )
      : undefined;
  if (elsewhere) return refuse('place_not_covered', elsewhere.text);
  const near = evidence.filter((e) => e.support >= best * SAME_SUBJECT);
  const onIt = near.filter((e) => onSubject(e, core, weights));
  const premise = brokenPremise(query, (onIt.length > 0 ? onIt : near).slice(0, 6));
  if (premise && onIt.length > 0) return refuse('false_premise', premise, onIt.slice(0, 1));
  // Without a word of the subject in the plans the question is put in other words: then only its demands can be checked.
  let fitting: readonly Evidence[] = onIt.length > 0 ? onIt : near;
  if (query.years.length > 0) {
    // Where the subject is put in other words, only what prints another year is surely not meant.
    fitting = fitting.filter(
      (e) => givesYear(e, query) || (onIt.length === 0 && yearsIn(e.unit.text).length === 0),
    );
    if (fitting.length === 0) return refuse('year_not_given', `${query.years.join('、')}年`);
  }
  if (onIt.length > 0 && !query.asks.has('where_written')) {
    for (const place of places) {
      const there = fitting.filter((e) => namesPlace(e, place));
      // How a thing is done, and whether at all, general words tell for every place; words about other places do not.
      const general =
        !query.asks.has('whether') && !query.asks.has('manner') && query.asks.size > 0
          ? []
          : fitting.filter((e) => namesOf(e.unit).length === 0);
      if (there.length === 0 && general.length === 0) return refuse('place_not_covered', place.text);
      fitting = there.length > 0 ? there : general;
    }
  }
  const named = namedSubject(core, weights, near);
  for (const demand of demandsOf(query, near)) {
    const meets = (e: Evidence) =>
      demand.met(e) &&
      (named === undefined || demand.anchored || (e.held[named] as number) >= 0.5 || e.lead[named] === 1);
    const met = fitting.some(meets) ? fitting.filter(meets) : near.filter(meets);
    // What is less on the subject than the best is about something else that has such a thing.
    const about = ON_PAR * Math.max(...fitting.map((e) => e.support));
    const holding = Math.max(...fitting.map((e) => e.inside));
    if (met.some((e) => e.support >= about || e.inside >= holding)) fitting = met;
    else if (!sameQuestion(fitting[0])) return refuse('detail_not_given', demand.missing);
  }
  const first = fitting[0] as Evidence;
  const rest = evidence.filter((e) => !fitting.includes(e));
  return {
    evidence: [...fitting, ...rest.map((e) => ({ ...e, score: Math.min(e.score, first.score * 0.9) }))].sort(
      (a, b) => b.score - a.score,
    ),
  };
}

/** Whether enrichment has all but the same question for the very unit: then it is asked for what stands there. */
function sameQuestion(evidence: Evidence | undefined): boolean {
  const { pointer } = evidence?.unit.hit ?? {};
  return (
    pointer !== undefined &&
    pointer.nearness >= SAME_QUESTION &&
    pointsAt(pointer, (evidence as Evidence).unit)
  );
}

/** The subject's weightiest word, if the evidence uses it: what a number or date must stand beside. */
function namedSubject(
  core: readonly number[],
  weights: readonly number[],
  evidence: readonly Evidence[],
): number | undefined {
  const top = [...core].sort((a, b) => (weights[b] as number) - (weights[a] as number))[0];
  return top !== undefined && evidence.some((e) => (e.close[top] as number) >= 0.7) ? top : undefined;
}

/** A term that other plans use but the one that was named does not. */
function absentFromScope(concept: Concept, query: Understood, index: OpenIndex): boolean {
  const scope =
    query.scope.only.length === 1
      ? query.scope.only
      : query.scope.preferred.length === 1
        ? query.scope.preferred
        : [];
  if (scope.length !== 1) return false;
  const holds = (doc: number) => {
    const { body, pairs } = passageWords(index, doc);
    return presence(concept, body, pairs.body) >= 0.7;
  };
  for (const doc of docsOfPlan(index, scope[0] as number)) if (holds(doc)) return false;
  const equals = concept.equals.filter((e) => e.weight >= NEARLY).map((e) => e.text);
  for (const doc of docsThatMayHold(index, [concept.text, ...equals])) {
    // A title such as 主要目标 is how others call a part, not a subject they have and this plan has not.
    const headings = index.passages[doc]?.path ?? [];
    if (holds(doc) && !headings.some((heading) => presence(concept, squash(heading)) >= 0.7)) return true;
  }
  return false;
}

/** An equal of this weight, with a part of the word itself, may make up for the word. */
const NEARLY = 0.6;
