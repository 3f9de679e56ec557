/**
 * What a check of the doctor is. A new one is a file in `checks/` and a line in `checks.ts`.
 * @module
 */
import type { Config } from '../config.ts';

/**
 * What a check found, in plain Chinese for the person who runs the service; never a key. A warning is something that
 * works but should be looked at; a failure is something configured that does not work.
 */
export type Finding =
  | { readonly level: 'ok'; readonly message: string }
  | { readonly level: 'warning' | 'failure'; readonly message: string; readonly remedy: string };

/** One thing that can be tried. */
export interface Check {
  /** What is tried, in a few Chinese characters. */
  readonly name: string;
  /**
   * Tries it and leaves no trace. What is not configured is ok, and says so. An error thrown counts as a failure with
   * its message; the signal is aborted when it takes too long.
   */
  run(config: Config, signal: AbortSignal): Promise<Finding>;
}

/** A finding of something that works. */
export function ok(message: string): Finding {
  return { level: 'ok', message };
}

/** A finding of something to look at. */
export function warning(message: string, remedy: string): Finding {
  return { level: 'warning', message, remedy };
}

/** A finding of something that does not work. */
export function failure(message: string, remedy: string): Finding {
  return { level: 'failure', message, remedy };
}
