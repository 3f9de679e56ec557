/** The server with its WeCom bot, on loopback, over the project's corpus and a state that is thrown away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import type { Answer } from '../../../src/answer/types.ts';
import type { Assistant } from '../../../src/assistant.ts';
import { createQueue } from '../../../src/channels/bots/queue.ts';
import type { RunnerOptions } from '../../../src/channels/bots/runner.ts';
import { createLogger } from '../../../src/channels/http/observe/log.ts';
import { startServer } from '../../../src/channels/http/serve.ts';
import type { WecomBot, WecomTimes } from '../../../src/channels/wecom/start.ts';
import { startWecom } from '../../../src/channels/wecom/start.ts';
import { parseConfig } from '../../../src/config.ts';
import { openSqliteState } from '../../../src/state/sqlite/index.ts';
import type { State } from '../../../src/state/types.ts';
import { openShared } from '../../opened-corpus.ts';
import { AES_KEY, TOKEN } from './sealing.ts';

export const PUBLIC_URL = 'https://plans.example.org';
export const QUESTION = '重庆市森林覆盖率到2025年要达到多少？';
/** Callbacks as they are configured in the console. */
export const CALLBACK = { WECOM_TOKEN: TOKEN, WECOM_ENCODING_AES_KEY: AES_KEY };

/** A server that runs. */
export interface Running {
  readonly url: string;
  readonly bot: WecomBot;
  readonly logged: string[];
  /** Ends as a crash does: nothing more is done, nothing is finished. */
  crash(): Promise<void>;
}

/** Nothing here is about speed: a busy machine may take its time. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

/** Fast enough for a test, where the defaults are made for people and networks. */
const TIMES: WecomTimes = { redialMs: 20, paceMs: 10, patienceMs: 30_000, againMs: [20, 40, 80, 160] };

let assistant: Assistant;
let dataDir: string;
let state: State;
const running: (() => Promise<void>)[] = [];

/** To be called once in a test file. */
export function useServer() {
  beforeAll(async () => {
    assistant = (await openShared()).assistant;
  });
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'guiwen-wecom-'));
    state = openSqliteState(dataDir);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((stop) => stop()));
    await state.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  afterAll(() => assistant.close());
}

/** What is kept, for a look. */
export const kept = () => state;

/** The assistant, with something done before it answers; like it, it stops when its signal says so. */
export const answering = (before: (question: string) => Promise<void>): Assistant => ({
  ...assistant,
  async ask(request, options) {
    const { signal } = options ?? {};
    const stopped = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
    await Promise.race([before(request.question), stopped]);
    return assistant.ask(request, options);
  },
});

/** A server that takes messages on and is gone before it has answered them. */
export const neverAnswering = (): Assistant => answering(() => new Promise(() => {}));

/** The assistant, with something else in the place of its answers. */
export const replying = (change: (answer: Answer) => Answer): Assistant => ({
  ...assistant,
  ask: async (request, options) => change(await assistant.ask(request, options)),
});

/** The server with the bot that `env` configures. */
export async function serve(
  env: Record<string, string>,
  { times = {}, ...options }: Partial<RunnerOptions> & { times?: WecomTimes } = {},
): Promise<Running> {
  const logged: string[] = [];
  const log = (doing: string, error: unknown) => {
    logged.push(`${doing}: ${String(error)}`);
  };
  const services = { assistant, state, queue: createQueue(4), log, publicUrl: PUBLIC_URL, retryMs: 50 };
  const bot = await startWecom(parseConfig(env), { ...services, ...options }, { ...TIMES, ...times });
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  const logger = createLogger({ level: 'error' }, { write: (line) => void logged.push(line) });
  server.use({ assistant: options.assistant ?? assistant, state, mounted: [bot.routes], logger });
  let ended = false;
  const end = async (graceMs: number) => {
    if (ended) return;
    ended = true;
    await bot.stop(graceMs);
    await server.stop(0);
  };
  running.push(() => end(0));
  return { url: server.url, bot, logged, crash: () => end(0) };
}

/** The API's answer to a question, from the same server. */
export async function apiAnswer(url: string, question: string): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/ask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question }),
  });
  return (await response.json()) as Answer;
}

/** The sources in a rendered reply: label, quote and link of each, as a person reads them. */
export function sourcesIn(text: string) {
  return [...text.matchAll(/^> \*\*\[(\d+)\]\*\* \[《(.+?)》(.*?)\]\((\S+)\)\n((?:> .*(?:\n|$))+)/gm)].map(
    ([, n, title, label, url, quote = '']) => ({
      n: Number(n),
      title,
      label,
      url,
      quote: quote.trimEnd().replace(/^> /gm, ''),
    }),
  );
}

/** The same of the API's citations. */
export const citedIn = ({ citations }: Answer) =>
  citations.map(({ n, plan, label, start, end, quote }) => ({
    n,
    title: plan.title,
    label,
    url: `${PUBLIC_URL}/plans/${plan.id}#${start}-${end}`,
    quote,
  }));

/** Waits until `check` holds. */
export const until = (check: () => unknown) =>
  vi.waitFor(
    async () => {
      if (!(await check())) throw new Error(`not yet: ${check}`);
    },
    { timeout: 100_000, interval: 15 },
  );

/** Nothing is left to do. */
export const settled = () => until(async () => (await state.events.unfinished('wecom')).length === 0);
