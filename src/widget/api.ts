/**
 * The server as browsers see it. Nothing else is contacted, and no cookie is sent to another origin.
 * @module
 */
import type { Board } from './board/types.ts';
import type { Source } from './reader/types.ts';
import { readEvents } from './stream.ts';
import type { Answer, Indicator, OutlineNode, Plan, Turn } from './types.ts';

/**
 * A request failed. `message` is in Chinese and meant for the person; `code` is the contract's, or `offline` when
 * the server could not be reached and `interrupted` when it fell silent midway.
 */
export class ServerError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'ServerError';
    this.code = code;
  }
}

/** What is asked. */
export interface Question {
  readonly question: string;
  readonly history: readonly Turn[];
  readonly plans: readonly string[];
  readonly conversationId: string;
}

/** What is told while an answer is made. */
export interface Progress {
  readonly signal: AbortSignal;
  readonly onStatus: (text: string) => void;
  /** The next piece of the answer. */
  readonly onDelta: (text: string) => void;
}

/** The calls to one server. Every call throws {@link ServerError}, or the signal's AbortError. */
export type Api = ReturnType<typeof connect>;

/** The API at `server`, the address its pages are below, e.g. `https://plans.example.org`. */
export function connect(server: string) {
  const root = server.replace(/\/+$/, '');
  const send = async (path: string, body?: object, signal?: AbortSignal): Promise<Response> => {
    const response = await fetch(root + path, {
      credentials: 'same-origin',
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
      ...(signal && { signal }),
    }).catch((error: unknown) => {
      throw isAbort(error) ? error : new ServerError('offline', '连不上服务，请检查网络后再试。');
    });
    if (!response.ok) throw await refusal(response);
    return response;
  };
  const get = async <T>(path: string): Promise<T> => (await send(path)).json() as Promise<T>;

  return {
    root,
    /** The answer whole; its pieces are told as they come. */
    async ask(question: Question, { signal, onStatus, onDelta }: Progress): Promise<Answer> {
      const response = await send('/api/v1/ask', { ...question, stream: true }, signal);
      try {
        for await (const { name, data } of readEvents(response.body as ReadableStream<Uint8Array>)) {
          if (name === 'status') onStatus((data as { text: string }).text);
          if (name === 'delta') onDelta((data as { text: string }).text);
          if (name === 'error') throw asError(data);
          if (name === 'done') return data as Answer;
        }
      } catch (error) {
        if (isAbort(error) || error instanceof ServerError) throw error;
      }
      throw new ServerError('interrupted', '连接中断，回答不完整，请再试一次。');
    },
    async plans(): Promise<readonly Plan[]> {
      return (await get<{ plans: Plan[] }>('/api/v1/plans')).plans;
    },
    outline(plan: string): Promise<{ readonly plan: Plan; readonly outline: OutlineNode }> {
      return get(`/api/v1/plans/${encodeURIComponent(plan)}`);
    },
    /** A plan's whole text, or the stretch from `start` to `end`. */
    async text(plan: string, range?: { readonly start: number; readonly end: number }): Promise<string> {
      const query = range ? `?start=${range.start}&end=${range.end}` : '';
      return (await get<{ text: string }>(`/api/v1/plans/${encodeURIComponent(plan)}/text${query}`)).text;
    },
    async indicators(): Promise<readonly Indicator[]> {
      return (await get<{ indicators: Indicator[] }>('/api/v1/indicators')).indicators;
    },
    /** A plan as it is laid out for reading. */
    blocks(plan: string): Promise<Source> {
      return get(`/api/v1/plans/${encodeURIComponent(plan)}/blocks`);
    },
    /** What a person cites a stretch of a plan's text by. */
    async label(plan: string, { start, end }: { start: number; end: number }): Promise<string> {
      const path = `/api/v1/plans/${encodeURIComponent(plan)}/text?start=${start}&end=${end}`;
      return (await get<{ node: { label: string } }>(path)).node.label;
    },
    /** The indicators of all plans side by side. */
    board(): Promise<Board> {
      return get('/api/v1/indicators/board');
    },
    async feedback(answerId: string, rating: 'up' | 'down', comment?: string): Promise<void> {
      await send('/api/v1/feedback', { answerId, rating, ...(comment && { comment }) });
    },
    /** The answers as a Word document. */
    async export(answers: readonly string[]): Promise<Blob> {
      return (await send('/api/v1/export', { answers })).blob();
    },
    /** Where a citation's source is read. */
    sourceUrl({ plan, start, end }: { plan: { id: string }; start: number; end: number }): string {
      return `${root}/plans/${encodeURIComponent(plan.id)}#${start}-${end}`;
    },
  };
}

const isAbort = (error: unknown): boolean => (error as Error | undefined)?.name === 'AbortError';

async function refusal(response: Response): Promise<ServerError> {
  try {
    return asError(await response.json());
  } catch {
    return new ServerError('http_error', `服务暂时不可用（${response.status}），请稍后再试。`);
  }
}

/** The contract's error shape. */
function asError(body: unknown): ServerError {
  const { code, message } = (body as { error: { code: string; message: string } }).error;
  return new ServerError(code, message);
}
