/**
 * Answering through a self-built app: messages sent to the person by the API.
 * @module
 */
import type { Exchange } from '../bots/types.ts';
import type { WecomApi } from './api.ts';
import { WecomError } from './api.ts';
import { patiently } from './patience.ts';
import { messages, WAITING } from './render.ts';
import type { TargetOf } from './target.ts';

/** What is kept with a message. */
export interface AppPlace {
  /** Messages of the reply that have arrived. */
  readonly sent?: number;
  /** The waiting sign was sent. */
  readonly waited?: boolean;
}

/** How long things take, in milliseconds. */
export interface AppTimes {
  /** An answer that takes longer is announced: a message cannot be edited, so a quick one needs no announcement. */
  readonly waitingMs: number;
  /** Waits before WeCom is asked again. */
  readonly againMs: readonly number[];
}

const WAITING_MS = 1_500;

/** WeCom is busy (-1), or the app sent too much in this minute (45009) or at once (45033): it passes. */
const PASSING: readonly (number | undefined)[] = [-1, 45009, 45033];
/** So does, perhaps, whatever keeps WeCom from being reached. */
const passes = (error: unknown) =>
  error instanceof WecomError && (error.code === undefined || PASSING.includes(error.code));

/** The exchange for one message. */
export function appExchange(
  { key, user }: TargetOf<'app'>,
  api: WecomApi,
  { kept, keep, times = {}, signal }: AppExchangeOptions,
): Exchange {
  const { waitingMs = WAITING_MS, againMs } = times;
  const mark = key.slice(0, 6);
  let place = kept;
  const note = (more: AppPlace) => {
    place = { ...place, ...more };
    return keep(place);
  };
  let over = false;
  return {
    async waiting() {
      if (place.waited) return;
      // The message's turn does not wait for this.
      setTimeout(() => {
        if (over || signal.aborted) return;
        void note({ waited: true })
          .then(() => api.send(user, `${WAITING}\n\n编号 ${mark}`))
          .catch(() => {
            // The answer is still to come, and tells of what is wrong.
          });
      }, waitingMs).unref();
    },
    async deliver(reply) {
      over = true;
      const parts = messages(reply, mark);
      for (const [n, part] of parts.entries()) {
        // What arrived before a crash is not sent again; what may have arrived is dropped by WeCom as the same.
        if (n < (place.sent ?? 0)) continue;
        await patiently(() => api.send(user, part), { passes, againMs, signal });
        await note({ sent: n + 1 });
      }
    },
  };
}

/** What an exchange works with. */
export interface AppExchangeOptions {
  readonly kept: AppPlace;
  readonly keep: (place: AppPlace) => Promise<void>;
  readonly times?: Partial<AppTimes> | undefined;
  /** Aborted when the service stops. */
  readonly signal: AbortSignal;
}
