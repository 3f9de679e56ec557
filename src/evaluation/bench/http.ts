/**
 * The whole way over HTTP beside a Hono that says hello: autocannon in a thread of its own asks the same questions.
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import autocannon from 'autocannon';
import { Hono } from 'hono';
import { assistantOver } from '../../assistant.ts';
import { startServer } from '../../channels/http/serve.ts';
import { openState } from '../../state/index.ts';
import { head, ms, percentOf, row, timeEach, withDelay } from './measure.ts';
import type { World } from './world.ts';

const CONNECTIONS = [1, 8, 64];

/** Prints requests per second and latencies. @param seconds how long each is asked */
export async function measureHttp({ index, name, questions }: World, seconds: number): Promise<void> {
  const assistant = assistantOver(index);
  const dataDir = mkdtempSync(join(tmpdir(), 'guiwen-bench-'));
  const state = await openState({ dataDir });
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  server.use({ assistant, state });
  const hello = createServer(getRequestListener(new Hono().get('/', (c) => c.text('Hello')).fetch));
  await new Promise<void>((resolve) => hello.listen(0, '127.0.0.1', resolve));
  const helloUrl = `http://127.0.0.1:${(hello.address() as AddressInfo).port}`;
  const post = (path: string, bodies: readonly unknown[]) => ({
    url: server.url,
    requests: bodies.map((body) => ({
      method: 'POST' as const,
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })),
  });
  // Each question with every number of results: more requests than the assistant keeps results of.
  const everyK = Array.from({ length: 30 }, (_x, k) => k + 1);
  const anew = everyK.flatMap((k) => questions.map(({ question: query }) => ({ query, k })));
  try {
    const asked = questions.map((q) => q.question);
    let call = 0;
    const search = await timeEach(asked, (query) => assistant.search({ query, k: 10 + (call++ % 30) }));
    const ask = await timeEach(asked, (question) => assistant.ask({ question }));
    console.log(`## In process: ${name}, ${index.passages.length} passages\n`);
    head('call', 'p50', 'p95');
    row('search (hybrid: both indexes, fused, reranked)', ms(search.p50), ms(search.p95));
    row('ask', ms(ask.p50), ms(ask.p95));
    console.log(`\n## Over HTTP: ${name}, ${seconds} s each\n`);
    head(
      'route',
      'connections',
      'requests/s',
      'of hello-world',
      'p50',
      'p99',
      'failed',
      'event loop blocked at most',
    );
    for (const connections of CONNECTIONS) {
      let most = 0;
      for (const [route, target] of [
        ['Hono hello-world', { url: helloUrl }],
        ['`POST /api/v1/search`, each request new', post('/api/v1/search', anew)],
        [
          `\`POST /api/v1/search\`, ${questions.length} questions again and again`,
          post(
            '/api/v1/search',
            questions.map(({ question: query }) => ({ query })),
          ),
        ],
        [
          '`POST /api/v1/ask`',
          post(
            '/api/v1/ask',
            questions.map(({ question }) => ({ question })),
          ),
        ],
      ] as const) {
        const load = { ...target, connections, duration: seconds, workers: 1 };
        const { value: result, blockedMs } = await withDelay(() => autocannon(load as never));
        const perSecond = result.requests.average;
        most ||= perSecond;
        row(
          route,
          String(connections),
          perSecond.toFixed(0),
          percentOf(perSecond, most),
          ms(result.latency.p50),
          ms(result.latency.p99),
          String(result.errors + result.timeouts + result.non2xx),
          ms(blockedMs),
        );
      }
    }
    console.log();
  } finally {
    hello.close();
    hello.closeAllConnections();
    await server.stop();
    await assistant.close();
    await state.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
