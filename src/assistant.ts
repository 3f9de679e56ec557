/**
 * The one door: ask, search, plans. Every channel and the evaluation use it and nothing below it.
 * @module
 */
import { answerFrom } from './answer/answer.ts';
import { cite } from './answer/citations.ts';
import type { Answer, AskEvent, AskRequest, Citation, PlanSummary } from './answer/types.ts';
import type { EmbeddingSettings, ModelEndpoint } from './config.ts';
import { embeddingFor } from './embedding/configured.ts';
import type { IngestProgress, IngestReport } from './index/build.ts';
import { buildIndex } from './index/build.ts';
import { IndexError } from './index/manifest.ts';
import type { OpenIndex } from './index/open.ts';
import { openIndex, rememberedEmbedding } from './index/open.ts';
import { fold, squash } from './language/normalise.ts';
import { isConfigured } from './models/endpoint.ts';
import { locate, passageAt } from './plan/locate.ts';
import type { Indicator, OutlineNode, Plan } from './plan/types.ts';
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
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly log?: (line: string) => void;
  /** Where vectors come from; the built-in embedding if left out. */
  readonly embedding?: EmbeddingSettings;
  /** Puts found passages in order; none if left out. */
  readonly rerank?: ModelEndpoint;
}

/** Questions to answers, over one corpus. */
export interface Assistant {
  /** @throws UnknownPlanError, InvalidRequestError; the signal's reason if it is aborted */
  ask(
    request: AskRequest,
    options?: { readonly signal?: AbortSignal; readonly onEvent?: (event: AskEvent) => void },
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
  const remembered = rememberedEmbedding(options.indexDir);
  const embedding = await embeddingFor(options.embedding, { remembered, log: options.log });
  return buildIndex({ ...options, embedding });
}

/**
 * Opens the index of a corpus; one that is missing, stale, damaged or foreign is named in the log and built anew.
 * @throws CorpusError if the corpus is missing, empty or its plans.yaml invalid
 * @throws EndpointError, OnnxError if the embedding that is configured cannot be used
 */
export async function openAssistant(options: AssistantOptions): Promise<Assistant> {
  const remembered = rememberedEmbedding(options.indexDir);
  const embedding = await embeddingFor(options.embedding, { remembered, log: options.log });
  const open = () => openIndex(options.indexDir, options.corpusDir, embedding);
  let index: OpenIndex;
  try {
    index = await open();
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    options.log?.(`重建索引：${error.message}`);
    await buildIndex({ ...options, embedding });
    index = await open();
  }
  const rerank = isConfigured(options.rerank)
    ? (await import('./models/rerank.ts')).rerankerFor(options.rerank)
    : undefined;
  return assistantOver(index, undefined, { rerank });
}

/** What models do for an assistant beside its index. */
export interface AssistantModels {
  readonly rerank?: Rerank | undefined;
}

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
  const find = async (question: string, plans: readonly string[], k: number, aids: SearchAids) => {
    const query = understand(
      question,
      index.glossary,
      scopes.find(question, plans.map(number)),
      index.plans.length,
    );
    const hitsOf = (plan: number) =>
      searchPassages(
        index,
        { ...query, scope: { ...query.scope, only: [plan], preferred: [] } },
        COMPARED_PASSAGES,
        aids,
      );
    return { query, hits: await searchPassages(index, query, k, aids), hitsOf };
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
  return {
    async ask(request, options = {}) {
      const began = performance.now();
      const question = request.question.trim();
      if (question === '') throw new InvalidRequestError('问题是空的。');
      options.onEvent?.({ type: 'status', text: '正在查找规划原文' });
      const earlier = (request.history ?? [])
        .filter((turn) => turn.role === 'user')
        .map((turn) => turn.content);
      const resolved = await resolveFollowUp(question, earlier, scopes, async (reading) => {
        const { hits } = await find(reading, request.plans ?? [], 5, {});
        return hits.some((hit) => hit.full >= ONE_THING);
      });
      const { question: spelled, corrections } = speller.correct(resolved, known);
      const { aids, notices } = aidsOfOneAnswer(models);
      const found = await find(spelled, request.plans ?? [], 24, aids);
      options.signal?.throwIfAborted();
      const understood = await answerFrom(corrections.length > 0 ? spelled : resolved, found, index, now());
      const answer = {
        ...understood,
        notices: [
          ...corrections.map(({ from, to }) => `按“${to}”理解“${from}”。`),
          ...understood.notices,
          ...notices(),
        ],
      };
      options.onEvent?.({ type: 'delta', text: answer.answer });
      return { ...answer, tookMs: Math.round((performance.now() - began) * 100) / 100 };
    },
    async search({ query, k = 10, plans = [] }) {
      const key = JSON.stringify([query, k, plans]);
      const before = searched.get(key);
      if (before) return before;
      const { aids, notices } = aidsOfOneAnswer(models);
      const found = await find(speller.correct(query, known).question, plans, k, aids);
      const hits = found.query.compared.length >= 2 ? await inTurn(found, k) : found.hits;
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
    indicators({ name, plan } = {}) {
      if (plan !== undefined) number(plan);
      const wanted = name === undefined ? '' : squash(name);
      return indicatorRows().filter(
        (i) => (plan === undefined || i.planId === plan) && squash(i.name).includes(wanted),
      );
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
/** Passages looked at in each of several compared plans. */
const COMPARED_PASSAGES = 12;

/** What misspellings are read as: the words that passages use, the names of plans and places, and the glossary's. */
function vocabulary(index: OpenIndex): Map<string, number> {
  const words = new Map(index.words);
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
