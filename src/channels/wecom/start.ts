/**
 * The WeCom bot: an intelligent bot over WebSocket or webhook and a self-built app, each if it is configured.
 * @module
 */
import { Hono } from 'hono';
import type { Config } from '../../config.ts';
import type { Bot } from '../bots/bot.ts';
import type { RunnerOptions } from '../bots/runner.ts';
import { startRunner } from '../bots/runner.ts';
import type { Adapter, Exchange, Reply } from '../bots/types.ts';
import { wecomApi } from './api.ts';
import type { AppPlace, AppTimes } from './app.ts';
import { appExchange } from './app.ts';
import { BUSY, callbackHandler } from './callback.ts';
import type { HeardFeedback, HeardMessage } from './heard.ts';
import { hear } from './heard.ts';
import { markdown } from './render.ts';
import { waysOf } from './settings.ts';
import type { BotFrame } from './socket.ts';
import { botSocket } from './socket.ts';
import type { SocketPlace, SocketTimes } from './socket-exchange.ts';
import { socketExchange } from './socket-exchange.ts';
import type { Frame, StreamTimes } from './streams.ts';
import { createStreams } from './streams.ts';
import type { Target } from './target.ts';
import { eventIdOf, incoming, keyOf, targetOf } from './target.ts';
import type { WebhookPlace } from './webhook.ts';
import { webhookExchange } from './webhook.ts';

const WELCOME =
  '你好，我是规问：用规划原文回答问题，每句都注明出处。直接提问即可，也可以接着上一句追问；发“帮助”看用法。';

const NOT_CONFIGURED = '还没有设置 WECOM_TOKEN 和 WECOM_ENCODING_AES_KEY，不能接收企业微信的回调。';

/** How long things take, in milliseconds, where it is not as usual. */
export type WecomTimes = Partial<
  StreamTimes &
    SocketTimes &
    AppTimes & { readonly redialMs: number; readonly heartbeatMs: number; readonly refusedMs: number }
>;

/** The bot, and how its WebSocket stands. */
export type WecomBot = Bot & { readonly socketState: () => string | undefined };

/**
 * Starts what is configured, and first takes up what was left unanswered. What is configured in part is named in
 * the lines.
 * @throws StateError
 */
export async function startWecom(
  { wecom: settings }: Pick<Config, 'wecom'>,
  options: RunnerOptions,
  times: WecomTimes = {},
): Promise<WecomBot> {
  const { state, log } = options;
  const { ways, lines } = waysOf(settings);
  if (!ways.socket && !ways.callback) return unconfigured(lines);
  const streams = createStreams(times);
  const stopped = new AbortController();
  const api = ways.app && wecomApi(ways.app);
  const socket =
    ways.socket &&
    botSocket({
      ...ways.socket,
      onFrame: (frame) => {
        void onFrame(frame).catch((error: unknown) => log('企业微信长连接的消息', error));
      },
      log,
      redialMs: times.redialMs,
      heartbeatMs: times.heartbeatMs,
      refusedMs: times.refusedMs,
    });

  const adapter: Adapter = {
    channel: 'wecom',
    exchange(message, kept = {}, keep) {
      const target = targetOf(message);
      const { quote } = target;
      const exchange = exchangeOf(target, kept, keep);
      // What a message quotes is what was said before, when nothing else is known of that.
      return quote === undefined
        ? exchange
        : { ...exchange, history: async () => [{ role: 'user', content: quote }] };
    },
  };
  const exchangeOf = (target: Target, kept: unknown, keep: (place: unknown) => Promise<void>): Exchange => {
    if (target.way === 'webhook') return webhookExchange(target, streams, kept as WebhookPlace, keep);
    const { signal } = stopped;
    if (target.way === 'socket' && socket) {
      return socketExchange(target, socket, { kept: kept as SocketPlace, keep, times, log, signal });
    }
    if (target.way === 'app' && api) {
      return appExchange(target, api, { kept: kept as AppPlace, keep, times, signal });
    }
    // Left by a process that was configured otherwise.
    return { deliver: () => Promise.reject(new Error(`企业微信的这种接入方式（${target.way}）已停用`)) };
  };
  const runner = await startRunner(adapter, options);

  /** Keeps what a person thinks of an answer, once. */
  const judge = async (heard: HeardFeedback): Promise<void> => {
    const id = eventIdOf(`feedback:${keyOf(heard)}`);
    if (!(await state.events.take({ id, channel: 'wecom-feedback', at: Date.now(), payload: null }))) return;
    const { rating, comment, user: asker, feedbackId } = heard;
    const answerId = (await replyOf(feedbackId))?.answerId;
    if (answerId !== undefined && rating) await runner.rate({ answerId, rating, comment, asker });
    await state.events.finish(id, 'done', Date.now());
  };
  /** The reply to a message of this or an earlier process, as the runner notes it. */
  const replyOf = async (key: string): Promise<Reply | undefined> => {
    const noted = (await state.events.noted(eventIdOf(key))) as { readonly reply?: Reply } | undefined;
    return noted?.reply;
  };
  /** How far a stream is. One that ended before this process began ends again as it did. */
  const frame = async (key: string): Promise<Frame | undefined> => {
    const open = await streams.fetch(key);
    if (open) return open;
    const reply = await replyOf(key);
    return reply && { id: key, content: markdown(reply), finish: true };
  };
  const take = (heard: HeardMessage, target: Target) => runner.receive(incoming(heard, target));

  const onFrame = async ({ reqId, body }: BotFrame): Promise<void> => {
    const heard = hear(body);
    if (heard.kind === 'enter') await socket?.welcome(reqId, WELCOME);
    if (heard.kind === 'feedback') await judge(heard);
    if (heard.kind !== 'message') return;
    const { group, user, responseUrl, quote } = heard;
    const key = keyOf(heard);
    const chat =
      group === undefined ? { chat: user, chatType: 1 as const } : { chat: group, chatType: 2 as const };
    // Nobody tries again over a WebSocket, so what cannot be taken on is said.
    const taken = await take(heard, { way: 'socket', key, reqId, ...chat, responseUrl, quote }).catch(
      (error: unknown) => {
        log(`wecom ${key} 没有记下`, error);
        return 'busy' as const;
      },
    );
    if (taken === 'busy') await socket?.writeStream(reqId, { id: key, content: BUSY, finish: true });
  };

  const callback =
    ways.callback &&
    callbackHandler(
      {
        take(heard, way) {
          const key = keyOf(heard);
          const { user, responseUrl, quote } = heard;
          return take(heard, way === 'app' ? { way, key, user } : { way, key, responseUrl, quote });
        },
        frame,
        judge,
      },
      { keys: ways.callback, app: ways.app, welcome: WELCOME, log },
    );
  // Frames come in from here on; the runner is there to take them.
  socket?.connect();
  return {
    routes: routesTo(callback),
    lines: options.publicUrl ? lines : [...lines, '企业微信：没有设置 PUBLIC_URL，引文不带链接。'],
    socketState: () => socket?.state,
    async stop(graceMs) {
      const cut = () => {
        stopped.abort();
        streams.close();
        socket?.stop();
      };
      const timer = setTimeout(cut, graceMs);
      await runner.stop(graceMs);
      clearTimeout(timer);
      cut();
    },
  };
}

/** What was left unanswered stays so until a way to answer is configured again. */
const unconfigured = (lines: readonly string[]): WecomBot => ({
  routes: routesTo(undefined),
  lines,
  socketState: () => undefined,
  async stop() {},
});

function routesTo(callback: ((request: Request) => Promise<Response>) | undefined): Hono {
  const routes = new Hono();
  routes.on(['GET', 'POST'], ['/wecom/callback'], async (c) =>
    callback
      ? callback(c.req.raw)
      : c.json({ error: { code: 'wecom_not_configured', message: NOT_CONFIGURED } }, 503),
  );
  return routes;
}
