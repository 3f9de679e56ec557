/**
 * What is evaluated: an assistant in this process, or a running server.
 * @module
 */
import type { Answer } from '../answer/types.ts';
import type { Assistant } from '../assistant.ts';
import { PlanText } from './match.ts';
import type { Located } from './metrics/citations.ts';
import type { Found } from './metrics/hits.ts';
import type { SuiteCase } from './suite.ts';

/** A passage as retrieved. */
export interface RetrievedPassage extends Found {
  readonly label: string;
  readonly score: number;
}

/** What happened to one question. */
export interface Observation {
  readonly answer?: Answer;
  /** Best first, at most ten. */
  readonly retrieved: readonly RetrievedPassage[];
  /** For each citation, then each related one: where its offsets stand. */
  readonly located: readonly (Located | undefined)[];
  /** Wall clock of the answer, in milliseconds. */
  readonly milliseconds: number;
  /** What went wrong, if it did. */
  readonly error?: string;
}

/** A plan as far as evaluation needs it. */
export interface PlanName {
  readonly id: string;
  readonly title: string;
  readonly shortNames: readonly string[];
}

/** An assistant under evaluation. */
export interface Target {
  /** For the report: in process with which index, or which server. */
  readonly name: string;
  /** How many questions it takes at a time unless told otherwise. */
  readonly jobs: number;
  plans(): Promise<readonly PlanName[]>;
  text(planId: string): Promise<string>;
  /** Never rejects: what goes wrong is in the observation. */
  observe(entry: SuiteCase): Promise<Observation>;
  close(): Promise<void>;
}

/** How many passages retrieval is measured on. */
export const DEPTH = 10;

/** An assistant opened in this process. It answers one question at a time, so that latencies are its own. */
export function inProcess(assistant: Assistant, options: { readonly jobs?: number } = {}): Target {
  const { passages, embedding } = assistant.index;
  return {
    name: `in process, ${passages} passages, ${embedding}`,
    jobs: options.jobs ?? 1,
    async plans() {
      return assistant.plans();
    },
    async text(planId) {
      return assistant.text(planId).text;
    },
    observe: (entry) =>
      observeWith(entry, {
        ask: (request) => assistant.ask(request),
        async search(query) {
          const found = await assistant.search({ query, k: DEPTH });
          return found.map((hit) => ({ ...hit, planId: hit.plan.id }));
        },
        async locate(planId, start, end) {
          return assistant.text(planId, { start, end }).node;
        },
      }),
    close: () => assistant.close(),
  };
}

/** A running server, asked over HTTP. */
export function overHttp(baseUrl: string, options: { readonly jobs?: number } = {}): Target {
  const base = baseUrl.replace(/\/+$/, '');
  const call = async (path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${base}/api/v1/${path}`, {
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    }).catch((error: Error) => {
      const cause = error.cause instanceof Error ? error.cause.message : error.message;
      throw new Error(`${base} 没有应答（${cause}）`);
    });
    const json = (await response.json().catch(() => undefined)) as Record<string, unknown> | undefined;
    if (!response.ok || json === undefined) {
      const message = (json?.error as { message?: string } | undefined)?.message ?? 'no JSON';
      throw new Error(`${base}/api/v1/${path}: HTTP ${response.status}: ${message}`);
    }
    return json;
  };
  const slice = async (planId: string, range = '') =>
    (await call(`plans/${encodeURIComponent(planId)}/text${range}`)) as {
      text: string;
      node: Located;
    };
  return {
    name: base,
    jobs: options.jobs ?? 4,
    async plans() {
      const json = await call('plans');
      const list = Array.isArray(json) ? json : (json as { plans: unknown }).plans;
      return (list as (Omit<PlanName, 'shortNames'> & { shortNames?: string[] })[]).map(
        ({ id, title, shortNames = [] }) => ({ id, title, shortNames }),
      );
    },
    async text(planId) {
      return (await slice(planId)).text;
    },
    observe: (entry) =>
      observeWith(entry, {
        async ask(request) {
          return (await call('ask', request)) as Answer;
        },
        async search(query) {
          const json = (await call('search', { query, k: DEPTH })) as { passages: SearchHit[] };
          return json.passages.map(toPassage);
        },
        async locate(planId, start, end) {
          return (await slice(planId, `?start=${start}&end=${end}`)).node;
        },
      }),
    async close() {},
  };
}

interface SearchHit extends Omit<RetrievedPassage, 'planId'> {
  readonly plan: string | { readonly id: string };
}

function toPassage({ plan, ...rest }: SearchHit): RetrievedPassage {
  return { ...rest, planId: typeof plan === 'string' ? plan : plan.id };
}

interface Calls {
  ask(request: { question: string; history?: SuiteCase['history'] }): Promise<Answer>;
  search(query: string): Promise<readonly RetrievedPassage[]>;
  locate(planId: string, start: number, end: number): Promise<Located>;
}

async function observeWith(entry: SuiteCase, calls: Calls): Promise<Observation> {
  const started = performance.now();
  let milliseconds = 0;
  try {
    const { question, history } = entry;
    const answer = await calls.ask({ question, ...(history.length > 0 && { history }) });
    milliseconds = performance.now() - started;
    // A follow-up is searched for as the assistant understood it: by itself it says too little to be found.
    const query = history.length > 0 ? answer.question : question;
    const retrieved = entry.gold.length > 0 ? await calls.search(query) : [];
    const located = await Promise.all(
      [...answer.citations, ...answer.related].map((c) =>
        calls.locate(c.plan.id, c.start, c.end).then(
          ({ path, label }): Located => ({ path, label }),
          () => undefined,
        ),
      ),
    );
    return {
      answer,
      retrieved: retrieved.slice(0, DEPTH).map(({ planId, start, end, text, path, label, score }) => ({
        planId,
        start,
        end,
        text,
        path,
        label,
        score,
      })),
      located,
      milliseconds,
    };
  } catch (error) {
    return {
      retrieved: [],
      located: [],
      milliseconds: milliseconds || performance.now() - started,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

/** The texts of all plans of a target, prepared for matching. */
export async function loadTexts(target: Target): Promise<Map<string, PlanText>> {
  const plans = await target.plans();
  const texts = await Promise.all(
    plans.map(async ({ id, title }) => new PlanText(id, title, await target.text(id))),
  );
  return new Map(texts.map((text) => [text.id, text]));
}
