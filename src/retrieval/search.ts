/**
 * Question → passages: both indexes searched, their results fused, the best reranked by how much of the question
 * they cover.
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { sharedSearch } from '../index/shared.ts';
import type { PlanVectors, VectorHit } from '../index/vectors.ts';
import { nearest, nearestWithin } from '../index/vectors.ts';
import { matchable, squash } from '../language/normalise.ts';
import { terms } from '../language/segment.ts';
import { EndpointError } from '../models/fault.ts';
import type { Passage } from '../plan/types.ts';
import { nearestAid } from './familiar.ts';
import type { PairSet } from './pairs.ts';
import { hasPair, mayHold, pairSetOf, pairsOf } from './pairs.ts';
import type { Concept, Understood } from './understand.ts';
import { searchTerms } from './understand.ts';

/** A found passage; scores are comparable within one search only. */
export interface Hit {
  /** Document number in the index. */
  readonly doc: number;
  readonly passage: Passage;
  readonly plan: number;
  readonly score: number;
  /** Share of the question's weight that the passage (with its headings) covers, 0…1. */
  readonly coverage: number;
  /** Cosine similarity of the question to the passage or to the nearest of its enrichment questions, 0…1. */
  readonly similarity: number;
  /** Where the nearest enrichment question says its answer stands; undefined without one. */
  readonly pointer: Pointer | undefined;
  /** Share of the question's weight whose words the passage, its headings or its search aids hold outright, 0…1. */
  readonly full: number;
}

/** The place in the plan's text that an enrichment question points to, and how near that question is, 0…1. */
export interface Pointer {
  readonly offset: number;
  readonly nearness: number;
}

/** Candidates taken from each index, before fusion. */
const CANDIDATES = 80;
/** Candidates looked at closely. */
const RERANKED = 60;
/** The vector index's share in the fusion, beside a lexical score of at most 1; measured in docs/retrieval.md. */
const VECTOR_WEIGHT = 0.9;
/** What passages of plans other than those a question prefers count. */
const OTHER_REGION = 0.6;
/**
 * What counts among the candidates, fitted by pairwise logistic regression on the development half (docs/retrieval.md):
 * and 976 questions of another hand: the lexical score beside the best one's, the similarity, the share of the question
 * that is covered, and the share of its pairs of characters that the passage (a row: with its header) prints.
 */
const RANK = { lexical: 0.055, similarity: 1.05, coverage: 0.4, printed: 1.1 } as const;
/**
 * The same in plans without any enrichment, where nothing but the passage itself can be like the question, and what it
 * prints by chance says little: fitted to everyday questions on unseen statutes (docs/retrieval.md), scaled to the same
 * sum, since plans of both sorts stand in one ranking.
 */
const RANK_BARE = { lexical: 0.03, similarity: 1.42, coverage: 0.76, printed: 0.39 } as const;
/** A heading says where something stands, seldom what. */
const HEADING = 0.85;

/** Puts passages in order: the numbers of the documents, most relevant first. Whatever it throws, the order stands. */
export type Rerank = (question: string, documents: readonly string[]) => Promise<readonly number[]>;

/** What a search goes without when it fails. */
export type SearchFault = 'embedding' | 'rerank';

/** What helps a search from outside. */
export interface SearchAids {
  readonly rerank?: Rerank | undefined;
  /** Is told what failed; the search goes on without it. */
  readonly onFault?: (fault: SearchFault) => void;
}

/** Searches the index; best passages first. */
export async function searchPassages(
  index: OpenIndex,
  query: Understood,
  k: number,
  aids: SearchAids = {},
): Promise<Hit[]> {
  const { scope } = query;
  const only = new Set(scope.only);
  const accept = only.size > 0 ? (doc: number) => only.has(index.planOf[doc] as number) : undefined;
  const shared = sharedSearch(index);
  const lexical =
    (await shared?.lexical(searchTerms(query), CANDIDATES, scope.only)) ??
    index.lexical.search(searchTerms(query), CANDIDATES, accept);
  const vector = await queryVector(index, query, aids);
  const top = lexical[0]?.score ?? 1;
  const scores = new Map<number, number>();
  const lexicalOf = new Map(lexical.map(({ doc, score }) => [doc, score]));
  for (const { doc, score } of lexical) scores.set(doc, score / top);
  const similar =
    vector === undefined
      ? []
      : ((await shared?.nearest(vector, CANDIDATES, scope.only)) ?? similarTo(vector, only, index));
  const nearestOf = new Map(similar.map((hit) => [hit.doc, hit]));
  for (const { doc, similarity } of similar) {
    if (similarity > 0) scores.set(doc, (scores.get(doc) ?? 0) + VECTOR_WEIGHT * similarity);
  }
  const preferred = new Set(scope.preferred);
  const prefer = (doc: number) =>
    preferred.size === 0 || preferred.has(index.planOf[doc] as number) ? 1 : OTHER_REGION;
  const candidates = [...scores]
    .map(([doc, score]) => ({ doc, score: score * prefer(doc) }))
    .sort((a, b) => b.score - a.score || a.doc - b.doc)
    .slice(0, Math.max(RERANKED, k));
  const weights = conceptWeights(query.concepts, index);
  const printed = printedShare(query.bare, index);
  const { external } = index.embedding;
  const familiar = external ? nearestAid(index, contentOfQuery(query)) : undefined;
  const ranked = candidates
    .map(({ doc }): Ranked => {
      const passage = index.passages[doc] as Passage;
      const words = passageWords(index, doc);
      const covered = coverage(query.concepts, weights, words);
      const similarity = Math.max(0, nearestOf.get(doc)?.similarity ?? 0);
      const rank = isAided(index, index.planOf[doc] as number) ? RANK : RANK_BARE;
      return {
        doc,
        passage,
        ...covered,
        score:
          (rank.lexical * ((lexicalOf.get(doc) ?? 0) / top) +
            rank.similarity * similarity +
            rank.coverage * covered.coverage +
            rank.printed * printed(words, passage.kind === 'row')) *
          prefer(doc) *
          (passage.kind === 'heading' ? HEADING : 1),
      };
    })
    .sort((a, b) => b.score - a.score || a.doc - b.doc);
  return (await reranked(ranked, query, aids)).slice(0, k).map((hit): Hit => {
    const { doc } = hit;
    // What decides whether the plans say it was fitted to the built-in embedding's similarities.
    const near = familiar ? familiar(doc) : nearestOf.get(doc);
    return {
      ...hit,
      plan: index.planOf[doc] as number,
      similarity: Math.max(0, near?.similarity ?? 0),
      pointer: pointerOf(index, doc, query.concepts, weights, near),
    };
  });
}

/** Whether any passage of a plan has enrichment: every question of it has a vector of its own beside the passages'. */
function isAided(index: OpenIndex, plan: number): boolean {
  const { vectors, passages } = index.entries[plan] as OpenIndex['entries'][number];
  return vectors.count > passages.count;
}

/** What puts a passage in its place. */
type Ranked = Pick<Hit, 'doc' | 'passage' | 'coverage' | 'full' | 'score'>;

/** The nearest documents of some plans, exactly, or of all; exactly, too, where there is no graph of them. */
function similarTo(vector: number[], only: ReadonlySet<number>, index: OpenIndex): VectorHit[] {
  if (only.size === 0 && index.vectors) return nearest(index.vectors, vector, CANDIDATES);
  const plans =
    only.size === 0 ? index.planVectors : [...only].map((n) => index.planVectors[n] as PlanVectors);
  return nearestWithin(plans, vector, CANDIDATES);
}

/** The hits in the order of the reranker, if there is one and it answers. */
async function reranked(
  hits: Ranked[],
  query: Understood,
  { rerank, onFault }: SearchAids,
): Promise<Ranked[]> {
  if (!rerank || hits.length < 2) return hits;
  try {
    const documents = hits.map(({ passage }) => `${contextOf(passage)}\n${passage.text}`);
    const order = await rerank(query.folded, documents);
    // Scores stay where they are: what comes after compares them between searches.
    return order.map((from, to) => ({ ...(hits[from] as Ranked), score: (hits[to] as Ranked).score }));
  } catch {
    onFault?.('rerank');
    return hits;
  }
}

/** How many equals of a word go into the question's vector; of the lexicon, whose words are broader, more. */
const EMBEDDED = { glossary: 2, lexicon: 4 } as const;

/** The content words of a question with their nearest equals, as one text. */
const contentOfQuery = (query: Understood): string =>
  query.concepts
    .map(({ text, equals, lexicon }) =>
      [text, ...equals.slice(0, EMBEDDED[lexicon ? 'lexicon' : 'glossary']).map((e) => e.text)].join(' '),
    )
    .join(' ') || query.folded;

/**
 * The question as a vector: with the built-in embedding the mean of the question as asked, which enrichment questions
 * resemble, and of its content words with their equals, which passages resemble; each alone finds less
 * (docs/retrieval.md). Another embedding is given the question. Undefined if its endpoint fails.
 */
async function queryVector(
  index: OpenIndex,
  query: Understood,
  aids: SearchAids,
): Promise<number[] | undefined> {
  const { embeddings, external } = index.embedding;
  try {
    if (external) return await embeddings.embedQuery(query.folded);
    let vector = vectors.get(query.concepts);
    if (!vector) {
      const asked = await embeddings.embedQuery(query.bare);
      const content = await embeddings.embedQuery(contentOfQuery(query));
      const sum = asked.map((value, i) => value + (content[i] as number));
      let squares = 0;
      for (const value of sum) squares += value * value;
      const length = Math.sqrt(squares) || 1;
      vector = sum.map((value) => value / length);
      vectors.set(query.concepts, vector);
    }
    return vector;
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    aids.onFault?.('embedding');
    return undefined;
  }
}

/** Vectors of questions, of which the plans that are compared are searched one by one. */
const vectors = new WeakMap<readonly Concept[], number[]>();

/** How much of a question, by the idf of its pairs of characters, a text prints, 0…1. */
function printedShare(question: string, index: OpenIndex): (words: PassageWords, isRow: boolean) => number {
  const runs = squash(question).split(/[\p{P}\p{S}]+/u);
  const pairs = runs.flatMap((run) =>
    Array.from({ length: Math.max(0, run.length - 1) }, (_x, i) => run.slice(i, i + 2)),
  );
  const weights = pairs.map((pair) => index.lexical.idf(pair) || UNKNOWN_IDF);
  const total = weights.reduce((a, b) => a + b, 0) || 1;
  const numbers = pairs.map((pair) => pairsOf(pair)[0] as number);
  return ({ body, context, pairs: sets }, isRow) => {
    const own = sets.body;
    const header = isRow ? sets.context : undefined;
    // A row is read on into its header.
    const between = isRow ? pairsOf(body.slice(-1) + context.slice(0, 1))[0] : undefined;
    let sum = 0;
    for (let i = 0; i < numbers.length; i++) {
      const pair = numbers[i] as number;
      if (hasPair(own, pair) || (header && (hasPair(header, pair) || pair === between)))
        sum += weights[i] as number;
    }
    return sum / total;
  };
}

/** The enrichment question nearest to the asked one, by shared words and by vector, and where it points. */
function pointerOf(
  index: OpenIndex,
  doc: number,
  concepts: readonly Concept[],
  weights: readonly number[],
  nearest: VectorHit | undefined,
): Pointer | undefined {
  const aids = index.enrichment[doc];
  if (!aids || aids.points.length !== aids.questions.length || aids.questions.length === 0) return undefined;
  const total = weights.reduce((a, b) => a + b, 0) || 1;
  let best = -1;
  let nearness = 0;
  const { questions, pairs } = passageWords(index, doc);
  for (let i = 0; i < questions.length; i++) {
    let shared = 0;
    for (let c = 0; c < concepts.length; c++)
      shared +=
        presence(concepts[c] as Concept, questions[i] as string, pairs.questions[i]) * (weights[c] as number);
    const score = (shared / total + (nearest?.nth === i + 1 ? nearest.similarity : 0)) / 2;
    if (score > nearness) {
      best = i;
      nearness = score;
    }
  }
  if (best < 0) return undefined;
  const passage = index.passages[doc] as Passage;
  let left = aids.points[best] as number;
  let at = 0;
  while (at < passage.text.length && (left > 0 || /\s/.test(passage.text[at] as string))) {
    if (!/\s/.test(passage.text[at] as string)) left--;
    at++;
  }
  return { offset: passage.start + at, nearness };
}

/** What is read with a passage: its headings, the header of its table. */
export function contextOf(passage: Passage): string {
  return `${passage.path.join(' ')} ${passage.context}`;
}

/** Whether the index uses all terms of a text. */
export function isUsed(index: OpenIndex, text: string): boolean {
  const own = terms(text);
  return own.length > 0 && own.every((t) => index.lexical.has(t));
}

/** A word that no passage uses says as much as a rare one. */
const UNKNOWN_IDF = 5;

/** How much each concept says: what its kind of word carries, times its idf in this index. */
export function conceptWeights(concepts: readonly Concept[], index: OpenIndex): number[] {
  return concepts.map((concept) => {
    const forms = [concept.text, ...concept.equals.filter((e) => e.weight >= 0.5).map((e) => e.text)];
    const idfs = forms.map((form) => {
      const own = terms(form).map((t) => index.lexical.idf(t));
      return own.length === 0 ? 0 : own.reduce((a, b) => a + b, 0) / own.length;
    });
    const known = idfs.filter((v) => v > 0);
    return concept.weight * (known.length === 0 ? UNKNOWN_IDF : Math.min(...known));
  });
}

/** What a word counts all of whose bigrams stand somewhere in a text, though not the word. */
const PARTIAL = 0.7;

/**
 * How much of a concept a text holds, 0…1: the word, an equal of it, or part of its bigrams.
 * @param set the text's pairs, if they are known: most words are then seen at once not to be there
 */
export function presence({ forms, equals }: Concept, squashed: string, set?: PairSet): number {
  const { pairs } = forms;
  if (holds(squashed, forms.own, set, pairs.own)) return 1;
  let best = 0;
  for (let i = 0; i < equals.length; i++) {
    const weight = equals[i]?.weight ?? 0;
    if (weight > best && holds(squashed, forms.equals[i] as string, set, pairs.equals[i] as Uint32Array))
      best = weight;
  }
  if (forms.bigrams.length < 2) return best;
  let shared = 0;
  for (let i = 0; i < forms.bigrams.length; i++) {
    const pair = forms.bigrams[i] as string;
    if (set ? hasPair(set, pairs.bigrams[i]?.[0] as number) : squashed.includes(pair)) shared++;
  }
  const share = shared / forms.bigrams.length;
  // Of two texts that hold an equal, the one that holds more of the word itself is nearer.
  return best >= 0.5 ? Math.min(0.99, best + 0.08 * share) : Math.max(best, share * PARTIAL);
}

/** Whether a text holds a word. */
function holds(text: string, word: string, set: PairSet | undefined, pairs: Uint32Array): boolean {
  if (set && !mayHold(set, pairs)) return false;
  return (set && word.length === 2) || text.includes(word);
}

/** A passage's words for matching: its own, its surroundings', and those of its search aids; white space gone. */
export interface PassageWords {
  readonly body: string;
  readonly context: string;
  readonly aids: string;
  /** Each of its enrichment questions. */
  readonly questions: readonly string[];
  /** The pairs of characters of each. */
  readonly pairs: {
    readonly body: PairSet;
    readonly context: PairSet;
    readonly aids: PairSet;
    readonly questions: readonly PairSet[];
  };
}

const wordsOf = new WeakMap<Passage, PassageWords>();

/** The words of a document, kept once made. */
export function passageWords(index: OpenIndex, doc: number): PassageWords {
  const passage = index.passages[doc] as Passage;
  let found = wordsOf.get(passage);
  if (!found) {
    const aids = index.enrichment[doc];
    const texts = {
      body: matchable(passage.text),
      context: squash(contextOf(passage)),
      aids: aids
        ? squash([...aids.questions, ...aids.synonyms, ...aids.english].join('\n').replace(/ /g, ''))
        : '',
      questions: aids ? aids.questions.map(squash) : [],
    };
    found = {
      ...texts,
      pairs: {
        body: pairSetOf(texts.body),
        context: pairSetOf(texts.context),
        aids: pairSetOf(texts.aids),
        questions: texts.questions.map(pairSetOf),
      },
    };
    wordsOf.set(passage, found);
  }
  return found;
}

/** What a word counts that only a passage's headings or only its search aids hold. */
const ELSEWHERE = { context: 0.85, aids: 0.95 } as const;

/** What a passage and its aids hold of the concepts: the share of their weight, and the share that is held outright. */
function coverage(
  concepts: readonly Concept[],
  weights: readonly number[],
  { body, context, aids, pairs }: PassageWords,
): Pick<Hit, 'coverage' | 'full'> {
  let sum = 0;
  let outright = 0;
  let total = 0;
  for (let i = 0; i < concepts.length; i++) {
    const concept = concepts[i] as Concept;
    const weight = weights[i] as number;
    const own = presence(concept, body, pairs.body);
    let found = own;
    let most = own;
    if (found < 0.9) {
      const around = presence(concept, context, pairs.context);
      found = Math.max(found, ELSEWHERE.context * around);
      most = Math.max(most, around);
    }
    if (found < ELSEWHERE.aids && aids !== '') {
      const aiding = presence(concept, aids, pairs.aids);
      found = Math.max(found, ELSEWHERE.aids * aiding);
      most = Math.max(most, aiding);
    }
    total += weight;
    sum += weight * found;
    if (most >= 0.7) outright += weight;
  }
  return total === 0 ? { coverage: 0, full: 0 } : { coverage: sum / total, full: outright / total };
}
