/**
 * `kill -9` at any moment: no acknowledged write is lost, store and index stay readable. KILLS says how many times:
 * KILLS=200 npx vitest run tests/state/kill.test.ts
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
/** Rounds of one kind, out of every ten; the rest kill builds of the index. */
const SERVERS = Math.max(1, Math.round(KILLS * 0.05));
const BUILDS = Math.max(2, Math.round(KILLS * 0.15));
const WRITERS = Math.max(1, KILLS - SERVERS - BUILDS);

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

test(
  `two processes that write to one store lose nothing they acknowledged, killed ${WRITERS} times`,
  async () => {
    const dataDir = temporary('killed');
    const acknowledged: string[] = [];
    for (let round = 0; round < WRITERS; round++) {
      const writers = ['a', 'b'].map((name) => run(join(HERE, 'writer.ts'), [dataDir, `${round}${name}`]));
      await Promise.all(writers.map((writer) => printed(writer, /-0\n/)));
      await sleep(moment(round));
      for (const { child } of writers) child.kill('SIGKILL');
      const ends = await Promise.all(writers.map(({ ended }) => ended));
      expect(ends).toEqual(['SIGKILL', 'SIGKILL']);
      acknowledged.push(...writers.flatMap(({ said }) => lines(said.out)));

      expectSound(dataDir);
      const state = await openState({ dataDir });
      const kept = new Set((await state.feedback.list()).map(({ comment }) => comment));
      await state.close();
      expect(acknowledged.filter((comment) => !kept.has(comment))).toEqual([]);
    }
    expect(acknowledged.length).toBeGreaterThan(WRITERS * 2);
  },
  60_000 + WRITERS * 15_000,
);

test(
  `an index that is built over and over is readable, killed ${BUILDS} times`,
  async () => {
    const [one, other] = [smallCorpus(2), smallCorpus(2)];
    writeFileSync(join(other, '3.txt'), planText(3));
    const indexDir = temporary('index');
    await build(one, indexDir);
    for (let round = 0; round < BUILDS; round++) {
      const builder = run(join(HERE, 'builder.ts'), [indexDir, other, one]);
      await printed(builder, /built-0\n/);
      await sleep(moment(round));
      builder.child.kill('SIGKILL');
      expect(await builder.ended).toBe('SIGKILL');
      const found = await open(one, indexDir).catch((error) => {
        // The other corpus's; anything else is not to be read.
        expect(error).toBeInstanceOf(IndexError);
        return open(other, indexDir);
      });
      expect([2, 3]).toContain(found.plans.length);
    }
  },
  60_000 + BUILDS * 30_000,
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
