/** The SDK's own client, connected over real HTTP to the server over the project's own corpus. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterAll, beforeAll } from 'vitest';
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
