/**
 * The door: every request comes in here. It finds out who asks, how often they may, and which plans they may see,
 * and hands the request to an app over an assistant that knows these plans only. Another index is put in use here,
 * too: a request stays with the assistant it began with.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getPath } from 'hono/utils/url';
import type { Assistant } from '../../assistant.ts';
import { following } from '../following.ts';
import type { Viewer, Visit } from '../visit.ts';
import { during } from '../visit.ts';
import type { Access } from './access/access.ts';
import type { Connection } from './access/addresses.ts';
import type { Admission } from './access/guard.ts';
import type { LimitState } from './access/limits.ts';
import { scopesFor } from './access/scopes.ts';
import { ApiError, describeError } from './errors.ts';
import type { Logger } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Tracing } from './observe/tracing.ts';

/** What node-server passes along with a request; a test may leave it out. */
export interface NodeBindings {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
}

/** Answers requests. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>;

/** What the door works with. */
export interface DoorOptions {
  readonly assistant: Assistant;
  /** Makes the app over an assistant. */
  readonly appOver: (assistant: Assistant) => { readonly fetch: Fetch };
  /** Times and counts what an assistant answers. */
  readonly observe: (assistant: Assistant) => Assistant;
  readonly access: Access;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | undefined;
}

/** The way in. */
export interface Door {
  fetch(request: Request, env?: NodeBindings): Promise<Response>;
  /** From now on requests are answered by another assistant; the one before is closed when its last request ends. */
  swap(assistant: Assistant): Promise<void>;
  /**
   * For what runs beside requests, such as a bot's socket: every call goes to the assistant then in use, with the
   * plans of whoever has no list of their own.
   */
  following(): Assistant;
  /** What is served. */
  index(): Assistant['index'];
  /** No more requests will come: the assistant in use is closed when the last one ends. */
  close(): void;
}

/** Apps kept at a time, one for each list of plans. */
const APPS = 64;

/** An assistant in use, and the requests that began with it. */
interface Generation {
  readonly assistant: Assistant;
  readonly apps: Map<string, { readonly fetch: Fetch; readonly plans: readonly string[] | undefined }>;
  running: number;
  retired: boolean;
}

/** Opens the door. */
export function openDoor(options: DoorOptions): Door {
  const { appOver, observe, access, logger, metrics, tracing } = options;
  const begin = (assistant: Assistant): Generation => ({
    assistant: observe(assistant),
    apps: new Map(),
    running: 0,
    retired: false,
  });
  let current = begin(options.assistant);
  const restricted = (assistant: Assistant, plans: readonly string[] | undefined) =>
    plans ? assistant.restrictedTo(plans) : assistant;

  const appFor = (generation: Generation, plans: readonly string[] | undefined) => {
    const key = plans === undefined ? '*' : JSON.stringify(knownOf(generation.assistant, plans));
    let app = generation.apps.get(key);
    if (app) generation.apps.delete(key);
    else if (generation.apps.size >= APPS)
      generation.apps.delete(generation.apps.keys().next().value as string);
    app ??= { fetch: appOver(restricted(generation.assistant, plans)).fetch, plans };
    generation.apps.set(key, app);
    return app;
  };
  const release = (generation: Generation) => {
    generation.running--;
    closeIfDone(generation);
  };
  const closeIfDone = (generation: Generation) => {
    if (!generation.retired || generation.running > 0) return;
    generation.assistant.close().catch((error) => logger.error({ err: error }, 'close index'));
  };
  /** Calls go to the assistant in use when they are made, which is not closed before they end. */
  const followingOf = (choose: (assistant: Assistant) => Assistant): Assistant => {
    const held = async <T>(call: (assistant: Assistant) => Promise<T>): Promise<T> => {
      const generation = current;
      generation.running++;
      try {
        return await call(choose(generation.assistant));
      } finally {
        release(generation);
      }
    };
    const plain = following(() => choose(current.assistant));
    return Object.defineProperties({} as Assistant, {
      ...Object.getOwnPropertyDescriptors(plain),
      ...Object.getOwnPropertyDescriptors({
        ask: (request, options) => held((assistant) => assistant.ask(request, options)),
        search: (request) => held((assistant) => assistant.search(request)),
        restrictedTo: (plans) => followingOf((assistant) => choose(assistant).restrictedTo(plans)),
      } satisfies Partial<Assistant>),
    });
  };
  appFor(current, access.plans);

  return {
    async fetch(request, env = {}) {
      const beganAt = Date.now();
      const began = performance.now();
      const connection = connectionOf(request, env);
      const path = getPath(request);
      // Whoever is admitted, they are answered by the index that is in use when they come in.
      const generation = current;
      generation.running++;
      const admission = await admit(access, path, connection);
      const { viewer } = admission.visit;
      let over = false;
      const finish = (status: number, aborted = false) => {
        if (over) return;
        over = true;
        release(generation);
        const ms = performance.now() - began;
        const { method } = request;
        const { route, visit } = admission;
        metrics.request({ method, route, status }, ms);
        countRefusal(metrics, status, admission);
        const quiet = QUIET.has(path) && status < 500;
        logger[status >= 500 ? 'error' : quiet ? 'debug' : 'info'](
          {
            requestId: visit.id,
            method,
            route,
            path: path.slice(0, 200),
            status,
            ms: Math.round(ms * 100) / 100,
            ...(viewer?.id ? { viewer: viewer.id } : {}),
            ...(aborted ? { aborted } : {}),
          },
          'request',
        );
        const { stages } = visit;
        const traceparent = connection.header('traceparent');
        tracing?.record({
          method,
          route,
          status,
          requestId: visit.id,
          beganAt,
          endedAt: beganAt + ms,
          stages,
          traceparent,
        });
      };
      env.outgoing?.once('close', () =>
        finish(env.outgoing?.statusCode ?? 0, env.outgoing?.writableFinished === false),
      );
      try {
        // Open addresses, too, get an app with the plans of whoever has no list.
        const { fetch } = appFor(generation, viewer ? viewer.plans : access.plans);
        const response = await during(admission.visit, () => fetch(request, { ...env, admission }));
        if (!env.outgoing) finish(response.status);
        return response;
      } catch (error) {
        if (!env.outgoing) finish(500);
        throw error;
      }
    },
    async swap(assistant) {
      const before = current;
      const next = begin(assistant);
      // Made beforehand, one by one: the first requests find their apps ready, and nobody waits for long meanwhile.
      for (const { plans } of [...before.apps.values()]) {
        appFor(next, plans);
        await new Promise((resolve) => setImmediate(resolve));
      }
      current = next;
      before.retired = true;
      closeIfDone(before);
    },
    following: () => followingOf((assistant) => restricted(assistant, access.plans)),
    index: () => current.assistant.index,
    close() {
      current.retired = true;
      closeIfDone(current);
    },
  };
}

/** Asked for every few seconds by machines. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

/** Who asks, and whether they may ask now. */
async function admit(access: Access, path: string, connection: Connection): Promise<Admission> {
  const sent = connection.header('x-request-id');
  const id = sent !== undefined && /^[\w.:-]{1,100}$/.test(sent) ? sent : randomUUID();
  const admission = (
    viewer: Viewer | undefined,
    refusal?: ApiError,
    limits: readonly LimitState[] = [],
  ): Admission => {
    const visit: Visit = { id, viewer, stages: [] };
    return { visit, refusal, limits, route: 'other' };
  };
  if (scopesFor(path).length === 0) return admission(undefined);
  const limits = access.limitAddress(connection);
  if (limits.some(({ allowed }) => !allowed)) return admission(undefined, tooMany(limits), limits);
  try {
    const viewer = await access.identify(connection);
    const all = [...access.limitViewer(viewer), ...limits];
    const refusal = all.every(({ allowed }) => allowed) ? undefined : tooMany(all);
    return admission(viewer, refusal, all);
  } catch (error) {
    const { status, body } = describeError(error);
    const { code, message, details } = body.error;
    return admission(undefined, new ApiError(status, code, message, details), limits);
  }
}

function tooMany(limits: readonly LimitState[]): ApiError {
  const seconds = Math.max(...limits.filter(({ allowed }) => !allowed).map((limit) => limit.seconds));
  return new ApiError(429, 'rate_limited', `请求太频繁，请 ${seconds} 秒后再试。`);
}

function countRefusal(metrics: Metrics, status: number, { refusal }: Admission): void {
  if (status === 429) metrics.refused('rate_limited');
  else if (status === 401) metrics.refused('unauthorized');
  else if (status === 403) metrics.refused('forbidden');
  else if (status === 503 && refusal) metrics.refused('unavailable');
}

/** The ids that are plans' here, so that lists which come to the same share an app. */
function knownOf(assistant: Assistant, plans: readonly string[]): readonly string[] {
  const wanted = new Set(plans);
  return assistant.plans().flatMap(({ id }) => (wanted.has(id) ? [id] : []));
}

function connectionOf(request: Request, { incoming }: NodeBindings): Connection {
  if (!incoming) return { peer: undefined, header: (name) => request.headers.get(name) ?? undefined };
  return {
    peer: incoming.socket.remoteAddress,
    header: (name) => {
      const value = incoming.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  };
}
