/** A whole service over the shared corpus: the door, the guard and every route, with a state of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { addKey } from '../../../src/channels/http/access/keys.ts';
import { createApp } from '../../../src/channels/http/app.ts';
import type { NodeBindings } from '../../../src/channels/http/door.ts';
import { createLogger } from '../../../src/channels/http/observe/log.ts';
import type { ServiceOptions } from '../../../src/channels/http/service.ts';
import { openService } from '../../../src/channels/http/service.ts';
import { openSqliteState } from '../../../src/state/sqlite/index.ts';
import type { Scope, State } from '../../../src/state/types.ts';
import { openShared } from '../../opened-corpus.ts';

export const SECRET = Buffer.alloc(32, 7);

/** A state that is thrown away after the test file. */
export function temporaryState(): { state: State; dataDir: string } {
  const dataDir = mkdtempSync(join(tmpdir(), 'guiwen-served-'));
  const state = openSqliteState(dataDir);
  afterAll(async () => {
    await state.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { state, dataDir };
}

let shared: Promise<{ assistant: Assistant }> | undefined;

/** The assistant over the project's own corpus. */
export async function corpusAssistant(): Promise<Assistant> {
  shared ??= openShared();
  return (await shared).assistant;
}

/** A service, how to ask it as somebody, and what it logged. */
export async function serve(
  options: Partial<ServiceOptions> & { kept?: ReturnType<typeof temporaryState> } = {},
) {
  const { state, dataDir } = options.kept ?? temporaryState();
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const service = openService({
    assistant: options.assistant ?? (await corpusAssistant()),
    state,
    access: { host: '127.0.0.1', mode: 'none' },
    secret: SECRET,
    logger: createLogger({ level: 'debug' }, sink),
    ...options,
  });
  const fetch = (path: string, init: RequestInit = {}, env?: NodeBindings) =>
    service.door.fetch(new Request(`http://localhost${path}`, init), env);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const key = async (
    scopes: readonly Scope[],
    grant: { plans?: readonly string[]; expiresAt?: number } = {},
  ) => addKey(state.keys, { name: '测试', scopes, ...grant }, Date.now());
  const logged = () =>
    lines.flatMap((line) => line.split('\n').filter(Boolean)).map((line) => JSON.parse(line));
  return { ...service, state, dataDir, fetch, post, key, logged, lines };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A request that came over a connection from `peer`, with these headers. */
export function from(peer: string, headers: Record<string, string> = {}): NodeBindings {
  const incoming = { socket: { remoteAddress: peer }, headers: { host: 'localhost:8787', ...headers } };
  return { incoming } as unknown as NodeBindings;
}

/** Every route that the app behind the door has, as `[METHOD, pattern]`. */
export async function routesOf(): Promise<[string, string][]> {
  const { state } = temporaryState();
  const service = await serve({ reindex: { ingest: never, open: never } });
  const app = createApp({
    assistant: await corpusAssistant(),
    state,
    operations: {
      metrics: service.metrics,
      reindexing: service.reindexing,
      keys: state.keys,
      secret: SECRET,
    },
  });
  const seen = new Set<string>();
  return app.routes.flatMap(({ method, path }): [string, string][] => {
    // Middleware is mounted on everything.
    if (path === '/*' || path === '*' || seen.has(`${method} ${path}`)) return [];
    seen.add(`${method} ${path}`);
    return [[method === 'ALL' ? 'POST' : method, path]];
  });
}

const never = () => Promise.reject(new Error('not in this test'));
