/**
 * A chat platform as the server sees it.
 * @module
 */
import type { Hono } from 'hono';
import type { Config } from '../../config.ts';
import type { RunnerOptions } from './runner.ts';

/** A platform as the server mounts it, whether or not it is configured. */
export interface Bot {
  /** Its routes with their whole paths; without configuration they say what is missing. */
  readonly routes: Hono;
  /** For whoever starts the server, a line each: how it is connected, or what of its configuration is missing. */
  readonly lines: readonly string[];
  /** Takes on nothing more, and waits at most `graceMs` for what runs. */
  stop(graceMs: number): Promise<void>;
}

/** What a platform's folder offers. Must not reject because a platform cannot be reached: it is tried again. */
export type StartBot = (config: Config, options: RunnerOptions) => Promise<Bot>;
