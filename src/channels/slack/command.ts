/**
 * Replies to a slash command, at its `response_url`: only the person who typed it sees them.
 * @module
 */
import type { Exchange } from '../bots/types.ts';
import { toMessage } from './blocks.ts';

/** How long the post may take, in milliseconds. */
const TIMEOUT_MS = 15_000;

/**
 * An exchange at a `response_url`, which Slack accepts five times within 30 minutes. A second delivery asks Slack to
 * replace the first.
 * @param origin of the Web API: besides slack.com the only place that replies are sent to
 */
export function respondAt(responseUrl: string, origin: string): Exchange {
  return {
    deliver: (reply) =>
      postTo(responseUrl, origin, {
        response_type: 'ephemeral',
        replace_original: true,
        ...toMessage(reply),
      }),
  };
}

/**
 * Posts JSON to a `response_url`.
 * @throws Error if it points elsewhere than to Slack, or Slack does not accept it
 */
export async function postTo(responseUrl: string, origin: string, body: object): Promise<void> {
  const url = new URL(responseUrl);
  const isSlack = url.protocol === 'https:' && /(^|\.)slack\.com$/.test(url.hostname);
  if (!isSlack && url.origin !== origin) throw new Error('response_url 不在 Slack');
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`response_url: ${response.status} ${text.slice(0, 200)}`);
}
