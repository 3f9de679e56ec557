/** The SDK's own client, connected over real HTTP to the server over the project's own corpus. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterAll } from 'vitest';
import { url } from '../asking.ts';

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
