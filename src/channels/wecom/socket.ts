/**
 * An intelligent bot over a WebSocket: one connection, kept up by WeCom's own library, which reconnects with growing
 * waits. A bot has one connection at a time; when another takes over, this one stays away.
 * @module
 */
import type { Logger, WsFrame } from '@wecom/aibot-node-sdk';
import { generateReqId, WSAuthFailureError, WSClient } from '@wecom/aibot-node-sdk';

/** WeCom refused a frame. */
export class FrameRefused extends Error {
  override readonly name = 'FrameRefused';
  readonly code: number;
  constructor({ errcode = -1, errmsg = '' }: Pick<WsFrame, 'errcode' | 'errmsg'>) {
    super(`errcode ${errcode} ${errmsg}`);
    this.code = errcode;
  }
}

/** There is no connection; nothing was sent. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected';
}

/** How the connection stands; `replaced` is for good, `refused` until it is tried again. */
export type SocketState = 'connecting' | 'ready' | 'replaced' | 'refused' | 'stopped';

/** A frame of a message or an event. */
export interface BotFrame {
  readonly reqId: string;
  readonly body: unknown;
}

/** The connection. */
export interface BotSocket {
  readonly state: SocketState;
  /** From now on frames come in. */
  connect(): void;
  /** Resolves when frames can be sent. @throws NotConnected if that does not come within `waitMs`, or ever */
  ready(waitMs: number): Promise<void>;
  /**
   * Writes the whole text of a stream.
   * @throws FrameRefused; NotConnected; another error if it may have arrived, and then it may be written again
   */
  writeStream(reqId: string, stream: StreamText): Promise<void>;
  /** Answers the opening of a chat. @throws as `writeStream` */
  welcome(reqId: string, text: string): Promise<void>;
  /** Sends Markdown to a person (1) or a group (2). @throws as `writeStream`, but must not be repeated */
  push(chat: string, chatType: 1 | 2, markdown: string): Promise<void>;
  stop(): void;
}

/** What a stream says. */
export interface StreamText {
  readonly id: string;
  readonly content: string;
  readonly finish: boolean;
  /** Set when the stream is opened: what a judgement of it refers to. */
  readonly feedbackId?: string | undefined;
}

/** How the connection is made. */
export interface SocketOptions {
  readonly botId: string;
  readonly botSecret: string;
  readonly wsUrl: string;
  readonly onFrame: (frame: BotFrame) => void;
  readonly log: (doing: string, error: unknown) => void;
  /** The first wait before connecting again, in milliseconds; doubled up to half a minute. */
  readonly redialMs?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  /** After the secret was refused several times, the wait before it is tried once more. */
  readonly refusedMs?: number | undefined;
}

/** The library logs whole messages and addresses; what matters comes as events. */
const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A connection that is not made yet. */
export function botSocket(options: SocketOptions): BotSocket {
  const { botId, botSecret, wsUrl, onFrame, log, redialMs = 1_000, heartbeatMs = 30_000 } = options;
  const { refusedMs = 600_000 } = options;
  const client = new WSClient({
    botId,
    secret: botSecret,
    wsUrl,
    logger: SILENT,
    reconnectInterval: redialMs,
    heartbeatInterval: heartbeatMs,
    maxReconnectAttempts: -1,
    maxAuthFailureAttempts: 5,
  });
  let state: SocketState = 'connecting';
  const waiting = new Set<() => void>();
  const become = (next: SocketState): void => {
    if (state === 'stopped') return;
    state = next;
    for (const tell of [...waiting]) tell();
  };

  client.on('authenticated', () => {
    become('ready');
  });
  client.on('disconnected', (reason) => {
    if (state !== 'ready') return;
    become('connecting');
    log('企业微信长连接断开，正在重连', reason);
  });
  client.on('event.disconnected_event', () => {
    become('replaced');
    log(
      '企业微信长连接被顶替，不再重连',
      '同一个机器人在别处建立了新的连接。请停掉多余的一个，再重启本服务。',
    );
  });
  client.on('error', (error) => {
    if (!(error instanceof WSAuthFailureError)) return log('企业微信长连接', error.message);
    become('refused');
    log('企业微信长连接认证失败，过十分钟再试', '请检查 WECOM_BOT_ID 和 WECOM_BOT_SECRET。');
    setTimeout(() => {
      if (state !== 'refused') return;
      client.disconnect();
      client.connect();
    }, refusedMs).unref();
  });
  const receive = ({ headers, body }: WsFrame) => onFrame({ reqId: headers.req_id, body });
  client.on('message', receive);
  client.on('event', receive);

  const sent = async (sending: () => Promise<WsFrame>): Promise<void> => {
    if (state !== 'ready') throw new NotConnected('企业微信长连接不通');
    try {
      await sending();
    } catch (error) {
      // The library rejects with the frame itself when WeCom refuses.
      if (!(error instanceof Error)) throw new FrameRefused(error as WsFrame);
      if (error.message.startsWith('WebSocket not connected')) throw new NotConnected(error.message);
      throw error;
    }
  };

  return {
    get state() {
      return state;
    },
    connect() {
      client.connect();
    },
    ready(waitMs) {
      return new Promise((resolve, reject) => {
        const settle = (over: boolean): void => {
          if (state === 'connecting' && !over) return;
          waiting.delete(tell);
          clearTimeout(timer);
          if (state === 'ready') resolve();
          else reject(new NotConnected(`企业微信长连接不通（${state}）`));
        };
        const tell = () => settle(false);
        const timer = setTimeout(() => settle(true), waitMs);
        waiting.add(tell);
        tell();
      });
    },
    writeStream(reqId, { id, content, finish, feedbackId }) {
      const feedback = feedbackId === undefined ? undefined : { id: feedbackId };
      return sent(() =>
        client.replyStream({ headers: { req_id: reqId } }, id, content, finish, undefined, feedback),
      );
    },
    welcome(reqId, text) {
      const greeting = { msgtype: 'text' as const, text: { content: text } };
      return sent(() => client.replyWelcome({ headers: { req_id: reqId } }, greeting));
    },
    push(chat, chatType, content) {
      // Without its type, WeCom takes a chat for a group.
      const body = { chatid: chat, chat_type: chatType, msgtype: 'markdown', markdown: { content } };
      const headers = { req_id: generateReqId('aibot_send_msg') };
      return sent(() => client.reply({ headers }, body, 'aibot_send_msg'));
    },
    stop() {
      become('stopped');
      client.disconnect();
    },
  };
}
