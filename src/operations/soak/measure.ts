/**
 * Loaded into the server before all else (`--import`): whoever started it asks over IPC how much memory it takes.
 * @module
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MemorySample } from './verdict.ts';

/** What the server answers to any message. */
export interface Measured extends MemorySample {
  /** The longest that its event loop was held up since it was asked last, in milliseconds. */
  readonly heldUp: number;
}

if (process.send) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  process.on('message', () => {
    const heldUp = delay.max / 1e6;
    // With --expose-gc: what is garbage is no growth.
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ live: heapUsed + external, resident: rss, heldUp } satisfies Measured);
    // The pause just made is not the server's.
    setImmediate(() => delay.reset());
  });
  // Whoever started it is gone.
  process.on('disconnect', () => process.exit(0));
  process.channel?.unref();
}
