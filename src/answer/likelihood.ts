/**
 * How likely it is that the passages found are about the question at all: logistic models of what the search and the
 * evidence tell. Near misses are told apart by slots and demands, not here.
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { offTopicSimilarity } from '../retrieval/background.ts';
import type { Hit } from '../retrieval/search.ts';
import { isUsed } from '../retrieval/search.ts';
import type { Concept, Understood } from '../retrieval/understand.ts';
import type { Evidence } from './evidence.ts';

/** What the likelihood is told from. */
export interface Found {
  readonly query: Understood;
  /** Best first. */
  readonly evidence: readonly Evidence[];
  /** The passages it is from, best first. */
  readonly hits: readonly Hit[];
  /** Of the question's concepts. */
  readonly weights: readonly number[];
  readonly index: OpenIndex;
}

/** A question is taken to be about the plans from this likelihood on. */
const LIKELY = 0.065;
/** Passages without enrichment hold fewer of everyday words, whatever is asked: then less must do. */
const LIKELY_BARE = 0.15;

/**
 * For passages with enrichment. Fitted on 1,700 answerable questions (everyday questions whose own enrichment was left
 * out of the index, and the development half of the regression suite) against 640 that are out of scope or on a matter
 * the plans do not touch: area under the curve 0.97 in five-fold cross-validation, 0.98 on 154 questions by another
 * hand.
 */
const AIDED = {
  bias: -11.06,
  likeness: 3.77,
  unheard: -1.99,
  margin: 2.65,
  english: 0.89,
  score: 2.13,
  pairs: 6.69,
  offTopic: -1.65,
} as const;

/**
 * For passages without, where everyday words are rarely those of the passage. Fitted on the development half of the
 * regression suite (area under the curve 0.90 in five-fold cross-validation).
 */
const BARE = {
  bias: -0.24,
  support: 1.17,
  coverage: 1.72,
  full: 1.75,
  score: 1.03,
  similarity: -0.33,
  foreign: -1.73,
  english: 1.83,
  scoped: 0.16,
  words: -0.67,
  offTopic: -2.4,
  nearerOffTopic: -1.81,
} as const;
/** Questions longer than this many content words count as this long. */
const WORDS_MAX = 8;

/** Whether what was found is likely to be about the question. */
export function isLikely(found: Found): boolean {
  return isBare(found)
    ? logistic(BARE, bareFeatures(found)) >= LIKELY_BARE
    : logistic(AIDED, aidedFeatures(found)) >= LIKELY;
}

/** Whether none of the passages found has enrichment. */
export function isBare({ hits, index }: Pick<Found, 'hits' | 'index'>): boolean {
  return hits.every((h) => index.enrichment[h.doc] === null);
}

/** Whether any passage uses the word or an equal of it. */
export function isKnown(concept: Concept, index: OpenIndex): boolean {
  return [concept.text, ...concept.equals.map((e) => e.text)].some((form) => isUsed(index, form));
}

function logistic<Name extends string>(
  model: Readonly<Record<Name, number>>,
  features: Readonly<Record<Name, number>>,
): number {
  let z = 0;
  for (const name of Object.keys(features) as Name[]) z += model[name] * features[name];
  return 1 / (1 + Math.exp(-z));
}

function aidedFeatures(found: Found) {
  const { query, evidence, hits, index } = found;
  const offTopic = offTopicSimilarity(query.folded);
  return {
    bias: 1,
    likeness: Math.max(0, ...evidence.map((e) => e.likeness)),
    unheard: weightOf(found, (c) => !isKnown(c, index)),
    margin: nearestOf(hits) - offTopic,
    english: query.english ? 1 : 0,
    score: Math.max(0, evidence[0]?.score ?? 0),
    pairs: pairsHeard(query.bare, index),
    offTopic,
  };
}

function bareFeatures(found: Found) {
  const { query, evidence, hits, index } = found;
  const [first] = hits;
  const offTopic = offTopicSimilarity(query.folded);
  return {
    bias: 1,
    support: Math.max(...evidence.map((e) => e.support)),
    coverage: first?.coverage ?? 0,
    full: first?.full ?? 0,
    score: Math.max(0, evidence[0]?.score ?? 0),
    similarity: first?.similarity ?? 0,
    foreign: weightOf(found, (c) => c.weight >= 0.9 && !isUsed(index, c.text)),
    english: query.english ? 1 : 0,
    scoped: query.scope.only.length + query.scope.preferred.length > 0 ? 1 : 0,
    words: Math.min(query.concepts.length, WORDS_MAX) / WORDS_MAX,
    offTopic,
    nearerOffTopic: offTopic - nearestOf(hits),
  };
}

const nearestOf = (hits: readonly Hit[]) => Math.max(0, ...hits.slice(0, 12).map((h) => h.similarity));

/** The share of the question's weight that some of its concepts have, 0…1. */
function weightOf({ query, weights }: Found, which: (concept: Concept) => boolean): number {
  const total = weights.reduce((a, b) => a + b, 0) || 1;
  return query.concepts.reduce((sum, c, i) => sum + (which(c) ? (weights[i] as number) : 0), 0) / total;
}

/** The share of the question's pairs of Chinese characters that any passage or its enrichment has, 0…1. */
function pairsHeard(bare: string, index: OpenIndex): number {
  const pairs = [...bare.matchAll(/(?=(\p{Script=Han}{2}))/gu)].map((m) => m[1] as string);
  return pairs.length === 0 ? 1 : pairs.filter((pair) => index.lexical.has(pair)).length / pairs.length;
}
