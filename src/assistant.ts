/**
 * The one door: ask, search, plans. Every channel and the evaluation use it and nothing below it.
 * @module
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { answerFrom } from './answer/answer.ts';
import type { BoardRow } from './answer/board.ts';
import { boardOf } from './answer/board.ts';
import { cite } from './answer/citations.ts';
import type { Writer } from './answer/generate/write.ts';
import { partsFirst } from './answer/structure.ts';
import type { Answer, AskEvent, AskRequest, Citation, PlanSummary } from './answer/types.ts';
import type { ChatSettings, EmbeddingSettings, ModelEndpoint } from './config.ts';
import { embeddingFor } from './embedding/configured.ts';
import { turn } from './index/breathe.ts';
import type { IngestProgress, IngestReport } from './index/build.ts';
import { buildIndex } from './index/build.ts';
import { IndexError } from './index/manifest.ts';
import type { OpenIndex } from './index/open.ts';
import { openIndex, rememberedEmbedding } from './index/open.ts';
import { restrictIndex } from './index/restrict.ts';
import { wordsOf } from './index/words.ts';
import { Glossary } from './language/glossary.ts';
import { fold, squash } from './language/normalise.ts';
import { taggedWords } from './language/segment.ts';
import { isConfigured } from './models/endpoint.ts';
import type { LaidBlock } from './plan/layout.ts';
import { layOut } from './plan/layout.ts';
import { locate, passageAt } from './plan/locate.ts';
import type { Indicator, OutlineNode, Plan } from './plan/types.ts';
import { isPostgres } from './postgres/address.ts';
import { resolveFollowUp } from './retrieval/followup.ts';
import { recentResults } from './retrieval/recent.ts';
import { ScopeFinder } from './retrieval/scope.ts';
import type { Hit, Rerank, SearchAids, SearchFault } from './retrieval/search.ts';
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
  /** A chat model, in use if it has an address and a name; without one every answer is extractive. */
  readonly chat?: ChatSettings;
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly log?: (line: string) => void;
  /** Where vectors come from; the built-in embedding if left out. */
  readonly embedding?: EmbeddingSettings;
  /** Puts found passages in order; none if left out. */
  readonly rerank?: ModelEndpoint;
  /** The address of a PostgreSQL that keeps the index, shared with other servers; in files if left out or `hnsw`. */
  readonly store?: string;
  /** Builds the index if it must be; in this process if not given. */
  readonly build?: () => Promise<unknown>;
}

/** What answering consists of, in order. */
export type AskStage = 'understand' | 'search' | 'answer';

/** Questions to answers, over one corpus. */
export interface Assistant {
  /**
   * With `extractive` no model is asked for anything, whatever is configured.
   * @throws UnknownPlanError, InvalidRequestError; the signal's reason if it is aborted
   */
  ask(
    request: AskRequest,
    options?: {
      readonly signal?: AbortSignal;
      readonly onEvent?: (event: AskEvent) => void;
      readonly extractive?: boolean;
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
  /** Headings, paragraphs and tables in order, by offsets that cover the whole text. @throws UnknownPlanError */
  blocks(planId: string): readonly LaidBlock[];
  /** Rows whose name holds `name`, of one plan or all. @throws UnknownPlanError */
  indicators(filter?: { readonly name?: string; readonly plan?: string }): readonly IndicatorRow[];
  /** All indicators side by side, those of one name, kind of unit and target year in one row. */
  board(): readonly BoardRow<IndicatorRow>[];
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
 * @throws EndpointError, OnnxError if the embedding that is configured cannot be used
 */
export async function ingest(
  options: AssistantOptions & { readonly force?: boolean },
): Promise<IngestReport> {
  const { store } = options;
  const embedding = await embeddingOf(options);
  if (isPostgres(store))
    return (await import('./index/postgres/index.ts')).buildShared(store, { ...options, embedding });
  return buildIndex({ ...options, embedding });
}

/** The configured embedding, given what the index in use was built with. */
async function embeddingOf({ store, indexDir, embedding, log }: AssistantOptions) {
  const remembered = isPostgres(store)
    ? await (await import('./index/postgres/index.ts')).sharedEmbedding(store)
    : rememberedEmbedding(indexDir);
  return embeddingFor(embedding, { remembered, log });
}

/**
 * Brings the index in use in `indexDir` into the database, or the one in the database to `indexDir`.
 * @returns false if it was there already
 * @throws IndexError if there is none; PostgresError
 */
export async function moveIndex(
  direction: 'in' | 'out',
  store: string,
  options: AssistantOptions,
): Promise<boolean> {
  const { bringIn, bringOut } = await import('./index/postgres/index.ts');
  if (direction === 'in') return bringIn(store, { ...options, embedding: await embeddingOf(options) });
  await bringOut(store, options.indexDir);
  return true;
}

/**
 * Opens the index of a corpus; one that is missing, stale, damaged or foreign is named in the log and built anew.
 * @throws CorpusError if the corpus is missing, empty or its plans.yaml invalid
 * @throws EndpointError, OnnxError if the embedding that is configured cannot be used
 */
export async function openAssistant(options: AssistantOptions): Promise<Assistant> {
  const { indexDir, corpusDir, store } = options;
  const embedding = await embeddingOf(options);
  const shared = isPostgres(store) ? await import('./index/postgres/index.ts') : undefined;
  const open = async () =>
    shared
      ? shared.openSharedIndex(store as string, indexDir, embedding, options.log)
      : { index: await openIndex(indexDir, corpusDir, embedding), close: async () => {} };
  let opened: Awaited<ReturnType<typeof open>>;
  try {
    opened = await open();
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    options.log?.(`重建索引：${error.message}`);
    await (options.build ?? (() => ingest(options)))();
    opened = await open();
  }
  const { index, close } = opened;
  const rerank = isConfigured(options.rerank)
    ? (await import('./models/rerank.ts')).rerankerFor(options.rerank)
    : undefined;
  await breathe();
  return { ...assistantOver(index, undefined, { ...(await modelsOf(options.chat)), rerank }), close };
}

/** What a chat model does for an assistant; each is done without one where it is missing or gives nothing. */
export interface AssistantModels {
  /** Puts found passages in order. */
  readonly rerank?: Rerank | undefined;
  /** Writes answers. */
  readonly writer?: Writer | undefined;
  /** Completes a follow-up question. */
  readonly complete?: Suggest<string> | undefined;
  /** Gives words to search with. */
  readonly words?:
    | ((question: string, signal?: AbortSignal) => Promise<readonly string[] | undefined>)
    | undefined;
}

const NO_MODELS: AssistantModels = {};

type Suggest<T> = (
  question: string,
  history: NonNullable<AskRequest['history']>,
  signal?: AbortSignal,
) => Promise<T | undefined>;

/** What the configured chat model does; nothing is loaded when there is none. */
export async function modelsOf(chat: ChatSettings | undefined): Promise<AssistantModels> {
  if (!chat || !isConfigured(chat) || !(chat.answers || chat.rewrites || chat.expands)) return {};
  const [{ guardedChat }, { completeQuestion, searchWords }, { modelWriter }] = await Promise.all([
    import('./models/guarded.ts'),
    import('./models/ask.ts'),
    import('./answer/generate/write.ts'),
  ]);
  const model = guardedChat(chat);
  // Before the search a model may take a share of its time only: the answer needs the rest.
  const timeoutMs = chat.timeoutMs * SUGGESTION_SHARE;
  return {
    writer: chat.answers ? modelWriter(model, chat) : undefined,
    complete: chat.rewrites
      ? (question, history, signal) => completeQuestion(model, question, history, { signal, timeoutMs })
      : undefined,
    words: chat.expands
      ? (question, signal) => searchWords(model, question, { signal, timeoutMs })
      : undefined,
  };
}

/** Share of the chat model's time that completing a question, or finding words for it, may take. */
const SUGGESTION_SHARE = 0.25;

/** An assistant over an opened index. @param searchesKept searches whose results are remembered at most */
export function assistantOver(
  index: OpenIndex,
  now: () => Date = () => new Date(),
  models: AssistantModels = {},
  { searchesKept = SEARCHES_KEPT }: { readonly searchesKept?: number } = {},
): Assistant {
  const scopes = new ScopeFinder(index.entries.map((p) => p.facts));
  const speller = new Speller(vocabulary(index), STOP_CHARACTERS);
  const numbers = new Map(index.entries.map((p, n) => [p.facts.id, n]));
  const number = (id: string): number => {
    const n = numbers.get(id);
    if (n === undefined) throw new UnknownPlanError(id);
    return n;
  };
  const planOf = (id: string) => index.plans[number(id)] as Plan;
  const known = (text: string) => isUsed(index, text);
  const read = (question: string, plans: readonly string[], words: readonly string[] = []) =>
    understand(
      question,
      withRelated(index.glossary, question, words),
      scopes.find(question, plans.map(number)),
      index.plans.length,
    );
  const hitsOfPlan = (query: Understood, aids: SearchAids) => async (plan: number) => {
    await turn();
    return searchPassages(
      index,
      { ...query, scope: { ...query.scope, only: [plan], preferred: [] } },
      COMPARED_PASSAGES,
      aids,
    );
  };
  const find = async (
    question: string,
    plans: readonly string[],
    k: number,
    aids: SearchAids,
    words: readonly string[] = [],
    onUnderstood = () => {},
  ) => {
    const query = read(question, plans, words);
    onUnderstood();
    return { query, hits: await searchPassages(index, query, k, aids), hitsOf: hitsOfPlan(query, aids) };
  };
  const searched = recentResults<readonly SearchHit[]>(searchesKept);
  let rows: readonly IndicatorRow[] | undefined;
  const indicatorRows = () => {
    rows ??= index.entries.flatMap((entry, n) =>
      entry.indicators > 0 ? rowsOf(index.plans[n] as Plan) : [],
    );
    return rows;
  };
  const summaries = index.entries.map(
    ({ facts, text, passages, indicators }): PlanSummary => ({
      ...facts,
      characters: text.length,
      passages: passages.count,
      indicators,
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
      const { signal } = options;
      const { complete, words, writer } = options.extractive ? NO_MODELS : models;
      const completed =
        complete && earlier.length > 0 ? await complete(question, request.history ?? [], signal) : undefined;
      const resolved =
        completed ??
        (await resolveFollowUp(question, earlier, scopes, async (reading) => {
          const { hits } = await find(reading, request.plans ?? [], 5, {});
          return hits.some((hit) => hit.full >= ONE_THING);
        }));
      await turn();
      const { aids, notices } = aidsOfOneAnswer(models);
      const { question: spelled, corrections } = speller.correct(resolved, known);
      const related = await words?.(spelled, signal);
      const found = await find(spelled, request.plans ?? [], 24, aids, related, () => ended('understand'));
      ended('search');
      signal?.throwIfAborted();
      let streamed = '';
      const onText = (text: string) => {
        streamed += text;
        options.onEvent?.({ type: 'delta', text });
      };
      const onStatus = (text: string) => options.onEvent?.({ type: 'status', text });
      await turn();
      const understood = await answerFrom(
        corrections.length > 0 ? spelled : resolved,
        found,
        index,
        now(),
        writer && {
          writer,
          waiting: { spentMs: performance.now() - began, signal, onText, onStatus },
        },
      );
      ended('answer');
      const answer = {
        ...understood,
        notices: [
          ...corrections.map(({ from, to }) => `按“${to}”理解“${from}”。`),
          ...understood.notices,
          ...notices(),
        ],
      };
      if (streamed === '') options.onEvent?.({ type: 'delta', text: answer.answer });
      return { ...answer, tookMs: Math.round((performance.now() - began) * 100) / 100 };
    },
    async search({ query, k = 10, plans = [] }) {
      const key = JSON.stringify([query, k, plans]);
      const before = searched.get(key);
      if (before) return before;
      await turn();
      const { aids, notices } = aidsOfOneAnswer(models);
      const asked = read(speller.correct(query, known).question, plans);
      const hits =
        asked.compared.length >= 2
          ? await inTurn({ query: asked, hitsOf: hitsOfPlan(asked, aids) }, k)
          : partsFirst(asked, await searchPassages(index, asked, k, aids), index).slice(0, k);
      const result = hits.map(({ passage, plan, score }): SearchHit => {
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
      // What a model was missing from is better the next time.
      if (notices().length === 0) searched.keep(key, result);
      return result;
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
    blocks: (planId) => layOut(planOf(planId)),
    board: () =>
      boardOf(
        indicatorRows(),
        (id) => planOf(id).facts.shortNames[0] ?? planOf(id).facts.title,
        index.glossary,
      ),
    indicators({ name, plan } = {}) {
      if (plan !== undefined) number(plan);
      const wanted = name === undefined ? '' : squash(name);
      return indicatorRows().filter(
        (i) => (plan === undefined || i.planId === plan) && squash(i.name).includes(wanted),
      );
    },
    restrictedTo(ids) {
      // Built over a smaller index, not filtered: what is added to an assistant is restricted by construction.
      const wanted = [...new Set(ids)].filter((id) => numbers.has(id)).sort();
      const key = wanted.join('\n');
      let found = restricted.get(key);
      if (!found) {
        found = assistantOver(restrictIndex(index, new Set(wanted)), now, models, { searchesKept });
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

/** Searches whose results are kept. */
const SEARCHES_KEPT = 512;

const FAULT_NOTICES: Readonly<Record<SearchFault, string>> = {
  embedding: '向量接口暂时不可用，这次只按字词查找，换了说法的内容可能没有找到。',
  rerank: '重排接口暂时不可用，这次的段落没有经过重排。',
};

/** What helps the searches of one answer: what has failed once is not tried again for it, and named once in its notices. */
function aidsOfOneAnswer({ rerank }: AssistantModels) {
  const faults = new Set<SearchFault>();
  const aids: SearchAids = {
    get rerank() {
      return faults.has('rerank') ? undefined : rerank;
    },
    onFault: (fault) => {
      faults.add(fault);
    },
  };
  return { aids, notices: () => [...faults].map((fault) => FAULT_NOTICES[fault]) };
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

/** A passage that holds this share of a question is about all of it. */
const ONE_THING = 0.85;
/** The glossary with a model's words as neighbours of the question's terms; as it is without any. */
function withRelated(glossary: Glossary, question: string, words: readonly string[]): Glossary {
  if (words.length === 0) return glossary;
  const known = glossary.match(fold(question)).find(({ kind }) => kind === 'term' || kind === 'also');
  const term =
    known?.entry.term ??
    taggedWords(fold(question))
      .filter(({ word, tag }) => tag.startsWith('n') && word.length >= 2)
      .sort((a, b) => b.word.length - a.word.length)[0]?.word;
  if (term === undefined) return glossary;
  const entry = known?.entry ?? { term, also: [], everyday: [], english: [], related: [] };
  return new Glossary([{ ...entry, related: [...entry.related, ...words] }, ...glossary.entries]);
}

/** Passages looked at in each of several compared plans. */
const COMPARED_PASSAGES = 12;

/** Restricted assistants kept at a time, the last used ones. */
const ACCESS_LISTS = 64;

/** What misspellings are read as: the words that passages use, the names of plans and places, and the glossary's. */
function vocabulary(index: OpenIndex): Map<string, number> {
  const words = wordsOf(index.words);
  for (const { facts } of index.entries) {
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

const rowsOf = (plan: Plan): IndicatorRow[] => plan.indicators.map((i) => indicatorRow(plan, i));

function indicatorRow(plan: Plan, indicator: Indicator): IndicatorRow {
  const passage = passageAt(plan, indicator.start);
  return {
    ...indicator,
    plan: { id: plan.facts.id, title: plan.facts.title },
    citation: cite(plan, indicator, 1, passage?.id ?? ''),
    notes: indicator.notes.map((n) => plan.text.slice(n.start, n.end)),
  };
}
