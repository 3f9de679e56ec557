/** Whether a request comes from Slack. */
import { expect, test } from 'vitest';
import { isFromSlack } from '../../../src/channels/slack/verify.ts';

/** The example of https://docs.slack.dev/authentication/verifying-requests-from-slack */
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const REQUEST = {
  timestamp: '1531420618',
  body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
};
const THEN = 1_531_420_618_000;
const MINUTE = 60_000;

test('the example of Slack’s documentation is accepted, up to five minutes off', () => {
  for (const off of [0, 5 * MINUTE, -5 * MINUTE]) {
    expect(isFromSlack(REQUEST, SECRET, THEN + off)).toBe(true);
  }
});

test('an old request is refused, and one from the future', () => {
  for (const off of [5 * MINUTE + 1000, -5 * MINUTE - 1000]) {
    expect(isFromSlack(REQUEST, SECRET, THEN + off)).toBe(false);
  }
});

test.each([
  ['another body', { ...REQUEST, body: `${REQUEST.body}&a=b` }],
  ['another time', { ...REQUEST, timestamp: '1531420619' }],
  ['another digest', { ...REQUEST, signature: REQUEST.signature.replace('a211', 'a212') }],
  ['no version', { ...REQUEST, signature: REQUEST.signature.slice(3) }],
  ['half a signature', { ...REQUEST, signature: REQUEST.signature.slice(0, 40) }],
  ['characters of several bytes', { ...REQUEST, signature: '规'.repeat(67) }],
  ['no signature', { ...REQUEST, signature: '' }],
  ['no time', { ...REQUEST, timestamp: '' }],
  ['a time that is no number', { ...REQUEST, timestamp: '1531420618.0' }],
])('%s is refused', (_what, request) => {
  expect(isFromSlack(request, SECRET, THEN)).toBe(false);
});

test('another secret is refused', () => {
  expect(isFromSlack(REQUEST, `${SECRET}a`, THEN)).toBe(false);
});
