/**
 * Slack as its documents describe it, on loopback: the Web API's methods that the bot calls, `response_url`s, and
 * Socket Mode. It keeps the messages that stand in its channels, so that a test can look at what people would see.
 */
import { createHmac } from 'node:crypto';
import type { IncomingMessage as HttpRequest } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';

export const BOT_TOKEN = 'xoxb-1-test';
export const APP_TOKEN = 'xapp-1-test';
export const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';

/** A message that stands in a channel. */
export interface Posted {
  channel: string;
  ts: string;
  thread_ts?: string;
  text: string;
  blocks: Record<string, unknown>[];
  metadata?: unknown;
  streaming: boolean;
  edits: number;
}

/** One call of a method. */
export interface Call {
  readonly method: string;
  readonly args: Record<string, unknown>;
  readonly at: number;
}

type Answer = Record<string, unknown> | { status: number; headers?: Record<string, string> } | 'hang up';
/** What to answer instead of the documented behaviour; undefined for that. */
export type Script = (call: Call, nth: number) => Answer | undefined | Promise<Answer | undefined>;

export async function scriptedSlack() {
  const calls: Call[] = [];
  const messages: Posted[] = [];
  const responses: { path: string; body: Record<string, unknown> }[] = [];
  const sockets: WebSocket[] = [];
  const acks: { envelope_id: string; payload?: Record<string, unknown> }[] = [];
  let script: Script = () => undefined;
  const scopes = [
    'app_mentions:read',
    'assistant:write',
    'channels:history',
    'chat:write',
    'commands',
    'groups:history',
    'im:history',
  ];
  let clock = 1_700_000_000;
  const nextTs = () => `${++clock}.000100`;

  const find = (args: Record<string, unknown>) =>
    messages.find(({ channel, ts }) => channel === args.channel && ts === args.ts);
  const blocksOf = (value: unknown) =>
    (typeof value === 'string' ? JSON.parse(value) : []) as Record<string, unknown>[];
  const post = (args: Record<string, unknown>, more: Partial<Posted>): Posted => {
    const posted: Posted = {
      channel: String(args.channel),
      ts: nextTs(),
      ...(args.thread_ts ? { thread_ts: String(args.thread_ts) } : {}),
      text: String(args.text ?? args.markdown_text ?? ''),
      blocks: blocksOf(args.blocks),
      ...(args.metadata ? { metadata: JSON.parse(String(args.metadata)) } : {}),
      streaming: false,
      edits: 0,
      ...more,
    };
    messages.push(posted);
    return posted;
  };

  /** The documented behaviour, limits included. */
  const methods: Record<string, (args: Record<string, unknown>) => Record<string, unknown>> = {
    'auth.test': () => ({ ok: true, user_id: 'UBOT', team: 'Test', team_id: 'T1', bot_id: 'B1' }),
    'apps.connections.open': () => ({ ok: true, url: `ws://127.0.0.1:${port()}/socket` }),
    'assistant.threads.setStatus': () => ({ ok: true }),
    'assistant.threads.setSuggestedPrompts': () => ({ ok: true }),
    'chat.postMessage': (args) => {
      const wrong = invalid(args);
      if (wrong) return wrong;
      const { ts, channel } = post(args, {});
      return { ok: true, ts, channel };
    },
    'chat.update': (args) => {
      const message = find(args);
      if (!message) return { ok: false, error: 'message_not_found' };
      if (message.streaming) return { ok: false, error: 'streaming_state_conflict' };
      const wrong = invalid(args);
      if (wrong) return wrong;
      message.text = String(args.text ?? '');
      message.blocks = blocksOf(args.blocks);
      message.edits++;
      return { ok: true, ts: message.ts };
    },
    'chat.startStream': (args) => {
      if (!args.thread_ts) return { ok: false, error: 'invalid_arguments' };
      if (!args.recipient_team_id) return { ok: false, error: 'missing_recipient_team_id' };
      if (!args.recipient_user_id) return { ok: false, error: 'missing_recipient_user_id' };
      if (String(args.markdown_text).length > 12_000) return { ok: false, error: 'msg_too_long' };
      const { ts, channel } = post(args, { streaming: true });
      return { ok: true, ts, channel };
    },
    'chat.appendStream': (args) => {
      const message = find(args);
      if (!message?.streaming) return { ok: false, error: 'message_not_in_streaming_state' };
      message.text += String(args.markdown_text);
      return { ok: true, ts: message.ts };
    },
    'chat.stopStream': (args) => {
      const message = find(args);
      if (!message?.streaming) return { ok: false, error: 'message_not_in_streaming_state' };
      const wrong = invalid(args);
      if (wrong) return wrong;
      message.streaming = false;
      message.text += String(args.markdown_text ?? '');
      message.blocks = blocksOf(args.blocks);
      return { ok: true, ts: message.ts };
    },
    'conversations.replies': (args) => ({
      ok: true,
      messages: messages
        .filter((m) => m.channel === args.channel && (m.thread_ts === args.ts || m.ts === args.ts))
        .map((m) => ({ ...m, bot_id: m.metadata ? 'B1' : undefined })),
    }),
    'conversations.history': (args) => ({
      ok: true,
      messages: messages.filter((m) => m.channel === args.channel).reverse(),
    }),
  };

  const server = createServer(async (request, response) => {
    const text = await bodyOf(request);
    const path = request.url ?? '';
    if (path.startsWith('/response/')) {
      responses.push({ path, body: JSON.parse(text) });
      response.end('ok');
      return;
    }
    const method = path.replace('/api/', '');
    const call: Call = { method, args: Object.fromEntries(new URLSearchParams(text)), at: Date.now() };
    calls.push(call);
    const nth = calls.filter((c) => c.method === method).length;
    const wanted = method === 'apps.connections.open' ? APP_TOKEN : BOT_TOKEN;
    const scripted = await script(call, nth);
    if (scripted === 'hang up') {
      request.socket.destroy();
      return;
    }
    if (scripted && 'status' in scripted) {
      const { status, headers } = scripted as { status: number; headers?: Record<string, string> };
      response.writeHead(status, headers).end();
      return;
    }
    const answer =
      request.headers.authorization !== `Bearer ${wanted}`
        ? { ok: false, error: 'invalid_auth' }
        : (scripted ?? methods[method]?.(call.args) ?? { ok: false, error: 'unknown_method' });
    const headers = { 'content-type': 'application/json', 'x-oauth-scopes': scopes.join(',') };
    response.writeHead(200, headers).end(JSON.stringify(answer));
  });
  const webSockets = new WebSocketServer({ server, path: '/socket' });
  webSockets.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data) => acks.push(JSON.parse(String(data))));
    socket.send(JSON.stringify({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A1' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = () => (server.address() as AddressInfo).port;

  return {
    apiUrl: `http://127.0.0.1:${port()}/api/`,
    responseUrl: (name: string) => `http://127.0.0.1:${port()}/response/${name}`,
    calls,
    messages,
    responses,
    sockets,
    acks,
    /** Of the bot's token. */
    scopes,
    called: (method: string) => calls.filter((call) => call.method === method),
    follow(next: Script) {
      script = next;
    },
    /** Does what the documents say that a call does, for a script that answers otherwise. */
    carryOut(call: Call) {
      methods[call.method]?.(call.args);
    },
    /** Delivers over the newest WebSocket. */
    deliver(type: string, payload: unknown, envelope_id: string, more: object = {}) {
      const socket = sockets.at(-1);
      if (!socket) throw new Error('nobody is connected');
      socket.send(JSON.stringify({ type, payload, envelope_id, accepts_response_payload: true, ...more }));
    },
    async close() {
      for (const socket of sockets) socket.terminate();
      webSockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type ScriptedSlack = Awaited<ReturnType<typeof scriptedSlack>>;

/** What Slack says to a message beyond its limits. */
function invalid(args: Record<string, unknown>): Record<string, unknown> | undefined {
  const blocks = (args.blocks ? JSON.parse(String(args.blocks)) : []) as {
    type: string;
    text?: { text: string };
    elements?: { text?: unknown }[];
  }[];
  if (blocks.length > 50) return { ok: false, error: 'invalid_blocks' };
  if (JSON.stringify(blocks).length > 13_200) return { ok: false, error: 'msg_blocks_too_long' };
  for (const { type, text, elements = [] } of blocks) {
    const isLong = type === 'section' && (text === undefined || text.text.length > 3000 || text.text === '');
    if (isLong || (type === 'context' && elements.length > 10)) return { ok: false, error: 'invalid_blocks' };
  }
  if (blocks.length === 0 && !args.text && !args.markdown_text && !args.ts)
    return { ok: false, error: 'no_text' };
  return undefined;
}

async function bodyOf(request: HttpRequest): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Headers as Slack signs a body, computed here and not by the code under test. */
export function signed(body: string, seconds = Math.floor(Date.now() / 1000), secret = SIGNING_SECRET) {
  const digest = createHmac('sha256', secret).update(`v0:${seconds}:${body}`, 'utf8').digest('hex');
  return { 'x-slack-request-timestamp': String(seconds), 'x-slack-signature': `v0=${digest}` };
}

/** An Events API delivery as documented. */
export const eventCallback = (event: Record<string, unknown>, id = 'Ev1') => ({
  token: 'XXYYZZ',
  team_id: 'T1',
  api_app_id: 'A1',
  event,
  type: 'event_callback',
  event_id: id,
  event_time: 1_700_000_000,
  authorizations: [{ team_id: 'T1', user_id: 'UBOT', is_bot: true, is_enterprise_install: false }],
  is_ext_shared_channel: false,
});

/** Someone mentions the bot in a channel. */
export const mention = (text: string, ts: string, more: Record<string, unknown> = {}) =>
  eventCallback(
    {
      type: 'app_mention',
      user: 'U1',
      text: `<@UBOT> ${text}`,
      ts,
      channel: 'C1',
      event_ts: ts,
      ...more,
    },
    `Ev${ts}`,
  );

/** Someone writes to the bot directly. */
export const direct = (text: string, ts: string, more: Record<string, unknown> = {}) =>
  eventCallback(
    {
      type: 'message',
      channel_type: 'im',
      user: 'U1',
      text,
      ts,
      channel: 'D1',
      event_ts: ts,
      ...more,
    },
    `Ev${ts}`,
  );
