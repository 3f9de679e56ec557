/**
 * Hostile calls of the bots' addresses, which are open to anyone who knows them: whatever comes, signed or not, is
 * never our own fault, and what is not signed gets nowhere.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { startBots } from '../../../src/channels/http/bots.ts';
import { parseConfig } from '../../../src/config.ts';
import { BOT_TOKEN, eventCallback, SIGNING_SECRET, signed } from '../slack/scripted-slack.ts';
import { call } from '../wecom/caller.ts';
import { AES_KEY, CORP_ID, TOKEN } from '../wecom/sealing.ts';
import { corpusAssistant, serve, temporaryState } from './served.ts';

const RUNS = 60;
/** Nobody is there. */
const NOWHERE = 'http://127.0.0.1:9';

let asked = 0;
let service: Awaited<ReturnType<typeof serve>>;
let bots: Awaited<ReturnType<typeof startBots>>;
beforeAll(async () => {
  const kept = temporaryState();
  const real = await corpusAssistant();
  const assistant: Assistant = {
    ...real,
    ask: () => {
      asked++;
      return Promise.reject(new Error('not in this test'));
    },
  };
  const config = parseConfig({
    SLACK_BOT_TOKEN: BOT_TOKEN,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    SLACK_API_URL: `${NOWHERE}/api/`,
    WECOM_TOKEN: TOKEN,
    WECOM_ENCODING_AES_KEY: AES_KEY,
    WECOM_CORP_ID: CORP_ID,
    WECOM_CORP_SECRET: 'secret',
    WECOM_AGENT_ID: '1000002',
    WECOM_API_URL: NOWHERE,
  });
  bots = await startBots(config, { assistant, state: kept.state, log: () => {} });
  service = await serve({ assistant, kept, mounted: bots.routes });
}, 120_000);
afterAll(() => bots.stop(0));

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\u0000',
    '\ud800',
    '__proto__',
    ']]>',
    '<!DOCTYPE x [<!ENTITY a "b">]>',
    '&a;',
    '森林',
    'C1',
  ),
);
const json = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.dictionary(text, text, { maxKeys: 5 }), text);
const headers = fc.dictionary(
  fc.constantFrom(
    'content-type',
    'x-slack-signature',
    'x-slack-request-timestamp',
    'x-slack-retry-num',
    'content-encoding',
  ),
  fc.oneof(
    fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'v0=',
      'v0=ab',
      '0',
      '-1',
      '1e99',
    ),
    fc.string({ maxLength: 30 }).map((value) => value.replace(/[^\x21-\x7e]/g, '')),
  ),
  { maxKeys: 4 },
);

const post = async (path: string, body: string, sent: Record<string, string> = {}) => {
  const response = await service.fetch(path, { method: 'POST', body: Buffer.from(body), headers: sent });
  return { status: response.status, text: await response.text() };
};

test('what is not signed is refused, whatever it is, and nobody is asked', async () => {
  const property = fc.asyncProperty(json, headers, text, async (body, sent, query) => {
    const address = `/wecom/callback?msg_signature=${encodeURIComponent(Buffer.from(query).toString())}&timestamp=${Math.floor(Date.now() / 1000)}&nonce=1`;
    for (const path of ['/slack/events', '/wecom/callback', address])
      for (const written of [JSON.stringify(body) ?? '', query, `<xml>${JSON.stringify(body)}</xml>`]) {
        const { status } = await post(path, written, sent);
        expect([path, written, status]).toSatisfy(() => status >= 400 && status < 500);
      }
    const verified = await service.fetch(
      `${address}&echostr=${encodeURIComponent(Buffer.from(query).toString())}`,
    );
    expect([400, 401, 403]).toContain(verified.status);
  });
  await fc.assert(property, { numRuns: RUNS });
  expect(asked).toBe(0);
}, 120_000);

test('what Slack signs but never sends is taken or refused', async () => {
  const seen = new Set<number>();
  const property = fc.asyncProperty(json, text, fc.string(), async (value, one, type) => {
    const events = [
      value,
      eventCallback(value as Record<string, unknown>, one),
      eventCallback({ type, channel: value, user: value, text: value, ts: value, thread_ts: value }),
      { type, challenge: value },
    ];
    for (const event of events) {
      const body = Buffer.from(JSON.stringify(event)).toString();
      const { status } = await post('/slack/events', body, {
        'content-type': 'application/json',
        ...signed(body),
      });
      expect([body, status]).toSatisfy(() => status < 500);
      seen.add(status);
    }
    const form = new URLSearchParams({
      payload: JSON.stringify(value),
      command: one,
      text: one,
      response_url: one,
    }).toString();
    const { status } = await post('/slack/events', form, {
      'content-type': 'application/x-www-form-urlencoded',
      ...signed(form),
    });
    expect([form, status]).toSatisfy(() => status < 500);
  });
  await fc.assert(property, { numRuns: RUNS });
  // The signature was right: it came as far as being read.
  expect(seen).toContain(200);
}, 120_000);

test('what WeCom seals but never sends is taken or refused', async () => {
  const seen = new Set<number>();
  const property = fc.asyncProperty(json, text, async (value, one) => {
    const whole = JSON.stringify(value);
    const plaintexts = [
      whole,
      one,
      JSON.stringify({
        msgid: value,
        msgtype: one,
        from: value,
        chattype: value,
        event: value,
        stream: value,
      }),
      `<xml><FromUserName>${one}</FromUserName><MsgType>text</MsgType><Content>${whole}</Content></xml>`,
      `<xml><MsgType><![CDATA[${one}]]></MsgType><Event>${one}</Event><MsgId>${one}</MsgId></xml>`,
      `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "${'x'.repeat(50)}"><!ENTITY b "&a;&a;&a;">]><xml><Content>&b;</Content></xml>`,
      '<xml>'.repeat(500),
    ];
    for (const plaintext of plaintexts)
      for (const kind of ['bot', 'app'] as const) {
        const { url, body } = call('', plaintext, kind);
        const { status } = await post(url, body);
        expect([plaintext, kind, status]).toSatisfy(() => status < 500);
        seen.add(status);
      }
  });
  await fc.assert(property, { numRuns: RUNS });
  // The signature was right: it came as far as being read.
  expect(seen).toContain(200);
}, 120_000);
