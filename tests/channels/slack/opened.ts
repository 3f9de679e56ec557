/** A server with the Slack bot, as `npm start` puts it together, before a scripted Slack. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, vi } from 'vitest';
import type { Answer } from '../../../src/answer/types.ts';
import type { Assistant } from '../../../src/assistant.ts';
import { startBots } from '../../../src/channels/http/bots.ts';
import { startServer } from '../../../src/channels/http/serve.ts';
import { parseConfig } from '../../../src/config.ts';
import { openSqliteState } from '../../../src/state/sqlite/index.ts';
import type { ScriptedSlack } from './scripted-slack.ts';
import { BOT_TOKEN, SIGNING_SECRET, scriptedSlack, signed } from './scripted-slack.ts';

export const PATIENT = { timeout: 30_000, interval: 20 };
export const QUESTION = '重庆市森林覆盖率到2025年要达到多少？';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A folder for state that is thrown away after the test. */
export function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'guiwen-slack-'));
  closing.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Starts Slack; it is closed after the test. */
export async function openSlack(): Promise<ScriptedSlack> {
  const slack = await scriptedSlack();
  closing.push(() => slack.close());
  return slack;
}

interface Opening {
  readonly slack?: ScriptedSlack;
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Starts Slack, unless given, and a server before it; both are closed after the test. */
export async function openBot(assistant: Assistant, opening: Opening = {}) {
  const slack = opening.slack ?? (await openSlack());
  const state = openSqliteState(opening.dataDir ?? temporary());
  const logged: string[] = [];
  const config = parseConfig({
    PUBLIC_URL: 'https://plans.example.org',
    SLACK_BOT_TOKEN: BOT_TOKEN,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    SLACK_API_URL: slack.apiUrl,
    ...opening.env,
  });
  const log = (doing: string, error: unknown) => {
    logged.push(`${doing}: ${String(error)}`);
  };
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  const bots = await startBots(config, { assistant, state, log });
  server.use({ assistant, state, mounted: bots.routes });
  let open = true;
  const close = async (graceMs = 0) => {
    if (!open) return;
    open = false;
    await Promise.all([server.stop(0), bots.stop(graceMs)]);
    await state.close();
  };
  closing.push(close);

  const post = (body: string, headers: Record<string, string>) =>
    fetch(`${server.url}/slack/events`, { method: 'POST', body, headers });
  const send = (payload: unknown, headers: Record<string, string> = {}) => {
    const body = JSON.stringify(payload);
    return post(body, { 'content-type': 'application/json', ...signed(body), ...headers });
  };
  const sendForm = (fields: Record<string, string>) => {
    const body = new URLSearchParams(fields).toString();
    return post(body, { 'content-type': 'application/x-www-form-urlencoded', ...signed(body) });
  };
  const settled = () =>
    vi.waitFor(async () => {
      if ((await state.events.unfinished('slack')).length > 0) throw new Error('still unfinished');
    }, PATIENT);
  return { slack, state, logged, server, bots, post, send, sendForm, settled, close };
}

/** An assistant whose answers come in pieces; after each it waits for `gate`. */
export function inPieces(
  assistant: Assistant,
  cut: (answer: string) => readonly string[],
  gate: (piece: number) => Promise<unknown>,
): Assistant {
  return {
    ...assistant,
    async ask(request, options) {
      const answer: Answer = await assistant.ask(request);
      for (const [i, text] of cut(answer.answer).entries()) {
        options?.onEvent?.({ type: 'delta', text });
        await gate(i);
        options?.signal?.throwIfAborted();
      }
      return answer;
    },
  };
}

/** The sources a message shows, as label, link and verbatim quote. */
export function sourcesIn(blocks: readonly Record<string, unknown>[]) {
  type Part = { type: string; text?: string; url?: string; elements?: Part[] };
  return (blocks as unknown as Part[])
    .filter(({ type }) => type === 'rich_text')
    .map(({ elements = [] }) => {
      const [head, quote] = elements;
      return {
        n: Number(/\d+/.exec(head?.elements?.[0]?.text ?? '')?.[0]),
        name: head?.elements?.[1]?.text,
        url: head?.elements?.[1]?.url,
        quote: quote?.elements?.[0]?.text,
      };
    });
}
