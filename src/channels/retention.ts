/**
 * Retention: what is kept longer than it should be is removed, at the start and once a day.
 * @module
 */
import type { Removed, State } from '../state/types.ts';

/** How long records are kept, and who is told. */
export interface RetentionOptions {
  /** 0: for ever. */
  readonly days: number;
  readonly onRemoved: (removed: Removed) => void;
  readonly onError: (error: unknown) => void;
  readonly now?: () => number;
  /** Milliseconds of a clock that only runs forward. */
  readonly uptime?: () => number;
}

const DAY_MS = 86_400_000;
/** The wall clock may drift and be set right, but not by so much. */
const JUMP_MS = DAY_MS / 2;

/** A clock was set far ahead or back while the server ran: by it, everything could look too old. */
export class ClockJumpError extends Error {
  override readonly name = 'ClockJumpError';
}

/** Removes what is too old, now and daily; returns how to stop. */
export function keepFor(state: State, options: RetentionOptions): { stop(): void } {
  if (options.days === 0) return { stop() {} };
  const clean = cleanerOf(state, options);
  void clean();
  const timer = setInterval(clean, DAY_MS).unref();
  return { stop: () => clearInterval(timer) };
}

/** One removal after another, each by the clock as it was when the server started plus the time gone by since. */
export function cleanerOf(
  state: Pick<State, 'prune'>,
  { days, onRemoved, onError, now = Date.now, uptime = () => performance.now() }: RetentionOptions,
): () => Promise<void> {
  const begun = now() - uptime();
  return async () => {
    try {
      const expected = begun + uptime();
      if (Math.abs(now() - expected) > JUMP_MS)
        throw new ClockJumpError('the clock jumped: nothing is removed until the server is started anew');
      const removed = await state.prune(expected - days * DAY_MS);
      if (Object.values(removed).some((count) => count > 0)) onRemoved(removed);
    } catch (error) {
      onError(error);
    }
  };
}
