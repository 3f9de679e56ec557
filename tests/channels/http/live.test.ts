/** The corpus read anew while serving: no request fails, none is answered from two states of it. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { ingest, openAssistant } from '../../../src/assistant.ts';
import { createLogger } from '../../../src/channels/http/observe/log.ts';
import { createReindexing } from '../../../src/channels/http/reindex.ts';
import type { RunningServer, Services } from '../../../src/channels/http/serve.ts';
import { startServer } from '../../../src/channels/http/serve.ts';
import { watchFiles } from '../../../src/channels/http/watch.ts';
import { ingestApart } from '../../../src/operate.ts';
import { CORPUS } from '../../opened-corpus.ts';
import { errorOf } from './opened.ts';
import { corpusAssistant, serve, temporaryState } from './served.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'guiwen-live-'));
const DRAFT = '02-regional-chuanyu-pilot-zone-draft.txt';
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));

const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop(0)));
});

/** A plan whose every statement carries the mark of its version. */
const plan = (mark: string) =>
  [
    `# 青川湖流域保护规划${mark}`,
    ...Array.from(
      { length: 8 },
      (_x, i) =>
        `## 第${i + 1}节 青川湖任务${i + 1}\n\n到2025年，青川湖保护任务${i + 1}的投资为${mark}万元。`,
    ),
  ].join('\n\n');
const MARKS = ['1111', '2222', '3333'] as const;

let folders = 0;
function corpus() {
  const corpusDir = join(ROOT, `corpus${++folders}`);
  mkdirSync(corpusDir);
  copyFileSync(join(CORPUS, DRAFT), join(corpusDir, DRAFT));
  writeFileSync(join(corpusDir, 'lake.md'), plan(MARKS[0]));
  return { corpusDir, indexDir: join(ROOT, `index${folders}`) };
}

/** A server over a corpus of its own, read anew in another process as the command line has it. */
async function live(watch = false) {
  const dirs = corpus();
  await ingest(dirs);
  const { state } = temporaryState();
  const logged: string[] = [];
  const logger = createLogger(
    { level: 'info' },
    {
      write: (line) => {
        logged.push(line);
      },
    },
  );
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  const reindex = {
    ingest: () => ingestApart(dirs),
    open: () => openAssistant({ ...dirs, build: () => ingestApart(dirs) }),
    ...(watch ? { watch: dirs.corpusDir } : {}),
  };
  const services: Services = { assistant: await openAssistant(dirs), state, logger, reindex };
  server.use(services);
  const post = (path: string, body?: unknown) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const marks = async () =>
    marksIn(await (await post('/api/v1/search', { query: '青川湖保护任务投资', k: 20 })).text());
  return { ...dirs, server, post, marks, logged };
}

/** Ids are random, so only what stands where a mark does counts. */
const marksIn = (text: string) => [...new Set(text.match(/(?<=规划|投资为)(?:1111|2222|3333)/g))];

beforeAll(() => corpusAssistant(), 120_000);

test('under load, changed, added and removed documents come into use without a failed or mixed request', async () => {
  const { post, marks, corpusDir, server } = await live();
  expect(await marks()).toEqual([MARKS[0]]);
  let stop = false;
  let requests = 0;
  const seen = new Set<string>();
  const wrong: string[] = [];
  const client = async (n: number) => {
    const asks: [string, unknown][] = [
      ['/api/v1/search', { query: '青川湖保护任务投资', k: 20 }],
      ['/api/v1/ask', { question: '青川湖保护任务3和任务5的投资是多少？' }],
      ['/api/v1/ask', { question: '青川湖保护任务2的投资是多少？', stream: true }],
    ];
    for (let i = n; !stop; i++) {
      const [path, body] = asks[i % asks.length] as [string, unknown];
      try {
        const response = await post(path, body);
        const text = await response.text();
        const found = marksIn(text);
        if (response.status !== 200 || found.length !== 1 || /event: error/.test(text))
          wrong.push(`${path} ${response.status} ${found} ${text.slice(0, 300)}`);
        for (const mark of found) seen.add(mark);
        requests++;
        // So that the reading, which shares the machine, gets on.
        await new Promise((resolve) => setTimeout(resolve, 30));
      } catch (error) {
        wrong.push(String(error));
      }
    }
  };
  const clients = Array.from({ length: 3 }, (_x, n) => client(n));
  const reindex = async () => {
    const response = await post('/api/v1/admin/reindex');
    return { status: response.status, ...(await response.json()) };
  };
  writeFileSync(join(corpusDir, 'lake.md'), plan(MARKS[1]));
  writeFileSync(join(corpusDir, 'broken.pdf'), 'no pdf at all');
  const second = await reindex();
  expect(second).toMatchObject({ status: 200, documents: 2, reused: 1, skipped: [{ file: 'broken.pdf' }] });
  expect(second.skipped[0].message).toMatch(/\p{Script=Han}/u);
  writeFileSync(join(corpusDir, 'lake.md'), plan(MARKS[2]));
  rmSync(join(corpusDir, DRAFT));
  expect(await reindex()).toMatchObject({ status: 200, documents: 1, reused: 0 });
  await expect.poll(() => seen.size, { timeout: 30_000 }).toBe(3);
  stop = true;
  await Promise.all(clients);
  expect(wrong).toEqual([]);
  expect(requests).toBeGreaterThan(30);
  expect([...seen].sort()).toEqual([...MARKS]);
  const { plans } = (await (await fetch(`${server.url}/api/v1/plans`)).json()) as { plans: unknown[] };
  expect(plans).toHaveLength(1);
}, 180_000);

test('a corpus that cannot be used is told, and what was served is served still', async () => {
  const { post, marks, corpusDir, server, logged } = await live();
  rmSync(corpusDir, { recursive: true });
  const error = await errorOf(await post('/api/v1/admin/reindex'));
  expect(error).toMatchObject({ status: 409, code: 'corpus_unusable' });
  expect(error.message).toContain('照常服务');
  expect(await marks()).toEqual([MARKS[0]]);
  const status = await (await fetch(`${server.url}/api/v1/admin/reindex`)).json();
  expect(status).toMatchObject({ running: false, last: { error: error.message } });
  expect(logged.join('')).toContain(corpusDir);
}, 120_000);

test('a watched corpus is read anew by itself, once its files have come to rest', async () => {
  const { marks, corpusDir } = await live(true);
  // Halfway through the change another one: files are written in pieces.
  writeFileSync(join(corpusDir, 'lake.md'), plan(MARKS[1]));
  writeFileSync(join(corpusDir, 'lake.md'), plan(MARKS[2]));
  await expect.poll(marks, { timeout: 60_000, interval: 500 }).toEqual([MARKS[2]]);
}, 120_000);

describe('watching', () => {
  test('tells of what is added, changed and removed, once for each, and of nothing else', async () => {
    const folder = join(ROOT, 'watched');
    mkdirSync(join(folder, 'deeper'), { recursive: true });
    writeFileSync(join(folder, 'a.txt'), 'a');
    let changes = 0;
    const watch = watchFiles(folder, {
      everyMs: 20,
      onChange: async () => {
        changes++;
      },
    });
    const settle = () => new Promise((resolve) => setTimeout(resolve, 300));
    // What changed between opening the index and beginning to watch would be missed otherwise.
    await expect.poll(() => changes, { timeout: 10_000 }).toBe(1);
    await settle();
    expect(changes).toBe(1);
    for (const change of [
      () => writeFileSync(join(folder, 'deeper/b.txt'), 'b'),
      () => writeFileSync(join(folder, 'a.txt'), 'aa'),
      () => rmSync(join(folder, 'a.txt')),
    ]) {
      const before = changes;
      change();
      await expect.poll(() => changes, { timeout: 10_000 }).toBe(before + 1);
      await settle();
      expect(changes).toBe(before + 1);
    }
    watch.stop();
    writeFileSync(join(folder, 'c.txt'), 'c');
    await settle();
    expect(changes).toBe(4);
  });
});

describe('reading anew', () => {
  const quiet = { warn() {}, info() {}, error() {} } as never;
  const report = { documents: 1, reused: 0, passages: 1, seconds: 1, skipped: [], indexDir: '/srv' };

  test('asked for while it runs is done once more afterwards, for all who asked', async () => {
    let runs = 0;
    const gates: (() => void)[] = [];
    const { metrics } = await serve();
    const reindexing = createReindexing({
      ingest: () => {
        runs++;
        return new Promise((resolve) => gates.push(() => resolve(report)));
      },
      open: () => corpusAssistant(),
      use: async () => {},
      logger: quiet,
      metrics,
    });
    const first = reindexing.run();
    const others = [reindexing.run(), reindexing.run(), reindexing.run()];
    expect(runs).toBe(1);
    expect(reindexing.status().running).toBe(true);
    gates[0]?.();
    await first;
    await expect.poll(() => runs).toBe(2);
    gates[1]?.();
    expect(await Promise.all(others)).toHaveLength(3);
    expect(runs).toBe(2);
    expect(reindexing.status()).toMatchObject({ running: false, last: { report: { documents: 1 } } });
    expect(JSON.stringify(reindexing.status())).not.toContain('/srv');
  });
});

describe('the assistant before', () => {
  test('is closed when the last request that began with it ends, not before', async () => {
    const assistant = await corpusAssistant();
    let closed = 0;
    let finish: (() => void) | undefined;
    const old: Assistant = {
      ...assistant,
      close: async () => {
        closed++;
      },
      search: (request) =>
        new Promise((resolve) => {
          finish = () => resolve(assistant.search(request));
        }),
    };
    const { state } = temporaryState();
    const server = await startServer({ host: '127.0.0.1', port: 0 });
    servers.push(server);
    const service = server.use({ assistant: old, state });
    const slow = fetch(`${server.url}/api/v1/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"水"}',
    });
    await expect.poll(() => finish).toBeDefined();
    await service.door.swap(assistant);
    expect((await fetch(`${server.url}/api/v1/plans`)).status).toBe(200);
    expect(closed).toBe(0);
    finish?.();
    expect((await slow).status).toBe(200);
    await expect.poll(() => closed).toBe(1);
  });

  test('serves what a bot began with it, which goes on with the next', async () => {
    const assistant = await corpusAssistant();
    let closed = 0;
    let finish = () => {};
    const service = await serve({
      assistant: {
        ...assistant,
        close: async () => {
          closed++;
        },
        ask: (request) =>
          new Promise((resolve) => {
            finish = () => resolve(assistant.ask(request));
          }),
      },
    });
    const bot = service.door.following();
    const asked = bot.ask({ question: '四川的森林覆盖率' });
    await service.door.swap(assistant);
    expect(closed).toBe(0);
    finish();
    expect((await asked).status).toBe('answered');
    await expect.poll(() => closed).toBe(1);
    expect((await bot.ask({ question: '四川的森林覆盖率' })).status).toBe('answered');
  });
});
