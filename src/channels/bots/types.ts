/**
 * What bots have in common: the one interface a chat platform is attached by.
 *
 * A platform is one folder with one {@link Adapter}. It turns what the platform delivers into an
 * {@link IncomingMessage}, hands it to the runner's `receive`, and acknowledges it to the platform only after that
 * promise has resolved: from then on the message is on disk. The runner calls back with an {@link Exchange} per
 * message to show that work goes on, to stream, and to deliver the reply.
 *
 * @module
 */
import type { Turn } from '../../answer/types.ts';

/** A message as a platform delivered it. */
export interface IncomingMessage {
  /** Unique for one message of one platform, whatever number of times it is delivered, e.g. `slack:T1:C1:17.2`. */
  readonly id: string;
  /**
   * The thread or chat whose messages belong together, e.g. `slack:T1:C1:17.1`: they share memory and the restriction
   * to plans, and are answered one after the other.
   */
  readonly conversation: string;
  /** What was typed, without mentions of the bot; empty for a bare mention, which is answered with the help. */
  readonly text: string;
  /** Who typed it, as the platform knows them. */
  readonly asker?: string | undefined;
  /** Whatever the adapter needs to answer, even after a restart: plain JSON, kept with the message. */
  readonly target: unknown;
}

/** A source as replies show it. */
export interface Source {
  /** The number in the text: [1], [2] …; in `related`, the rank. */
  readonly n: number;
  readonly title: string;
  /** Article-level: 第三章第一节 第2段. */
  readonly label: string;
  /** Verbatim; after `fitted` it may be the beginning of the quote, and then ends with {@link SHORTENED}. */
  readonly quote: string;
  /** Opens the source at the highlighted words; undefined when `PUBLIC_URL` is not set. */
  readonly url?: string | undefined;
}

/** Stands at the end of a quote that was shortened. */
export const SHORTENED = '……';

/** What is said to the asker, for every platform to render in its own way; plain JSON. */
export interface Reply {
  /** `answer` may be rated; `command` is the result of a command; `error` says that something went wrong. */
  readonly kind: 'answer' | 'command' | 'error';
  /** Of an answer: the id that feedback refers to. */
  readonly answerId?: string | undefined;
  /** Markdown; [1], [2] … refer to `sources`. */
  readonly text: string;
  readonly sources: readonly Source[];
  readonly notices: readonly string[];
  /** When the plans do not say: the nearest passages, for the person to judge. */
  readonly related: readonly Source[];
  readonly followUps: readonly string[];
}

/** One message being answered on its platform. Made anew after a restart. */
export interface Exchange {
  /**
   * Shows at once that work goes on; called before the message's turn has come. A rejection is logged and costs the
   * asker nothing else.
   */
  waiting?(): Promise<void>;
  /**
   * Shows a part of the answer: `whole` is all the Markdown so far, `added` what is new since the last call. Not
   * called again before the promise resolved and `pauseMs` passed; not called at all for an answer that is there
   * quickly. After a rejection, which is logged, only `deliver` follows.
   */
  stream?(text: { readonly whole: string; readonly added: string }): Promise<void>;
  /** Between one call of `stream` and the next, in milliseconds; `deliver` does not wait for it. None if left out. */
  readonly pauseMs?: number;
  /**
   * Delivers the reply, in place of what was shown so far. Rejects if it may not have arrived; it is then called
   * again. It may also be called again after a crash although it had arrived, with the same reply and what was kept:
   * it must then replace the first delivery (edit) or be recognised as the same by the platform.
   */
  deliver(reply: Reply): Promise<void>;
  /** What was said in the conversation before, oldest first; asked for when nothing of it is remembered. */
  history?(): Promise<readonly Turn[]>;
}

/** A chat platform. */
export interface Adapter {
  /** The folder's name: slack, wecom. */
  readonly channel: string;
  /**
   * Begins or, after a restart, resumes the answering of a message. It must not throw for a target it once made.
   * @param kept what the adapter kept for this message last, e.g. the id of its reply; undefined if nothing
   * @param keep keeps plain JSON with the message; it is on disk when the promise resolves
   */
  exchange(message: IncomingMessage, kept: unknown, keep: (place: unknown) => Promise<void>): Exchange;
}
