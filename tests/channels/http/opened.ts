/** The project's own corpus, opened once per test file, over an index that is thrown away afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { openAssistant } from '../../../src/assistant.ts';
import { createApp } from '../../../src/channels/http/app.ts';
import { openSqliteState } from '../../../src/state/sqlite/index.ts';

/** The corpus that comes with the project. */
export const CORPUS = join(import.meta.dirname, '../../../corpus');

/** A state that is thrown away after the test file. */
const dataDir = mkdtempSync(join(tmpdir(), 'guiwen-state-'));
export const state = openSqliteState(dataDir);
afterAll(async () => {
  await state.close();
  rmSync(dataDir, { recursive: true, force: true });
});

export async function openCorpus(): Promise<Assistant> {
  const indexDir = mkdtempSync(join(tmpdir(), 'guiwen-http-'));
  const assistant = await openAssistant({ corpusDir: CORPUS, indexDir });
  afterAll(async () => {
    await assistant.close();
    rmSync(indexDir, { recursive: true, force: true });
  });
  return assistant;
}

/** The app over `assistant`, and what it logged. */
export function appOver(assistant: Assistant) {
  const logged: string[] = [];
  const app = createApp({
    assistant,
    state,
    log: (doing, error) => {
      logged.push(`${doing}: ${String(error)}`);
    },
  });
  const post = (path: string, body: unknown, init: RequestInit = {}) =>
    app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...init,
    });
  return { app, post, logged };
}

/** The error of a response, after checking that it has the contract's shape and says nothing of the inside. */
export async function errorOf(response: Response) {
  const text = await response.text();
  const { error, ...rest } = JSON.parse(text);
  const shape = Object.keys(error).filter((key) => !['code', 'message', 'details'].includes(key));
  const inside = /node_modules|\.ts\b| {4}at |\/work|\/home|\/tmp|Error:/.test(text);
  if (Object.keys(rest).length > 0 || shape.length > 0 || inside)
    throw new Error(`not an error of the contract: ${text}`);
  if (!/^[a-z]+(_[a-z]+)*$/.test(error.code) || !/\p{Script=Han}/u.test(error.message)) throw new Error(text);
  return { status: response.status, ...error } as {
    status: number;
    code: string;
    message: string;
    details?: unknown;
  };
}

/** The error of a response of `path`: below `/v1` in OpenAI's shape, of `/mcp` perhaps JSON-RPC's, else the contract's. */
export async function errorAt(path: string, response: Response) {
  const isRpc = path === '/mcp' && 'jsonrpc' in (await response.clone().json());
  if (!isRpc && !path.startsWith('/v1/')) return errorOf(response);
  const { error, ...rest } = await response.json();
  if (isRpc) {
    const shape = JSON.stringify([rest.jsonrpc, typeof error.code, typeof error.message]);
    if (shape !== '["2.0","number","string"]' || /node_modules|\.ts\b| {4}at /.test(error.message))
      throw new Error(`not an error of JSON-RPC: ${JSON.stringify(error)}`);
    return { status: response.status, ...error };
  }
  const { code, message, type, param, ...more } = error;
  if (Object.keys(rest).length > 0 || Object.keys(more).length > 0 || !/^[a-z_]+_error$/.test(type))
    throw new Error(`not an error of OpenAI's: ${JSON.stringify(error)}`);
  if (param !== null && typeof param !== 'string') throw new Error(`param: ${JSON.stringify(param)}`);
  return errorOf(Response.json({ error: { code, message } }, { status: response.status }));
}
