/**
 * MCP over standard input and output, for clients that start the server themselves.
 * @module
 */
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { McpOptions } from './server.ts';
import { createMcpServer } from './server.ts';

/**
 * Serves the client on stdin and stdout until it closes stdin, then cancels what still runs. From here on stdout
 * carries the protocol alone: what libraries log there goes to stderr.
 */
export async function serveStdio(options: McpOptions): Promise<void> {
  console.log = console.info = console.debug = console.error;
  const server = createMcpServer(options);
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve);
    // Somebody who reads no more wants no more.
    process.stdout.once('error', () => resolve());
    server.server.onclose = resolve;
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}
