/**
 * Slack's Web API, called so that nothing is said twice.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger, WebClientOptions } from '@slack/web-api';
import { LogLevel, WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from '@slack/web-api';

/** How long one call may take, in milliseconds. */
const TIMEOUT_MS = 15_000;
/** How often a call waits as long as Slack asks it to before it gives up. */
const RATE_LIMIT_WAITS = 5;
/** The longest such wait that is worth it, in seconds; Slack asks for at most a minute as a rule. */
const RATE_LIMIT_SECONDS = 120;

/** The Web API with a bot's token. */
export interface SlackApi {
  /**
   * Makes a call, again after a rate limit as long as Slack says. Nothing else is tried again: after a timeout or a
   * broken connection the call may have been carried out.
   */
  call<T>(work: (client: WebClient) => Promise<T>): Promise<T>;
  /** Makes a call that is not worth waiting for. */
  once<T>(work: (client: WebClient) => Promise<T>): Promise<T>;
  /** Where `response_url`s may point besides slack.com: the origin of the API itself. */
  readonly origin: string;
}

/** A client for `SLACK_API_URL` with `SLACK_BOT_TOKEN`. */
export function createSlackApi(apiUrl: string, botToken: string): SlackApi {
  const client = new WebClient(botToken, clientOptions(apiUrl));
  return {
    origin: new URL(apiUrl).origin,
    once: (work) => work(client),
    async call(work) {
      for (let waits = 0; ; waits++) {
        try {
          return await work(client);
        } catch (error) {
          if (!(error instanceof WebAPIRateLimitedError)) throw error;
          if (waits >= RATE_LIMIT_WAITS || error.retryAfter > RATE_LIMIT_SECONDS) throw error;
          await sleep(error.retryAfter * 1000);
        }
      }
    },
  };
}

/** A client that tries nothing again by itself, writes to no log, and goes nowhere but to `apiUrl`. */
export function clientOptions(apiUrl: string): WebClientOptions {
  return {
    slackApiUrl: apiUrl,
    timeout: TIMEOUT_MS,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: silent,
  };
}

/** Slack's own word for why it refused a call, e.g. `missing_scope`; undefined for any other error. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof WebAPIPlatformError ? error.data.error : undefined;
}

/** What Slack's packages would log reaches us as errors, too. */
export const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};
