/**
 * Asking again when a refusal will pass.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits before WeCom is asked again, in milliseconds: its limits are counted by the minute. */
export const AGAIN_MS: readonly number[] = [1_000, 4_000, 15_000, 60_000];

/** When to ask again. */
export interface Patience {
  /** Whether what went wrong will pass. */
  readonly passes: (error: unknown) => boolean;
  /** {@link AGAIN_MS} if left out. */
  readonly againMs?: readonly number[] | undefined;
  /** Aborted when the service stops. */
  readonly signal: AbortSignal;
}

/** Does `work`, and after each wait again, for as long as what goes wrong will pass. */
export async function patiently<T>(
  work: () => Promise<T>,
  { passes, againMs = AGAIN_MS, signal }: Patience,
): Promise<T> {
  for (const wait of againMs) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error)) throw error;
      await sleep(wait, undefined, { signal });
    }
  }
  return work();
}
