/**
 * Following a shared index: what another server, or an ingest, has put in use is taken up while serving.
 * @module
 */
import type { Watch } from './watch.ts';

/** What is followed, and what is done about it. */
export interface FollowOptions {
  /** When the index that is in use for all was built, ISO 8601; undefined if there is none. */
  readonly newest: () => Promise<string | undefined>;
  /** When the one served here was built. */
  readonly served: () => string;
  /** Opens the one in use for all and serves it. */
  readonly take: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly everyMs?: number;
}

/** In milliseconds: how long servers may answer from different indexes, besides the time that opening takes. */
const EVERY_MS = 5_000;
/** The longest pause before what could not be taken is tried again, such as the index of a newer version. */
const PAUSE_MS = 600_000;

/** Looks at intervals, and takes what is new. */
export function followIndex({ newest, served, take, onError, everyMs = EVERY_MS }: FollowOptions): Watch {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let pause = everyMs;
  const look = async () => {
    // Whoever cannot reach the store hears of it from the searches.
    const found = await newest().catch(() => undefined);
    if (found === undefined || found === served()) pause = everyMs;
    else if (!stopped) {
      await take().catch((error: unknown) => {
        pause = Math.min(2 * pause, PAUSE_MS);
        onError(error);
      });
    }
    if (!stopped) timer = setTimeout(look, pause).unref();
  };
  timer = setTimeout(look, everyMs).unref();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
