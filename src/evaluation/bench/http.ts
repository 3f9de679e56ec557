/**
 * The whole way over HTTP beside a Hono that says hello: autocannon in a thread of its own asks the same questions.
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import autocannon from 'autocannon';
import { Hono } from 'hono';
import pino from 'pino';
import { assistantOver } from '../../assistant.ts';
import { createLogger } from '../../channels/http/observe/log.ts';
import { startServer } from '../../channels/http/serve.ts';
import { openState } from '../../state/index.ts';
import { head, ms, percentOf, row, timeEach, withDelay } from './measure.ts';
import type { World } from './world.ts';

const CONNECTIONS = [1, 8, 64];

/** Prints requests per second and latencies. @param seconds how long each is asked */
export async function measureHttp({ index, name, questions }: World, seconds: number): Promise<void> {
  const assistant = assistantOver(index);
  const forgetful = assistantOver(index, undefined, {}, { searchesKept: 0 });
  const dataDir = mkdtempSync(join(tmpdir(), 'guiwen-bench-'));
  const state = await openState({ dataDir });
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  // Every request is logged, as it is by default, but nowhere.
  const logger = createLogger(
    { level: 'info' },
    pino.destination({ dest: devNull, sync: false, minLength: 4096 }),
  );
  server.use({ assistant, state, logger });
  const anew = await startServer({ host: '127.0.0.1', port: 0 });
  anew.use({ assistant: forgetful, state, logger });
  const passages = await assistant.search({ query: questions[0]?.question ?? '规划' });
  const bytes = new TextEncoder().encode(JSON.stringify({ passages }));
  const app = new Hono()
    .get('/', (c) => c.text('Hello'))
    .get('/bytes', (c) => c.body(bytes, 200, { 'content-type': 'application/json' }));
  const hello = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve) => hello.listen(0, '127.0.0.1', resolve));
  const helloUrl = `http://127.0.0.1:${(hello.address() as AddressInfo).port}`;
  const post = (url: string, path: string, body: (question: string) => unknown) => ({
    url,
    requests: questions.map(({ question }) => ({
      method: 'POST' as const,
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body(question)),
    })),
  });
  try {
    const asked = questions.map((q) => q.question);
    const search = await timeEach(asked, (query) => forgetful.search({ query }));
    const ask = await timeEach(asked, (question) => assistant.ask({ question }));
    console.log(`## In process: ${name}, ${index.passages.length} passages\n`);
    head('call', 'p50', 'p95', 'processor time');
    row('search (hybrid: both indexes, fused, reranked)', ms(search.p50), ms(search.p95), ms(search.cpu));
    row('ask', ms(ask.p50), ms(ask.p95), ms(ask.cpu));
    console.log(
      `\n## Over HTTP: ${name}, ${questions.length} questions again and again, ${seconds} s each\n`,
    );
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
    for (const query of asked) await assistant.search({ query });
    for (const connections of CONNECTIONS) {
      let most = 0;
      for (const [route, target] of [
        ['Hono hello-world', { url: helloUrl }],
        [`Hono, the ${(bytes.length / 1000).toFixed(0)} kB of one result`, { url: `${helloUrl}/bytes` }],
        [
          '`POST /api/v1/search`, nothing remembered',
          post(anew.url, '/api/v1/search', (query) => ({ query })),
        ],
        [
          '`POST /api/v1/search`, remembered (every question asked before)',
          post(server.url, '/api/v1/search', (query) => ({ query })),
        ],
        ['`POST /api/v1/ask`', post(server.url, '/api/v1/ask', (question) => ({ question }))],
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
    await Promise.all([server.stop(), anew.stop()]);
    await assistant.close();
    await state.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
