/**
 * WeCom's WebSocket for intelligent bots as the documents and its library say it behaves (智能机器人长连接), on
 * loopback: one connection for a bot, heartbeats, messages pushed, frames answered.
 */
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { StreamFrame } from './caller.ts';

export const BOT_ID = 'aib-test';
export const BOT_SECRET = 'a-bot-secret';

interface WireFrame {
  readonly cmd?: string;
  readonly headers: { readonly req_id: string };
  readonly body?: Record<string, unknown>;
}

export interface PlatformSocket {
  readonly url: string;
  /** The frames of every stream, by its id, in the order they came. */
  readonly streams: Map<string, StreamFrame[]>;
  /** What was sent to chats without a stream. */
  readonly pushed: { readonly chat: unknown; readonly type: unknown; readonly content: string }[];
  readonly welcomes: string[];
  /** Connections that were let in. */
  readonly subscriptions: () => number;
  readonly pings: () => number;
  readonly connected: () => boolean;
  /** Hands a message or an event to the bot; gives its req_id. */
  push(body: object, cmd?: 'aibot_msg_callback' | 'aibot_event_callback'): string;
  /** The same bot connects elsewhere: the connection is told, and cut. */
  takeOver(): void;
  /** The line is cut. */
  cut(): void;
  /** Any secret is taken. */
  trusting: boolean;
  /** Nobody gets in from now on, or again. */
  refuseConnections: boolean;
  /** The next `times` writes to streams are answered with `code`. */
  refuseStreams(code: number, times: number): void;
  /** The next frame of this kind is carried out, and the line is cut before the answer. */
  cutBeforeAnswer(cmd: 'aibot_respond_msg' | 'aibot_send_msg'): void;
  /** Heartbeats are no longer answered. */
  deaf: boolean;
  close(): Promise<void>;
}

export async function startPlatformSocket(): Promise<PlatformSocket> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const requests = new Set<string>();
  const refusals: number[] = [];
  let current: WebSocket | undefined;
  let subscriptions = 0;
  let pings = 0;
  let cutting: string | undefined;
  let number = 0;

  server.on('connection', (socket) => {
    let subscribed = false;
    const answer = (frame: WireFrame, errcode = 0, errmsg = 'ok') => {
      if (frame.cmd === cutting) {
        cutting = undefined;
        socket.terminate();
        return;
      }
      socket.send(JSON.stringify({ headers: frame.headers, errcode, errmsg }));
    };
    socket.on('close', () => {
      if (current === socket) current = undefined;
    });
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as WireFrame;
      if (frame.cmd === 'aibot_subscribe') {
        const { bot_id, secret } = frame.body ?? {};
        if (platform.refuseConnections) return socket.terminate();
        if (bot_id !== BOT_ID || (secret !== BOT_SECRET && !platform.trusting))
          return answer(frame, 853000, 'invalid bot_id or secret');
        if (current && current !== socket) platform.takeOver();
        current = socket;
        subscribed = true;
        subscriptions++;
        return answer(frame);
      }
      if (!subscribed) return socket.terminate();
      if (frame.cmd === 'ping') {
        pings++;
        if (!platform.deaf) answer(frame);
        return;
      }
      return answer(frame, ...carryOut(frame));
    });
  });

  const carryOut = ({ cmd, headers, body = {} }: WireFrame): [number, string] => {
    switch (cmd) {
      case 'aibot_respond_msg': {
        if (!requests.has(headers.req_id)) return [846605, 'invalid req_id'];
        const refusal = refusals.shift();
        if (refusal !== undefined)
          return [refusal, refusal === 846608 ? 'stream message update expired' : 'no'];
        const stream = body.stream as StreamFrame;
        if (body.msgtype !== 'stream' || typeof stream?.content !== 'string')
          return [40008, 'invalid msgtype'];
        if (Buffer.byteLength(stream.content) > 20_480) return [40058, 'content exceed max length'];
        const before = platform.streams.get(stream.id);
        if (before) before.push(stream);
        else platform.streams.set(stream.id, [stream]);
        return [0, 'ok'];
      }
      case 'aibot_respond_welcome_msg': {
        if (!requests.has(headers.req_id)) return [846605, 'invalid req_id'];
        platform.welcomes.push((body.text as { content: string }).content);
        return [0, 'ok'];
      }
      case 'aibot_send_msg': {
        const { content } = body.markdown as { content: string };
        if (Buffer.byteLength(content) > 20_480) return [40058, 'content exceed max length'];
        platform.pushed.push({ chat: body.chatid, type: body.chat_type, content });
        return [0, 'ok'];
      }
      default:
        return [40066, 'invalid cmd'];
    }
  };

  const platform: PlatformSocket = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    streams: new Map(),
    pushed: [],
    welcomes: [],
    subscriptions: () => subscriptions,
    pings: () => pings,
    connected: () => current !== undefined,
    push(body, cmd = 'aibot_msg_callback') {
      const req_id = `req-${++number}`;
      requests.add(req_id);
      if (!current) throw new Error('no bot is connected');
      current.send(JSON.stringify({ cmd, headers: { req_id }, body }));
      return req_id;
    },
    takeOver() {
      const old = current;
      current = undefined;
      const event = {
        msgid: `gone-${++number}`,
        create_time: Math.floor(Date.now() / 1000),
        aibotid: BOT_ID,
        msgtype: 'event',
        event: { eventtype: 'disconnected_event' },
      };
      old?.send(
        JSON.stringify({ cmd: 'aibot_event_callback', headers: { req_id: `req-${++number}` }, body: event }),
      );
      old?.close();
    },
    cut() {
      current?.terminate();
      current = undefined;
    },
    trusting: false,
    refuseConnections: false,
    refuseStreams(code, times) {
      refusals.push(...Array.from({ length: times }, () => code));
    },
    cutBeforeAnswer(cmd) {
      cutting = cmd;
    },
    deaf: false,
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return platform;
}
