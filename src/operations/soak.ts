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
import type { Kind } from './soak/load.ts';
import { load } from './soak/load.ts';
import type { Measured } from './soak/measure.ts';
import { growthOf, inMb, quantile } from './soak/verdict.ts';

/** Between two swaps of the index, in milliseconds. */
const PAUSE_MS = 2_000;
/** Memory is measured so many times, but not more often than every half second. */
const SAMPLES = 60;

/** How long, over how many connections at a time, and where its lines go. */
export interface SoakOptions {
  readonly seconds: number;
  readonly connections: number;
  readonly print: (line: string) => void;
}

/**
 * Soaks a server over a copy of a corpus: `npm start` as anyone runs it, with a configuration of its own.
 * @returns 0 if no request failed and memory is flat, else 1
 */
export async function soak(corpusDir: string, { seconds, connections, print }: SoakOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'guiwen-soak-'));
  const corpus = join(folder, 'corpus');
  const endpoint = await faultyEndpoint();
  let server: ChildProcess | undefined;
  try {
    cpSync(corpusDir, corpus, { recursive: true });
    writeEdition(corpus, 1);
    server = start({
      CORPUS_DIR: corpus,
      INDEX_DIR: join(folder, 'index'),
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
    const url = await readyAt(running);
    print(`${connections} 个连接，${Math.round(seconds)} 秒：换索引，断接口……`);

    const until = Date.now() + seconds * 1000;
    const memory: Measured[] = [];
    let swaps = 0;
    const swapping = async () => {
      while (Date.now() < until) {
        writeEdition(corpus, swaps + 2);
        const response = await fetch(`${url}/api/v1/admin/reindex`, { method: 'POST' });
        if (!response.ok) throw new Error(`换索引失败：${await response.text()}`);
        swaps++;
        // As often as anyone would, and no more: reading anew takes one of few processors.
        await sleep(Math.max(0, Math.min(PAUSE_MS, until - Date.now())));
      }
    };
    const measuring = async () => {
      while (Date.now() < until) {
        running.send('measure');
        memory.push(await measured(running));
        await sleep(Math.max(500, (seconds * 1000) / SAMPLES));
      }
    };
    const [report] = await Promise.all([load(url, connections, until), swapping(), measuring()]);
    running.kill('SIGTERM');
    await new Promise((resolve) => running.once('exit', resolve));

    const growth = growthOf(memory);
    const { requests, left, failed, failures, milliseconds } = report;
    const at = (kind: Kind) =>
      [0.5, 0.99].map((share) => `${Math.round(quantile(milliseconds[kind], share))} ms`).join(' / ');
    print(
      `请求 ${requests} 个（${Math.round(requests / seconds)} 个/秒），失败 ${failed} 个，中途离开 ${left} 个。`,
    );
    print(`用时 p50 / p99：提问（等模型接口）${at('ask')}；查找 ${at('search')}；其余 ${at('read')}。`);
    const heldUp = memory.slice(1).map((sample) => sample.heldUp);
    print(
      `换索引 ${swaps} 次；接口被调用 ${endpoint.asked()} 次；服务的事件循环最长停顿 ${Math.round(Math.max(0, ...heldUp))} ms。`,
    );
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

/** Nothing of this process's own configuration reaches it. */
function start(env: Readonly<Record<string, string>>): ChildProcess {
  const measure = new URL('./soak/measure.ts', import.meta.url).href;
  return fork(new URL('../cli.ts', import.meta.url), ['serve'], {
    execArgv: ['--expose-gc', '--import', import.meta.resolve('tsx'), '--import', measure],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
}

/** Where the server answers, once it does. What else it prints is read and dropped. @throws Error if it ends */
function readyAt(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-10_000);
      const url = /已就绪：(http\S+)\n/.exec(said)?.[1];
      if (url) resolve(url);
    });
    server.once('exit', (code) => reject(new Error(`服务进程结束了（${code}）。`)));
  });
}

/** The server's next measurement. @throws Error if it ends */
function measured(server: ChildProcess): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`服务进程结束了（${code}）。`));
    server.once('exit', ended).once('message', (message) => {
      server.off('exit', ended);
      resolve(message as Measured);
    });
  });
}
