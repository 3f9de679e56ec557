/**
 * The chat platforms, which this channel mounts: one queue for all of them, started and stopped together.
 * @module
 */
import type { Hono } from 'hono';
import type { Config } from '../../config.ts';
import type { StartBot } from '../bots/bot.ts';
import { createQueue } from '../bots/queue.ts';
import type { Services } from '../bots/respond.ts';
import { startSlack } from '../slack/start.ts';
import { startWecom } from '../wecom/start.ts';

/** How long running answers may take to finish when the server stops, in milliseconds. */
const GRACE_MS = 8_000;

/** Every platform; a further one is one folder and one entry here. */
const PLATFORMS: readonly StartBot[] = [startSlack, startWecom];

/** The bots of a server. */
export interface Bots {
  readonly routes: readonly Hono[];
  /** What to tell whoever starts the server, a line each. */
  readonly lines: readonly string[];
  /** Lets running answers finish; the others are answered after the next start. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Starts every platform that is configured, and first takes up what an earlier process left unanswered.
 * @throws StateError if that cannot be read
 */
export async function startBots(
  config: Config,
  {
    assistant,
    state,
    log = logToStderr,
  }: Pick<Services, 'assistant' | 'state'> & Partial<Pick<Services, 'log'>>,
): Promise<Bots> {
  const queue = createQueue(config.botConcurrency);
  const services = { assistant, state, queue, log, publicUrl: config.publicUrl };
  const bots = await Promise.all(PLATFORMS.map((start) => start(config, services)));
  return {
    routes: bots.map(({ routes }) => routes),
    lines: bots.flatMap(({ lines }) => lines),
    async stop(graceMs = GRACE_MS) {
      await Promise.all(bots.map((bot) => bot.stop(graceMs)));
    },
  };
}

const logToStderr: Services['log'] = (doing, error) => console.error(`${doing}:`, error);
