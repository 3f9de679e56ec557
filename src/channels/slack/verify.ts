/**
 * Whether a request comes from Slack: https://docs.slack.dev/authentication/verifying-requests-from-slack
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far a request's time may be from ours, in seconds; five minutes is what Slack's documentation says. */
const WINDOW_SECONDS = 300;

/**
 * Whether `signature` is Slack's for the raw `body` at `timestamp`, and that time is now, give or take five minutes.
 * Compares in constant time.
 * @param timestamp of the header `x-slack-request-timestamp`, in seconds since 1970
 * @param signature of the header `x-slack-signature`: `v0=` and 64 hexadecimal digits
 * @param now in milliseconds since 1970
 */
export function isFromSlack(
  { body, timestamp, signature }: { body: string; timestamp: string; signature: string },
  signingSecret: string,
  now: number,
): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now / 1000 - Number(timestamp)) > WINDOW_SECONDS) return false;
  const expected = Buffer.from(
    `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`,
  );
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
