/**
 * `npm run soak`: a server under load for a while, during which a plan changes, the index is swapped and the model
 * endpoints fail in every way. It is right when no request failed and memory is flat.
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeEdition } from './soak/corpus.ts';
import { faultyEndpoint } from './soak/endpoint.ts';
import { load } from './soak/load.ts';
import type { Order, Told } from './soak/server.ts';
import type { MemorySample } from './soak/verdict.ts';
import { growthOf, inMb, quantile } from './soak/verdict.ts';

const CONNECTIONS = 64;
/** Memory is measured so many times, but not more often than every half second. */
const SAMPLES = 60;

/** How long, and where its lines go. */
export interface SoakOptions {
  readonly seconds: number;
  readonly print: (line: string) => void;
}

/** Soaks a server over a copy of a corpus. @returns 0 if no request failed and memory is flat, else 1 */
export async function soak(corpusDir: string, { seconds, print }: SoakOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'guiwen-soak-'));
  const dirs = { corpus: join(folder, 'corpus'), index: join(folder, 'index') };
  const endpoint = await faultyEndpoint();
  let server: ChildProcess | undefined;
  try {
    cpSync(corpusDir, dirs.corpus, { recursive: true });
    writeEdition(dirs.corpus, 1);
    server = start(new URL('./soak/server.ts', import.meta.url), [], {
      CORPUS_DIR: dirs.corpus,
      INDEX_DIR: dirs.index,
      DATA_DIR: join(folder, 'data'),
      PORT: '0',
      CHAT_BASE_URL: endpoint.url,
      CHAT_MODEL: 'faulty',
      CHAT_TIMEOUT_MS: '2000',
      RERANK_BASE_URL: endpoint.url,
      RERANK_MODEL: 'faulty',
      RERANK_TIMEOUT_MS: '500',
    });
    const running = server;
    const { url } = await answerOf(running, 'url');
    print(`${CONNECTIONS} 个连接，${Math.round(seconds)} 秒：换索引，断接口……`);

    const until = Date.now() + seconds * 1000;
    const memory: MemorySample[] = [];
    let swaps = 0;
    const swapping = async () => {
      while (Date.now() < until) {
        writeEdition(dirs.corpus, swaps + 2);
        await ingestApart(dirs);
        swaps++;
        running.send('swap' satisfies Order);
        await answerOf(running, 'swapped');
      }
    };
    const measuring = async () => {
      while (Date.now() < until) {
        running.send('measure' satisfies Order);
        memory.push((await answerOf(running, 'memory')).memory);
        await sleep(Math.max(500, (seconds * 1000) / SAMPLES));
      }
    };
    const [report] = await Promise.all([load(url, CONNECTIONS, until), swapping(), measuring()]);
    running.send('stop' satisfies Order);
    await new Promise((resolve) => running.once('exit', resolve));

    const growth = growthOf(memory);
    const { requests, left, failed, failures, milliseconds } = report;
    const at = (share: number) => `${Math.round(quantile(milliseconds, share))} ms`;
    print(
      `请求 ${requests} 个（${Math.round(requests / seconds)} 个/秒），失败 ${failed} 个，中途离开 ${left} 个。`,
    );
    print(`用时 p50 ${at(0.5)}，p99 ${at(0.99)}；换索引 ${swaps} 次；接口被调用 ${endpoint.asked()} 次。`);
    const last = memory.at(-1);
    if (last) print(`内存：存活 ${inMb(last.live)}，常驻 ${inMb(last.resident)}，${growth ?? '没有增长'}。`);
    for (const failure of failures) print(`失败：${failure}`);
    const passed = failed === 0 && growth === undefined && requests > 0 && swaps > 0;
    print(passed ? '通过。' : '没有通过。');
    return passed ? 0 : 1;
  } finally {
    if (server?.exitCode === null) server.kill('SIGKILL');
    await endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads the corpus anew in a process of its own, as a live server does. */
function ingestApart({ corpus, index }: { readonly corpus: string; readonly index: string }): Promise<void> {
  const child = start(new URL('../cli.ts', import.meta.url), [
    'ingest',
    '--corpus',
    corpus,
    '--index',
    index,
  ]);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ingest: ${code}`))));
  });
}

/** Nothing of this process's own configuration reaches it. */
function start(file: URL, args: string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return fork(file, args, {
    execArgv: ['--expose-gc', '--import', import.meta.resolve('tsx')],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

type Answer<K> = Extract<Told, Readonly<Record<K & string, unknown>>>;

/** The next message of a kind. @throws Error with what went wrong in the server, or that it ended */
function answerOf<K extends 'url' | 'swapped' | 'memory'>(server: ChildProcess, kind: K): Promise<Answer<K>> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`服务进程结束了（${code}）。`));
    const heard = (message: unknown) => {
      const told = message as Told;
      if (!(kind in told || 'error' in told)) return;
      server.off('message', heard).off('exit', ended);
      if ('error' in told) reject(new Error(told.error));
      else resolve(told as Answer<K>);
    };
    server.on('message', heard).once('exit', ended);
  });
}
