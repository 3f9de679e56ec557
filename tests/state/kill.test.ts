/**
 * `kill -9` at any moment: no acknowledged write is lost, store and index stay readable. KILLS says how many times;
 * `npm run kill-test -- --times 200` sets it.
 */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { IndexError } from '../../src/index/manifest.ts';
import { openState } from '../../src/state/index.ts';
import { build, open, planText, removeTemporary, smallCorpus, temporary } from '../index/temporary.ts';

const KILLS = Number(process.env.KILLS ?? 8);
const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
/** A handful kill a whole server; the rest what it writes with, which starts in a moment. */
const SERVERS = Math.max(1, Math.round(KILLS * 0.03));
const WRITERS = Math.max(1, KILLS - SERVERS);

afterAll(removeTemporary);

/** A process, all it printed so far, and its end. */
function run(file: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    said.err += chunk;
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('close', (_code, signal) => resolve(signal)),
  );
  return { child, said, ended };
}

/** Whole lines: one that was being printed was acknowledged, too, but nobody can know. */
const lines = (text: string) => text.split('\n').slice(0, -1);

/** Waits until a process has printed something; a process that ends before that has failed. */
async function printed({ said, ended }: ReturnType<typeof run>, what: string | RegExp) {
  const failed = ended.then((signal) => {
    throw new Error(`ended (${signal}): ${said.err}`);
  });
  const seen = expect.poll(() => said.out, { timeout: 120_000, interval: 5 }).toMatch(what);
  await Promise.race([seen, failed]);
  failed.catch(() => {});
}

/** Spread over the moments of a write, a commit and a checkpoint, differently in each round. */
const moment = (round: number) => (round * 37) % 101;

function expectSound(dataDir: string) {
  const database = new Database(join(dataDir, 'guiwen.sqlite'));
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
}

/** What of `acknowledged` ("feedback w-1") the store does not hold. */
async function lostOf(dataDir: string, acknowledged: readonly string[], names: readonly string[]) {
  const state = await openState({ dataDir });
  const kept = new Set<string>();
  for (const { comment } of await state.feedback.list()) kept.add(`feedback ${comment}`);
  for (const name of names) {
    const { turns } = await state.conversations.get(name, 1_000_000);
    for (const { content } of turns) kept.add(`conversation ${content}`);
  }
  for (const { id } of await state.events.unfinished('slack')) kept.add(`event ${id}`);
  await state.close();
  return acknowledged.filter((line) => !line.startsWith('index') && !kept.has(line));
}

test(
  `two processes that write to one store while one builds an index lose nothing, killed ${WRITERS} times`,
  async () => {
    const [one, other] = [smallCorpus(2), smallCorpus(2)];
    writeFileSync(join(other, '3.txt'), planText(3));
    const indexDir = temporary('index');
    await build(one, indexDir);
    let dataDir = temporary('killed');
    let acknowledged: string[] = [];
    let names: string[] = [];
    let [writes, swaps] = [0, 0];
    for (let round = 0; round < WRITERS; round++) {
      // A store that grows for ever takes ever longer to read through.
      if (round % 20 === 0) [dataDir, acknowledged, names] = [temporary('killed'), [], []];
      const pair = [`${round}a`, `${round}b`] as const;
      const writers = [
        run(join(HERE, 'writer.ts'), [dataDir, pair[0]]),
        run(join(HERE, 'writer.ts'), [dataDir, pair[1], indexDir, other, one]),
      ];
      // Now and then while they open the store, or build their first index.
      if (round % 10 === 9) await sleep(150 + moment(round) * 3);
      else if (round % 3 === 0) await Promise.all(writers.map((writer) => printed(writer, /event/)));
      else await printed(writers[1] as (typeof writers)[1], /index/);
      await sleep(moment(round));
      for (const { child } of writers) child.kill('SIGKILL');
      const ends = await Promise.all(writers.map(({ ended }) => ended));
      expect(ends, writers.map((writer) => writer.said.err).join()).toEqual(['SIGKILL', 'SIGKILL']);
      const said = writers.flatMap((writer) => lines(writer.said.out));
      acknowledged.push(...said);
      names.push(...pair);
      swaps += said.filter((line) => line.startsWith('index')).length;
      writes += said.length;

      expectSound(dataDir);
      expect(await lostOf(dataDir, acknowledged, names)).toEqual([]);
      const found = await open(one, indexDir).catch((error) => {
        // The other corpus's; anything else is not to be read.
        expect(error).toBeInstanceOf(IndexError);
        return open(other, indexDir);
      });
      expect([2, 3]).toContain(found.plans.length);
    }
    expect(swaps).toBeGreaterThan(WRITERS / 3);
    expect(writes - swaps).toBeGreaterThan(WRITERS * 2);
    process.stdout.write(
      `${WRITERS} kills: ${writes - swaps} writes acknowledged, none lost; ${swaps} swaps\n`,
    );
  },
  60_000 + WRITERS * 30_000,
);

test(
  `a server under load lost nothing that it answered for, killed ${SERVERS} times`,
  async () => {
    const env = {
      CORPUS_DIR: smallCorpus(2),
      INDEX_DIR: temporary('index'),
      DATA_DIR: temporary('data'),
      PORT: '0',
    };
    const answered: string[] = [];
    const rated: string[] = [];
    for (let round = 0; round < SERVERS; round++) {
      const server = run(join(ROOT, 'src/cli.ts'), ['serve'], env);
      await printed(server, /已就绪：(http\S+)\n/);
      const url = /已就绪：(\S+)/.exec(server.said.out)?.[1];
      const post = (path: string, body: object) =>
        fetch(url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
      let acknowledged = 0;
      const client = async () => {
        for (;;) {
          const response = await post('/api/v1/ask', { question: '第1号市的水环境质量如何？' });
          const { id } = (await response.json()) as { id: string };
          answered.push(id);
          const rating = await post('/api/v1/feedback', { answerId: id, rating: 'up', comment: id });
          if (rating.status === 204) rated.push(id);
          acknowledged++;
        }
      };
      const clients = Array.from({ length: 8 }, () => client().catch(() => {}));
      await expect.poll(() => acknowledged, { timeout: 60_000, interval: 5 }).toBeGreaterThan(20);
      await sleep(moment(round));
      server.child.kill('SIGKILL');
      await Promise.all([server.ended, ...clients]);

      expectSound(env.DATA_DIR);
      const state = await openState({ dataDir: env.DATA_DIR });
      for (const id of answered) expect(await state.answers.get(id), id).toBeDefined();
      const kept = new Set((await state.feedback.list()).map(({ comment }) => comment));
      await state.close();
      expect(rated.filter((id) => !kept.has(id))).toEqual([]);
      expect(rated.length).toBeGreaterThan(10 * (round + 1));
      expect((await open(env.CORPUS_DIR, env.INDEX_DIR)).plans).toHaveLength(2);
    }
    rmSync(env.DATA_DIR, { recursive: true });
  },
  60_000 + SERVERS * 120_000,
);
