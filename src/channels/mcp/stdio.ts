/**
 * MCP over standard input and output, for clients that start the server themselves.
 * @module
 */
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Assistant } from '../../assistant.ts';
import type { McpOptions } from './server.ts';
import { createMcpServer } from './server.ts';

/** What still runs when stdin ends has this long to be answered: clients wait about 2 s before they kill. */
const GRACE_MS = 1_500;

/**
 * Serves the client on stdin and stdout until it closes stdin; what it asked before is answered, or cancelled if
 * that takes long. Stdout must carry the protocol alone: the caller sees to it that nothing else is written there.
 */
export async function serveStdio(
  { assistant, ...options }: McpOptions & { readonly assistant: Assistant },
  { stdin = process.stdin, stdout = process.stdout }: { stdin?: Readable; stdout?: Writable } = {},
): Promise<void> {
  const server = createMcpServer(() => assistant, options);
  const transport = new StdioServerTransport(stdin, stdout);
  const ended = new Promise<void>((resolve) => {
    stdin.once('end', resolve).once('close', resolve);
    // Somebody who reads no more wants no more.
    stdout.once('error', () => resolve());
    server.server.onclose = resolve;
  });
  // Before it is connected: what waits on stdin is read at once.
  const answered = watchRequests(transport);
  await server.connect(transport);
  await ended;
  await Promise.race([answered(), sleep(GRACE_MS, undefined, { ref: false })]);
  await server.close();
}

/** Watches requests come and responses go; the function given waits until there are as many of both. */
function watchRequests(transport: StdioServerTransport): () => Promise<void> {
  const open = new Set<unknown>();
  let settle = () => {};
  // The protocol calls this one before its own.
  transport.onmessage = (message) => {
    if ('method' in message && 'id' in message) open.add(message.id);
  };
  const send = transport.send.bind(transport);
  transport.send = async (message) => {
    await send(message);
    if (!('method' in message) && 'id' in message) open.delete(message.id);
    if (open.size === 0) settle();
  };
  return () =>
    new Promise((resolve) => {
      settle = resolve;
      if (open.size === 0) resolve();
    });
}
