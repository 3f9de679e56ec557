/** Programs as people start them, sharing one database: the commands, and servers that have nothing of their own. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ingest, openAssistant } from '../../src/assistant.ts';
import { addKey, verifyKey } from '../../src/channels/http/access/keys.ts';
import { openState } from '../../src/state/index.ts';
import { removeTemporary, smallCorpus, temporary } from '../index/temporary.ts';
import type { TestDatabase } from './database.ts';
import { startDatabase } from './database.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');
const SLOW = 240_000;

let database: TestDatabase;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  database = await startDatabase();
}, SLOW);
afterEach(async () => {
  await Promise.all([...running].map(stopped));
}, SLOW);
afterAll(async () => {
  await database.stop();
  removeTemporary();
});

/** Starts the command in a folder without a `.env`; what it says is collected. */
function start(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), CLI, ...args], {
    cwd: temporary('cwd'),
    env: { PATH: process.env.PATH, PORT: '0', STORE: database.url, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const said = { all: '' };
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said.all += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(said.all);
        if (found) resolve(found);
      };
      listeners.add(look);
      void ended.then(() => reject(new Error(`ended before it said ${pattern}: ${said.all}`)));
      look();
    });
  return { said, ended, says };
}

async function stopped(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await closed;
}

async function run(args: string[], env: Record<string, string>) {
  const { said, ended } = start(args, env);
  return { code: await ended, said: said.all };
}

const post = async (url: string, body: unknown) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

it(
  'what one ingests, servers without corpus or files answer from; what one is told, the other keeps',
  async () => {
    const corpus = smallCorpus(3);
    await ingest({ corpusDir: corpus, indexDir: temporary('index'), store: database.url });

    const folder = () => ({
      CORPUS_DIR: join(temporary('none'), 'corpus'),
      INDEX_DIR: temporary('copy'),
      DATA_DIR: join(temporary('none'), 'data'),
    });
    const folders = [folder(), folder()];
    const servers = folders.map((env) => start(['serve'], env));
    const urls = await Promise.all(servers.map(async ({ says }) => (await says(/规问已就绪：(\S+)/))[1]));

    const question = '第2号市改善水环境要落实什么责任制';
    const answers = await Promise.all(
      urls.map(async (url) => {
        const response = await post(`${url}/api/v1/ask`, { question });
        return (await response.json()) as { id: string; answer: string; citations: unknown[] };
      }),
    );
    expect(answers[0]?.citations.length).toBeGreaterThan(0);
    expect(answers[1]).toMatchObject({ answer: answers[0]?.answer, citations: answers[0]?.citations });

    // Of an answer that the first gave, the second is told what people thought.
    const told = await post(`${urls[1]}/api/v1/feedback`, { answerId: answers[0]?.id, rating: 'up' });
    expect(told.status).toBe(204);
    const state = await openState({ dataDir: '/nowhere', store: database.url });
    expect((await state.feedback.list()).map(({ answerId }) => answerId)).toEqual([answers[0]?.id]);
    expect((await state.answers.get(answers[1]?.id ?? ''))?.question).toBe(question);
    await state.close();

    // What is ingested anew, anywhere, both take while they serve.
    await ingest({ corpusDir: smallCorpus(5), indexDir: temporary('index'), store: database.url });
    for (const url of urls) {
      const plans = async () => ((await (await fetch(`${url}/api/v1/plans`)).json()) as { plans: [] }).plans;
      await expect.poll(plans, { timeout: 120_000, interval: 500 }).toHaveLength(5);
    }
    for (const { DATA_DIR } of folders) expect(existsSync(DATA_DIR)).toBe(false);
    for (const { said } of servers) expect(said.all).not.toContain('postgres:postgres');
  },
  SLOW,
);

it(
  'migrate takes the index and what lasts into the database and back to files that serve alone',
  async () => {
    await database.clear();
    const corpus = smallCorpus(2);
    const here = { CORPUS_DIR: corpus, INDEX_DIR: temporary('index'), DATA_DIR: temporary('data') };
    await ingest({ corpusDir: corpus, indexDir: here.INDEX_DIR });
    const local = await openState({ dataDir: here.DATA_DIR });
    await local.feedback.add({ answerId: 'a1', rating: 'down', comment: '不对', at: 7 });
    const { key } = await addKey(local.keys, { name: '门户', scopes: ['ask'] }, 7);
    await local.close();

    const there = await run(['migrate', '--to', 'postgres'], here);
    expect(there).toEqual({ code: 0, said: '索引已搬到数据库；搬了 2 条记录。\n' });
    const listed = await run(['keys', 'list'], { DATA_DIR: join(temporary('none'), 'data') });
    expect(listed.said).toContain('门户');

    const back = { CORPUS_DIR: corpus, INDEX_DIR: temporary('index'), DATA_DIR: temporary('data') };
    expect(await run(['migrate', '--to', 'files'], back)).toMatchObject({ code: 0 });
    const restored = await openState({ dataDir: back.DATA_DIR });
    expect((await restored.feedback.list()).map(({ comment }) => comment)).toEqual(['不对']);
    expect(await verifyKey(restored.keys, key, Date.now())).toMatchObject({ name: '门户' });
    await restored.close();
    const lines: string[] = [];
    const assistant = await openAssistant({
      corpusDir: corpus,
      indexDir: back.INDEX_DIR,
      log: (line) => lines.push(line),
    });
    const answer = await assistant.ask({ question: '第1号市改善水环境要落实什么责任制' });
    expect(answer.citations[0]?.quote).toContain('责任制');
    await assistant.close();
    // Nothing was built anew.
    expect(lines).toEqual([]);
  },
  SLOW,
);

it(
  'migrate says what it lacks: a direction, a database',
  async () => {
    expect(await run(['migrate'], {})).toMatchObject({
      code: 1,
      said: expect.stringMatching(/--to postgres/),
    });
    const nowhere = await run(['migrate', '--to', 'files'], { STORE: 'hnsw' });
    expect(nowhere).toMatchObject({ code: 1, said: expect.stringMatching(/请把 STORE 设为数据库的地址/) });
  },
  SLOW,
);
