/**
 * The one door: ask, search, plans. Every channel and the evaluation use it and nothing below it.
 * @module
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { answerFrom } from './answer/answer.ts';
import { cite } from './answer/citations.ts';
import type { Answer, AskEvent, AskRequest, Citation, PlanSummary } from './answer/types.ts';
import { builtinEmbedding } from './embedding/index.ts';
import type { IngestProgress, IngestReport } from './index/build.ts';
import { buildIndex } from './index/build.ts';
import { IndexError } from './index/manifest.ts';
import type { OpenIndex } from './index/open.ts';
import { openIndex } from './index/open.ts';
import { restrictIndex } from './index/restrict.ts';
import { fold, squash } from './language/normalise.ts';
import { taggedWords } from './language/segment.ts';
import { locate, passageAt } from './plan/locate.ts';
import type { Indicator, OutlineNode, Passage, Plan } from './plan/types.ts';
import { resolveFollowUp } from './retrieval/followup.ts';
import { ScopeFinder } from './retrieval/scope.ts';
import type { Hit } from './retrieval/search.ts';
import { isUsed, searchPassages } from './retrieval/search.ts';
import { Speller } from './retrieval/spelling.ts';
import type { Understood } from './retrieval/understand.ts';
import { STOP_CHARACTERS, understand } from './retrieval/understand.ts';

export type { IngestProgress, IngestReport } from './index/build.ts';
export { CorpusError } from './plan/catalog.ts';

/** A found passage in the contract's shape. */
export interface SearchHit {
  readonly id: string;
  readonly plan: { readonly id: string; readonly title: string };
  readonly path: readonly string[];
  readonly label: string;
  readonly text: string;
  /** A table row's header: read with the passage, not part of it. */
  readonly context: string;
  readonly score: number;
  readonly start: number;
  readonly end: number;
}

/** A row of an indicator table with its citation. */
export interface IndicatorRow extends Omit<Indicator, 'notes'> {
  readonly plan: { readonly id: string; readonly title: string };
  readonly citation: Citation;
  /** The table's notes that bear on the row, verbatim. */
  readonly notes: readonly string[];
}

/** A stretch of a plan's text with the outline node it begins in. */
export interface TextSlice {
  readonly planId: string;
  readonly start: number;
  readonly end: number;
  /** Length of the whole text. */
  readonly length: number;
  readonly text: string;
  readonly node: {
    readonly id: string;
    readonly heading: string;
    readonly path: readonly string[];
    readonly label: string;
  };
}

/** A plan id that no plan has. */
export class UnknownPlanError extends Error {
  readonly planId: string;

  constructor(planId: string) {
    super(`没有编号为“${planId.slice(0, 80)}”的规划。`);
    this.name = 'UnknownPlanError';
    this.planId = planId;
  }
}

/** A request that cannot be carried out as it stands; the message says why. */
export class InvalidRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidRequestError';
  }
}

/** What an assistant is opened on. */
export interface AssistantOptions {
  readonly corpusDir: string;
  readonly indexDir: string;
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly log?: (line: string) => void;
  /** Builds the index if it must be; in this process if not given. */
  readonly build?: () => Promise<unknown>;
}

/** What answering consists of, in order. */
export type AskStage = 'understand' | 'search' | 'answer';

/** Questions to answers, over one corpus. */
export interface Assistant {
  /** @throws UnknownPlanError, InvalidRequestError; the signal's reason if it is aborted */
  ask(
    request: AskRequest,
    options?: {
      readonly signal?: AbortSignal;
      readonly onEvent?: (event: AskEvent) => void;
      /** Told how long each stage took, in milliseconds. */
      readonly onStage?: (stage: AskStage, ms: number) => void;
    },
  ): Promise<Answer>;
  /** Best passages first; `k` is 10 if left out. @throws UnknownPlanError */
  search(request: {
    readonly query: string;
    readonly k?: number;
    readonly plans?: readonly string[];
  }): Promise<readonly SearchHit[]>;
  plans(): readonly PlanSummary[];
  /** @throws UnknownPlanError */
  outline(planId: string): OutlineNode;
  /** @throws UnknownPlanError; InvalidRequestError if the range is not within the text */
  text(planId: string, range?: { readonly start?: number; readonly end?: number }): TextSlice;
  /** Rows whose name holds `name`, of one plan or all. @throws UnknownPlanError */
  indicators(filter?: { readonly name?: string; readonly plan?: string }): readonly IndicatorRow[];
  /**
   * An assistant that knows these plans (ids) only, in everything it does: to it the others do not exist. Ids of no
   * plan are ignored. Made once for a list, then kept.
   */
  restrictedTo(plans: readonly string[]): Assistant;
  /** What is served. */
  readonly index: {
    readonly builtAt: string;
    readonly plans: number;
    readonly passages: number;
    readonly embedding: string;
  };
  close(): Promise<void>;
}

/**
 * Reads every document of the corpus and puts a new index in use; unchanged documents are taken over.
 * @throws CorpusError if the corpus is missing, empty or its plans.yaml invalid
 */
export function ingest(options: AssistantOptions & { readonly force?: boolean }): Promise<IngestReport> {
  return buildIndex({ ...options, embedding: builtinEmbedding() });
}

/**
 * Opens the index of a corpus; one that is missing, stale, damaged or foreign is named in the log and built anew.
 * @throws CorpusError if the corpus is missing, empty or its plans.yaml invalid
 */
export async function openAssistant(options: AssistantOptions): Promise<Assistant> {
  const embedding = builtinEmbedding();
  const open = () => openIndex(options.indexDir, options.corpusDir, embedding);
  let index: OpenIndex;
  try {
    index = await open();
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    options.log?.(`重建索引：${error.message}`);
    await (options.build ?? (() => ingest(options)))();
    index = await open();
  }
  await countWords(index);
  return assistantOver(index);
}

/** An assistant over an opened index. */
export function assistantOver(index: OpenIndex, now: () => Date = () => new Date()): Assistant {
  const scopes = new ScopeFinder(index.plans.map((p) => p.facts));
  const speller = new Speller(vocabulary(index), STOP_CHARACTERS);
  const numbers = new Map(index.plans.map((p, n) => [p.facts.id, n]));
  const number = (id: string): number => {
    const n = numbers.get(id);
    if (n === undefined) throw new UnknownPlanError(id);
    return n;
  };
  const planOf = (id: string) => index.plans[number(id)] as Plan;
  const known = (text: string) => isUsed(index, text);
  const find = async (question: string, plans: readonly string[], k: number, onUnderstood = () => {}) => {
    const query = understand(
      question,
      index.glossary,
      scopes.find(question, plans.map(number)),
      index.plans.length,
    );
    onUnderstood();
    const hitsOf = (plan: number) =>
      searchPassages(
        index,
        { ...query, scope: { ...query.scope, only: [plan], preferred: [] } },
        COMPARED_PASSAGES,
      );
    return { query, hits: await searchPassages(index, query, k), hitsOf };
  };
  const indicators = index.plans.flatMap((plan) => plan.indicators.map((i) => indicatorRow(plan, i)));
  const summaries = index.plans.map(
    (p): PlanSummary => ({
      ...p.facts,
      characters: p.text.length,
      passages: p.passages.length,
      indicators: p.indicators.length,
    }),
  );
  const restricted = new Map<string, Assistant>();
  return {
    async ask(request, options = {}) {
      const began = performance.now();
      let stageBegan = began;
      const ended = (stage: AskStage) => {
        const now = performance.now();
        options.onStage?.(stage, now - stageBegan);
        stageBegan = now;
      };
      const question = request.question.trim();
      if (question === '') throw new InvalidRequestError('问题是空的。');
      options.onEvent?.({ type: 'status', text: '正在查找规划原文' });
      const earlier = (request.history ?? [])
        .filter((turn) => turn.role === 'user')
        .map((turn) => turn.content);
      const resolved = resolveFollowUp(question, earlier, scopes);
      const { question: spelled, corrections } = speller.correct(resolved, known);
      const found = await find(spelled, request.plans ?? [], 24, () => ended('understand'));
      ended('search');
      options.signal?.throwIfAborted();
      const understood = await answerFrom(corrections.length > 0 ? spelled : resolved, found, index, now());
      ended('answer');
      const answer = {
        ...understood,
        notices: [...corrections.map(({ from, to }) => `按“${to}”理解“${from}”。`), ...understood.notices],
      };
      options.onEvent?.({ type: 'delta', text: answer.answer });
      return { ...answer, tookMs: Math.round((performance.now() - began) * 100) / 100 };
    },
    async search({ query, k = 10, plans = [] }) {
      const found = await find(speller.correct(query, known).question, plans, k);
      const hits = found.query.compared.length >= 2 ? await inTurn(found, k) : found.hits;
      return hits.map(({ passage, plan, score }): SearchHit => {
        const { id, path, label, text, context, start, end } = passage;
        const facts = (index.plans[plan] as Plan).facts;
        return {
          id,
          plan: { id: facts.id, title: facts.title },
          path,
          label,
          text,
          context,
          score: Math.round(score * 1e4) / 1e4,
          start,
          end,
        };
      });
    },
    plans: () => summaries,
    outline: (planId) => planOf(planId).outline,
    text(planId, range = {}) {
      const plan = planOf(planId);
      const { start = 0, end = plan.text.length } = range;
      if (
        !Number.isInteger(start) ||
        !Number.isInteger(end) ||
        start < 0 ||
        end > plan.text.length ||
        start > end
      ) {
        throw new InvalidRequestError(
          `start 和 end 须是 0 到 ${plan.text.length} 之间的整数，且 start 不大于 end。`,
        );
      }
      const { nodeId, path, label } = locate(plan.outline, { start, end: Math.max(end, start + 1) });
      return {
        planId,
        start,
        end,
        length: plan.text.length,
        text: plan.text.slice(start, end),
        node: { id: nodeId, heading: path.at(-1) ?? plan.facts.title, path, label },
      };
    },
    indicators({ name, plan } = {}) {
      if (plan !== undefined) number(plan);
      const wanted = name === undefined ? '' : squash(name);
      return indicators.filter(
        (i) => (plan === undefined || i.planId === plan) && squash(i.name).includes(wanted),
      );
    },
    restrictedTo(ids) {
      // Built over a smaller index, not filtered: what is added to an assistant is restricted by construction.
      const wanted = [...new Set(ids)].filter((id) => numbers.has(id)).sort();
      const key = wanted.join('\n');
      let found = restricted.get(key);
      if (!found) {
        found = assistantOver(restrictIndex(index, new Set(wanted)), now);
        if (restricted.size >= ACCESS_LISTS) restricted.delete(restricted.keys().next().value as string);
      } else {
        restricted.delete(key);
      }
      restricted.set(key, found);
      return found;
    },
    index: {
      builtAt: index.manifest.builtAt,
      plans: index.plans.length,
      passages: index.passages.length,
      embedding: index.embedding.id,
    },
    async close() {},
  };
}

/** The best passages of every compared plan in turn, so that none crowds out another. */
async function inTurn(
  { query, hitsOf }: { query: Understood; hitsOf: (plan: number) => Promise<Hit[]> },
  k: number,
): Promise<Hit[]> {
  const lists = await Promise.all(query.compared.map(hitsOf));
  const taken: Hit[] = [];
  for (let rank = 0; taken.length < k && lists.some((list) => rank < list.length); rank++) {
    const row = lists.flatMap((list) => (list[rank] ? [list[rank] as Hit] : []));
    taken.push(...row.sort((a, b) => b.score - a.score));
  }
  return taken.slice(0, k);
}

/** Passages looked at in each of several compared plans. */
const COMPARED_PASSAGES = 12;

/** Restricted assistants kept at a time, the last used ones. */
const ACCESS_LISTS = 64;

/** The words that passages use, with how many do: what misspellings are read as. */
function vocabulary(index: OpenIndex): Map<string, number> {
  const words = new Map<string, number>();
  for (const plan of index.plans) {
    for (const [word, count] of wordsOf(plan)) words.set(word, (words.get(word) ?? 0) + count);
  }
  for (const { facts } of index.plans) {
    for (const name of [facts.title, ...facts.shortNames, ...facts.regions]) words.set(fold(name), 1);
  }
  for (const { term, also } of index.glossary.entries) {
    for (const word of [term, ...also]) {
      if (/^\p{Script=Han}{2,8}$/u.test(word) && isUsed(index, word))
        words.set(word, (words.get(word) ?? 0) + 1);
    }
  }
  return words;
}

const planWords = new WeakMap<Plan, ReadonlyMap<string, number>>();

/** The words of one plan with how many of its passages use them, kept once counted. */
function wordsOf(plan: Plan): ReadonlyMap<string, number> {
  const kept = planWords.get(plan);
  if (kept) return kept;
  const words = new Map<string, number>();
  for (const passage of plan.passages) addWords(words, passage);
  planWords.set(plan, words);
  return words;
}

/** Counts the words of every plan a few passages at a time, so that a server can answer in between. */
async function countWords(index: OpenIndex): Promise<void> {
  for (const plan of index.plans) {
    const words = new Map<string, number>();
    for (const [n, passage] of plan.passages.entries()) {
      if (n % 50 === 0) await breathe();
      addWords(words, passage);
    }
    planWords.set(plan, words);
  }
}

function addWords(words: Map<string, number>, passage: Passage): void {
  for (const word of new Set(taggedWords(fold(passage.text)).map((t) => t.word))) {
    if (/^\p{Script=Han}{2,6}$/u.test(word)) words.set(word, (words.get(word) ?? 0) + 1);
  }
}

function indicatorRow(plan: Plan, indicator: Indicator): IndicatorRow {
  const passage = passageAt(plan, indicator.start);
  return {
    ...indicator,
    plan: { id: plan.facts.id, title: plan.facts.title },
    citation: cite(plan, indicator, 1, passage?.id ?? ''),
    notes: indicator.notes.map((n) => plan.text.slice(n.start, n.end)),
  };
}
