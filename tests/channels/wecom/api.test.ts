/** The API client: one token for all, renewed when it is refused, and messages that arrive once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendToResponseUrl, WecomError, wecomApi } from '../../../src/channels/wecom/api.ts';
import type { PlatformApi } from './platform-api.ts';
import { AGENT_ID, CORP_SECRET, startPlatformApi } from './platform-api.ts';
import { CORP_ID } from './sealing.ts';

let platform: PlatformApi;
beforeEach(async () => {
  platform = await startPlatformApi();
});
afterEach(() => platform.close());

const api = (options: { secret?: string; now?: () => number } = {}) =>
  wecomApi(
    {
      apiUrl: platform.url,
      corpId: CORP_ID,
      corpSecret: options.secret ?? CORP_SECRET,
      agentId: AGENT_ID,
    },
    options.now,
  );
const tokensAsked = () => platform.calls.get('/cgi-bin/gettoken') ?? 0;

describe('the access token', () => {
  it('is fetched once for many messages', async () => {
    const wecom = api();
    for (const text of ['一', '二', '三']) await wecom.send('li', text);
    expect(platform.sent.map(({ content }) => content)).toEqual(['一', '二', '三']);
    expect(tokensAsked()).toBe(1);
  });

  it('is fetched once by all who need it at the same time', async () => {
    platform.tokenDelay = 30;
    const wecom = api();
    await Promise.all(Array.from({ length: 50 }, (_, i) => wecom.send('li', `第${i}条`)));
    expect(platform.sent).toHaveLength(50);
    expect(tokensAsked()).toBe(1);
  });

  it.each([40014, 42001] as const)('is renewed once when it is refused with %d', async (code) => {
    const wecom = api();
    await wecom.send('li', '前');
    platform.refuseTokens(code);
    platform.tokenDelay = 30;
    await Promise.all(Array.from({ length: 20 }, (_, i) => wecom.send('li', `后${i}`)));
    expect(platform.sent).toHaveLength(21);
    expect(tokensAsked()).toBe(2);
  });

  it('is not asked for again and again when every token is refused', async () => {
    const wecom = api();
    await wecom.send('li', '前');
    platform.refuse(40014, 5);
    await expect(wecom.send('li', '后')).rejects.toMatchObject({ code: 40014 });
    expect(tokensAsked()).toBe(2);
  });

  it('is renewed before it ends', async () => {
    let now = 0;
    const wecom = api({ now: () => now });
    await wecom.send('li', '一');
    now = 7_000_000;
    await wecom.send('li', '二');
    expect(tokensAsked()).toBe(1);
    now = 7_150_000;
    await wecom.send('li', '三');
    expect(tokensAsked()).toBe(2);
  });

  it('is asked for again after it could not be had', async () => {
    const wecom = api({ secret: 'wrong' });
    await expect(wecom.send('li', '一')).rejects.toMatchObject({ code: 40001 });
    await expect(wecom.send('li', '一')).rejects.toMatchObject({ code: 40001 });
    expect(tokensAsked()).toBe(2);
  });
});

describe('a message', () => {
  it('whose answer was lost may be sent again and arrives once', async () => {
    const wecom = api();
    platform.loseAnswers(1);
    await expect(wecom.send('li', '只一次')).rejects.toThrow(WecomError);
    await wecom.send('li', '只一次');
    expect(platform.sent).toEqual([{ user: 'li', content: '只一次' }]);
  });

  it.each([45009, 81013, -1])('that is refused with %d says so', async (code) => {
    platform.refuse(code, 1);
    await expect(api().send('li', '一')).rejects.toMatchObject({ code });
  });

  it('tells no secret when the platform cannot be reached', async () => {
    const wecom = api();
    await platform.close();
    const error = await wecom.send('li', '一').catch((e: Error) => e);
    expect(String(error)).toContain('/cgi-bin/gettoken');
    expect(String(error)).not.toContain(CORP_SECRET);
  });
});

it('a response_url takes one reply', async () => {
  const url = platform.responseUrl();
  await sendToResponseUrl(url, '迟到的回答');
  expect([...platform.responded.values()]).toEqual(['迟到的回答']);
  await expect(sendToResponseUrl(url, '再来一次')).rejects.toThrow(WecomError);
  expect(platform.responded.size).toBe(1);
});
