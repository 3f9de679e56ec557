/** The SDK's own client, connected over real HTTP to the server over the project's own corpus. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import type { State } from '../../../src/state/types.ts';
import { openShared } from '../../opened-corpus.ts';
import { serve } from '../served.ts';

export let real: Assistant;
export let url = '';
/** A server that people reach at https://plans.example.org. */
export let linkedUrl = '';
export let state: State;
/** What stands in for `assistant.ask` in the test at hand; the real one if undefined. */
let ask: Assistant['ask'] | undefined;

beforeAll(async () => {
  real = (await openShared()).assistant;
  const assistant: Assistant = { ...real, ask: (request, options) => (ask ?? real.ask)(request, options) };
  ({ url, state } = await serve(assistant));
  linkedUrl = (await serve(assistant, { publicUrl: 'https://plans.example.org' })).url;
}, 120_000);

const clients: Client[] = [];
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
});

/** A client that has initialised; listing the tools makes it check what they give against their schemas. */
export async function connect(base = url) {
  const transport = new StreamableHTTPClientTransport(new URL(`${base}/mcp`));
  const client = new Client({ name: 'test', version: '1' });
  clients.push(client);
  await client.connect(transport as Transport);
  await client.listTools();
  return { client, transport };
}

/** Runs `body` with another `ask`. */
export async function asking<T>(other: Assistant['ask'], body: () => Promise<T>): Promise<T> {
  ask = other;
  try {
    return await body();
  } finally {
    ask = undefined;
  }
}

/** A call's structured content and its text. */
export async function call<T>(client: Client, name: string, args: object = {}) {
  const result = (await client.callTool({ name, arguments: { ...args } })) as CallToolResult;
  const [content] = result.content;
  if (result.isError || content?.type !== 'text') throw new Error(JSON.stringify(result));
  return { structured: result.structuredContent as T, text: content.text };
}

/** The message of a call that fails, in Chinese and with nothing of the inside in it. */
export async function failure(client: Client, name: string, args: object = {}): Promise<string> {
  const { isError, structuredContent, content } = (await client.callTool({
    name,
    arguments: { ...args },
  })) as CallToolResult;
  expect([isError, structuredContent, content.length]).toEqual([true, undefined, 1]);
  const text = content[0]?.type === 'text' ? content[0].text : '';
  expect(text).toMatch(/\p{Script=Han}/u);
  expect(text).not.toMatch(/node_modules|\.ts\b| {4}at |\/work|\/tmp|\/srv|Error/);
  return text;
}
