/** `npm run mcp`, started by the SDK's own client, and its stdout byte by byte. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/answer/types.ts';
import type { Assistant } from '../../../src/assistant.ts';
import { InvalidRequestError } from '../../../src/assistant.ts';
import { serveStdio } from '../../../src/channels/mcp/stdio.ts';
import { openSqliteState } from '../../../src/state/sqlite/index.ts';
import type { State } from '../../../src/state/types.ts';
import { call, failure } from './calls.ts';

const ROOT = join(import.meta.dirname, '../../..');
const DRAFT = '02-regional-chuanyu-pilot-zone-draft.txt';
const folder = mkdtempSync(join(tmpdir(), 'guiwen-mcp-'));
const corpus = join(folder, 'corpus');
const dataDir = join(folder, 'data');
const env = {
  PATH: process.env.PATH as string,
  CORPUS_DIR: corpus,
  INDEX_DIR: join(folder, 'index'),
  DATA_DIR: dataDir,
};
const args = ['--import', import.meta.resolve('tsx'), join(ROOT, 'src/cli.ts'), 'mcp'];

beforeAll(() => {
  mkdirSync(corpus);
  copyFileSync(join(ROOT, 'corpus', DRAFT), join(corpus, DRAFT));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TIMEOUT = 120_000;

test('a client starts it, lists its tools, asks, and gets errors it can act upon', {
  timeout: TIMEOUT,
}, async () => {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args,
    env,
    cwd: folder,
    stderr: 'pipe',
  });
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  await client.connect(transport);
  expect((await client.listTools()).tools).toHaveLength(4);
  const { plans } = (await call<{ plans: { id: string; title: string }[] }>(client, 'read_plan')).structured;
  const question = '美丽中国先行区建设的总体要求是什么？';
  const { structured, text } = await call<Answer>(client, 'ask_plans', { question });
  expect(structured.citations[0]?.plan.id).toBe(plans[0]?.id);
  expect(text).toContain('**来源**');
  expect(await failure(client, 'read_plan', { plan: 'nowhere' })).toContain(plans[0]?.id);
  await client.close();
  expect(errors).toEqual([]);

  const state = openSqliteState(dataDir);
  expect(await state.answers.get(structured.id)).toMatchObject({ channel: 'mcp', question });
  await state.close();
});

test('stdout carries the protocol alone, even while the index is built, and it ends with stdin', {
  timeout: TIMEOUT,
}, async () => {
  rmSync(env.INDEX_DIR, { recursive: true, force: true });
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'test', version: '1' };
  send({
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
  });
  child.stdin.write('这不是 JSON\n');
  send({ id: 1, method: 'tools/call', params: { name: 'read_plan', arguments: {} } });
  await expect.poll(() => stdout, { timeout: 60_000 }).toContain('"id":1');
  child.stdin.end();
  expect(await ended).toBe(0);
  const messages = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(messages.map(({ id }) => id)).toEqual([0, 1]);
  expect(stderr).toContain('重建索引');
});

describe('when stdin ends', () => {
  /** A client that asks and then closes its end; `ask` is the assistant's. */
  async function askAndEnd(ask: Assistant['ask']) {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    let written = '';
    stdout.setEncoding('utf8').on('data', (chunk) => {
      written += chunk;
    });
    const assistant = { ask, plans: () => [], index: { builtAt: '' } } as unknown as Assistant;
    const answers = { add: async () => {} } as unknown as State['answers'];
    const served = serveStdio({ assistant, answers, log: () => {} }, { stdin, stdout });
    const params = { name: 'ask_plans', arguments: { question: '问' } };
    stdin.end(`${JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params })}\n`);
    return { served, written: () => written, ended: once(stdin, 'end') };
  }

  test('what was asked before is answered first', async () => {
    let finish: ((error: Error) => void) | undefined;
    const { served, written, ended } = await askAndEnd(
      () =>
        new Promise((_resolve, reject) => {
          finish = reject;
        }),
    );
    await ended;
    await expect.poll(() => finish !== undefined).toBe(true);
    finish?.(new InvalidRequestError('问题不清楚。'));
    await served;
    await expect.poll(written).toContain('\n');
    expect(JSON.parse(written())).toMatchObject({ id: 7, result: { isError: true } });
  });

  test('what takes too long is cancelled', async () => {
    let signal: AbortSignal | undefined;
    const { served, written } = await askAndEnd((_request, options) => {
      signal = options?.signal;
      return new Promise(() => {});
    });
    await served;
    expect(signal?.aborted).toBe(true);
    expect(written()).toBe('');
  });
});
