/**
 * Answering through an intelligent bot's WebSocket: the stream is written, as a whole each time, so that it may be
 * written again; when WeCom takes no more of it, the answer is sent to the chat.
 * @module
 */
import type { Exchange } from '../bots/types.ts';
import { patiently } from './patience.ts';
import { beginning, markdown, WAITING } from './render.ts';
import type { BotSocket } from './socket.ts';
import { FrameRefused, NotConnected } from './socket.ts';
import type { TargetOf } from './target.ts';
import { postOnce } from './webhook.ts';

/** What is kept with a message: which ways were tried. Whatever was tried may have arrived. */
export interface SocketPlace {
  /** The answer was sent to the chat. */
  readonly pushed?: boolean;
  /** The answer was sent to the `response_url`. */
  readonly posted?: boolean;
}

/** How long things take, in milliseconds. */
export interface SocketTimes {
  /** Between two states of a stream: a chat takes 30 frames a minute. */
  readonly paceMs: number;
  /** How long a lost connection is waited for. */
  readonly reconnectedMs: number;
  /** Waits before a refused frame is sent again. */
  readonly againMs: readonly number[];
}

const PACE_MS = 2_200;
const RECONNECTED_MS = 90_000;

/** The stream is over (846608), or its request is unknown to this connection (846605): for good. */
const OVER: readonly number[] = [846605, 846608];

/** What an exchange works with. */
export interface SocketExchangeOptions {
  readonly kept: SocketPlace;
  readonly keep: (place: SocketPlace) => Promise<void>;
  readonly times?: Partial<SocketTimes> | undefined;
  readonly log: (doing: string, error: unknown) => void;
  /** Aborted when the service stops. */
  readonly signal: AbortSignal;
}

/** The exchange for one message. */
export function socketExchange(
  { key, reqId, chat, chatType, responseUrl }: TargetOf<'socket'>,
  socket: BotSocket,
  { kept, keep, times = {}, log, signal }: SocketExchangeOptions,
): Exchange {
  const { paceMs = PACE_MS, reconnectedMs = RECONNECTED_MS, againMs } = times;
  let place = kept;
  let opened = false;
  const note = (more: SocketPlace) => {
    place = { ...place, ...more };
    return keep(place);
  };
  const write = async (content: string, finish: boolean): Promise<void> => {
    const feedbackId = opened ? undefined : key;
    await socket.writeStream(reqId, { id: key, content, finish, feedbackId });
    opened = true;
  };
  const patience = { againMs, signal };
  const end = async (text: string): Promise<void> => {
    await socket.ready(reconnectedMs);
    await write(text, true);
  };
  /** Sends to the chat, once: a message whose fate is unknown is not sent again. False if it was refused. */
  const push = async (text: string): Promise<boolean> => {
    await note({ pushed: true });
    try {
      await patiently(() => socket.push(chat, chatType, text), {
        ...patience,
        passes: (error) => error instanceof FrameRefused,
      });
      return true;
    } catch (error) {
      if (error instanceof NotConnected || error instanceof FrameRefused) {
        await note({ pushed: false });
        if (error instanceof NotConnected) throw error;
        log(`企业微信 ${key} 主动发送被拒绝`, error);
        return false;
      }
      log(`企业微信 ${key} 主动发送没有回音，不再重发`, error);
      return true;
    }
  };

  return {
    async waiting() {
      // Right after a restart there is no connection yet; the answer will wait for it.
      if (socket.state === 'ready') await write(WAITING, false);
    },
    async stream({ whole }) {
      await write(beginning(whole), false);
    },
    pauseMs: paceMs,
    async deliver(reply) {
      const text = markdown(reply);
      if (place.pushed) return;
      try {
        return await patiently(() => end(text), {
          ...patience,
          passes: (error) => error instanceof FrameRefused && !OVER.includes(error.code),
        });
      } catch (error) {
        if (error instanceof FrameRefused && (await push(text))) return;
        // What may have arrived is written again when the line is back; without a line there is one way left.
        const certain = error instanceof FrameRefused || error instanceof NotConnected;
        if (!certain || responseUrl === undefined) throw error;
      }
      await postOnce(responseUrl, text, place.posted === true, () => note({ posted: true }));
    },
  };
}
