/** A chat and rerank endpoint that fails in every way one by turns. @module */
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How one request is answered; each kind gets its turn. */
const TURNS: readonly ((response: ServerResponse, documents: number) => void)[] = [
  good,
  (response) => response.writeHead(500).end('{"error":{"message":"planned"}}'),
  good,
  // Never answered: the caller gives up.
  () => {},
  good,
  (response) => response.destroy(),
  (response) => response.writeHead(429, { 'retry-after': '1' }).end(),
  good,
  (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":'),
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"index":0,"delta":{"content":"断"}}]}\n\n', () => response.destroy());
  },
];

/** A running endpoint. */
export interface FaultyEndpoint {
  readonly url: string;
  /** Requests so far. */
  asked(): number;
  close(): Promise<void>;
}

/** Listens on loopback at any free port. */
export async function faultyEndpoint(): Promise<FaultyEndpoint> {
  let asked = 0;
  const server = createServer((request, response) => {
    const turn = TURNS[asked++ % TURNS.length] as (typeof TURNS)[number];
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => turn(response, documentsIn(body)));
    request.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** How many documents are to be reranked; 0 if a chat completion is asked for. */
function documentsIn(body: string): number {
  try {
    return (JSON.parse(body) as { documents?: unknown[] }).documents?.length ?? 0;
  } catch {
    return 0;
  }
}

function good(response: ServerResponse, documents: number): void {
  if (documents > 0) {
    const results = Array.from({ length: documents }, (_x, index) => ({
      index,
      relevance_score: 1 / (index + 1),
    }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ results }));
    return;
  }
  // What no passage supports: it is checked, asked for once more, and given up.
  const chunk = {
    choices: [{ index: 0, delta: { content: '湖泊面积达到九千平方公里[c1]。' }, finish_reason: null }],
  };
  const end = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`data: ${JSON.stringify(chunk)}\n\ndata: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`);
}
