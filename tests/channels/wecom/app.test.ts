/** A self-built app: called over HTTP with sealed XML, answering through the API. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appMessage, call, send } from './caller.ts';
import type { PlatformApi } from './platform-api.ts';
import { AGENT_ID, CORP_SECRET, startPlatformApi } from './platform-api.ts';
import {
  answering,
  apiAnswer,
  CALLBACK,
  citedIn,
  neverAnswering,
  QUESTION,
  replying,
  serve,
  settled,
  sourcesIn,
  until,
  useServer,
} from './running.ts';
import { CORP_ID, sealed, signature, TOKEN } from './sealing.ts';

useServer();
let platform: PlatformApi;
let APP: Record<string, string>;
beforeEach(async () => {
  platform = await startPlatformApi();
  APP = {
    ...CALLBACK,
    WECOM_CORP_ID: CORP_ID,
    WECOM_CORP_SECRET: CORP_SECRET,
    WECOM_AGENT_ID: AGENT_ID,
    WECOM_API_URL: platform.url,
  };
});
afterEach(() => platform.close());

const say = (url: string, msgid: string, text: string, user = 'li') =>
  send(call(url, appMessage(msgid, text, user), 'app'));
const FOOTER = /\n\n编号 [0-9a-f]{6}(（\d\/\d）)?$/;
/** What a person reads, in one piece. */
const readBy = (user: string) =>
  platform.sent
    .filter((message) => message.user === user)
    .map(({ content }) => content.replace(FOOTER, ''))
    .join('\n\n');
const answered = (count = 1) => until(() => platform.sent.length >= count);

describe('a message', () => {
  it('is acknowledged with nothing, and answered with the text and the citations of the API', async () => {
    const { url } = await serve(APP);
    const response = await say(url, '1', QUESTION);
    expect([response.status, await response.text()]).toEqual([200, '']);
    await settled();
    const answer = await apiAnswer(url, QUESTION);
    expect(readBy('li').startsWith(answer.answer)).toBe(true);
    expect(sourcesIn(readBy('li'))).toEqual(citedIn(answer));
    for (const { content } of platform.sent) expect(content).toMatch(FOOTER);
  });

  it('longer than 2,048 bytes comes as several messages, in order, none torn within a source', async () => {
    const { url } = await serve(APP, {
      assistant: replying((answer) => {
        const numbers = [1, 2, 3, 4, 5, 6, 7];
        return {
          ...answer,
          answer: numbers.map((n) => `第${n}句。[${n}]`).join(''),
          citations: numbers.map((n) => ({ ...answer.citations[0]!, n, quote: `${n}${'规划'.repeat(140)}` })),
        };
      }),
    });
    await say(url, '1', QUESTION);
    await settled();
    expect(platform.sent.length).toBeGreaterThan(2);
    for (const { content } of platform.sent) expect(Buffer.byteLength(content)).toBeLessThanOrEqual(2048);
    const inEach = platform.sent.flatMap(({ content }) => sourcesIn(content.replace(FOOTER, '')));
    expect(inEach.map(({ quote }) => quote)).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((n) => `${n}${'规划'.repeat(140)}`),
    );
    expect(platform.sent.map(({ content }) => /（(\d\/\d)）$/.exec(content)?.[1])).toEqual(
      platform.sent.map((_, i, all) => `${i + 1}/${all.length}`),
    );
  });

  it('beyond eight messages is cut behind a citation and says so', async () => {
    const { url } = await serve(APP, {
      assistant: replying((answer) => {
        const numbers = Array.from({ length: 300 }, (_, i) => i + 1);
        return {
          ...answer,
          answer: numbers.map((n) => `第${n}句说的是森林覆盖率的又一个方面。[${n}]`).join('\n'),
          citations: numbers.map((n) => ({ ...answer.citations[0]!, n })),
        };
      }),
    });
    await say(url, '1', QUESTION);
    await settled();
    expect(platform.sent.length).toBeLessThanOrEqual(8);
    const read = readBy('li');
    const said = [...read.matchAll(/第\d+句[^\n]*?\[(\d+)\]/g)].map(([, n]) => Number(n));
    expect(read).toContain('回答太长');
    expect(sourcesIn(read).map(({ n }) => n)).toEqual(said);
  });

  it('tried again by WeCom, while the first try runs and after it, is answered once', async () => {
    const { url } = await serve(APP, {
      assistant: answering(() => new Promise((resolve) => setTimeout(resolve, 100))),
    });
    const responses = await Promise.all(Array.from({ length: 5 }, () => say(url, '1', QUESTION)));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await settled();
    const request = call(url, appMessage('1', QUESTION), 'app');
    expect((await send(request)).status).toBe(200);
    expect((await send(request)).status).toBe(200);
    await settled();
    expect(platform.sent).toHaveLength(1);
  });

  it('that takes long is announced', async () => {
    let end = () => {};
    const { url } = await serve(APP, {
      assistant: answering(
        () =>
          new Promise((resolve) => {
            end = resolve;
          }),
      ),
      times: { waitingMs: 30 },
    });
    await say(url, '1', QUESTION);
    await answered();
    expect(platform.sent[0]?.content).toContain('正在查找');
    end();
    await settled();
    expect(platform.sent).toHaveLength(2);
  });

  it('asked twice is answered twice, though the answers are the same', async () => {
    const { url } = await serve(APP);
    await say(url, '1', '帮助');
    await settled();
    await say(url, '2', '帮助');
    await settled();
    expect(platform.sent).toHaveLength(2);
  });

  it('and 200 at once are all answered, each once', async () => {
    const { url } = await serve(APP, { times: { waitingMs: 600_000 } });
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => (await say(url, String(i), QUESTION, `u${i}`)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    await settled();
    expect(new Set(platform.sent.map(({ user }) => user)).size).toBe(200);
    expect(platform.sent).toHaveLength(200);
    expect(platform.calls.get('/cgi-bin/gettoken')).toBe(1);
  });
});

describe('when the API has trouble', () => {
  it.each([40014, 42001] as const)(
    'a token refused with %d is renewed, and nothing is lost',
    async (code) => {
      const { url } = await serve(APP);
      await say(url, '1', QUESTION);
      await settled();
      platform.refuseTokens(code);
      await Promise.all([say(url, '2', QUESTION, 'a'), say(url, '3', QUESTION, 'b')]);
      await settled();
      expect(platform.sent.map(({ user }) => user).sort()).toEqual(['a', 'b', 'li']);
      expect(platform.calls.get('/cgi-bin/gettoken')).toBe(2);
    },
  );

  it.each([45009, -1])('%d, which passes, is waited out', async (code) => {
    platform.refuse(code, 3);
    const { url } = await serve(APP);
    await say(url, '1', QUESTION);
    await settled();
    expect(platform.sent).toHaveLength(1);
    expect(sourcesIn(readBy('li')).length).toBeGreaterThan(0);
  });

  it('an answer whose receipt was lost on the way arrives once', async () => {
    platform.loseAnswers(2);
    const { url } = await serve(APP);
    await say(url, '1', QUESTION);
    await settled();
    expect(platform.sent).toHaveLength(1);
    expect(platform.calls.get('/cgi-bin/message/send')).toBe(3);
  });

  it('81013, a person out of the app’s sight, is logged and given up', async () => {
    const { url, logged } = await serve(APP);
    await say(url, '1', QUESTION, 'nobody');
    await settled();
    expect(logged.join('\n')).toContain('errcode 81013');
    expect(logged.join('\n')).not.toContain(CORP_SECRET);
  });

  it('an error on our side is told with an id that the log has, too', async () => {
    const { url, logged } = await serve(APP, {
      assistant: answering(() => Promise.reject(new Error('the disk is on fire'))),
    });
    await say(url, '1', QUESTION);
    await settled();
    const id = /错误编号 ([0-9a-f]{8})/.exec(platform.sent[0]?.content ?? '')?.[1] ?? 'none';
    expect(platform.sent[0]?.content).not.toContain('fire');
    expect(logged.join('\n')).toMatch(new RegExp(`${id}.*the disk is on fire`));
  });
});

it('a crash between the acknowledgement and the reply: it is answered after the restart, once', async () => {
  const before = await serve(APP, { assistant: neverAnswering() });
  expect((await say(before.url, '1', QUESTION)).status).toBe(200);
  await before.crash();
  expect(platform.sent).toEqual([]);
  await serve(APP);
  await settled();
  const after = await serve(APP);
  await say(after.url, '1', QUESTION);
  await settled();
  expect(platform.sent).toHaveLength(1);
});

it('a crash in the middle of several messages: the rest follows, and nothing comes twice', async () => {
  const long = replying((answer) => ({
    ...answer,
    answer: [1, 2, 3].map((n) => `${n}${'句'.repeat(600)}。[1]\n`).join(''),
  }));
  const before = await serve(APP, { assistant: long, times: { againMs: [600_000] } });
  platform.refuse(0, 1);
  // The first goes through the scripted refusal of 0, which sends nothing; the others wait for the crash.
  platform.refuse(45009, 1);
  await say(before.url, '1', QUESTION);
  await until(() => (platform.calls.get('/cgi-bin/message/send') ?? 0) >= 2);
  await before.crash();
  const sentBefore = platform.sent.length;
  await serve(APP, { assistant: long });
  await settled();
  const contents = platform.sent.map(({ content }) => content);
  expect(sentBefore).toBe(0);
  expect(new Set(contents).size).toBe(contents.length);
  expect(contents.map((content) => /（(\d)\/\d）$/.exec(content)?.[1])).toEqual(
    contents.map((_, i) => String(i + 2)),
  );
});

describe('events and strangers', () => {
  const event = (name: string) =>
    `<xml><ToUserName><![CDATA[${CORP_ID}]]></ToUserName><FromUserName><![CDATA[li]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[${name}]]></Event><AgentID>1000002</AgentID></xml>`;

  it('whoever is given the app is told what it does, once', async () => {
    const { url } = await serve(APP);
    await send(call(url, event('subscribe'), 'app'));
    await send(call(url, event('subscribe'), 'app'));
    await settled();
    expect(platform.sent).toHaveLength(1);
    expect(platform.sent[0]?.content).toContain('帮助');
  });

  it('other events are acknowledged and nothing more', async () => {
    const { url } = await serve(APP);
    expect((await send(call(url, event('enter_agent'), 'app'))).status).toBe(200);
    await settled();
    expect(platform.sent).toEqual([]);
  });

  it('URL verification gives back the echo, sealed for the corp', async () => {
    const { url } = await serve(APP);
    const echo = sealed('1616140317555161061', CORP_ID);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const query = new URLSearchParams({
      msg_signature: signature(TOKEN, timestamp, '77', echo),
      timestamp,
      nonce: '77',
      echostr: echo,
    });
    expect(await (await fetch(`${url}/wecom/callback?${query}`)).text()).toBe('1616140317555161061');
  });

  it.each([
    ['another corp', { receiveId: 'ww-another' }, 403],
    ['an intelligent bot', { receiveId: '' }, 403],
    ['a wrong signature', { token: 'wrong' }, 401],
    ['an old call', { timestamp: Math.floor(Date.now() / 1000) - 400 }, 401],
  ])('%s is refused', async (_, forgery, status) => {
    const { url } = await serve(APP);
    expect((await send(call(url, appMessage('1', QUESTION), 'app', forgery))).status).toBe(status);
    await settled();
    expect(platform.sent).toEqual([]);
  });

  it('another app of the corp is refused', async () => {
    const { url } = await serve({ ...APP, WECOM_AGENT_ID: '1000003' });
    expect((await say(url, '1', QUESTION)).status).toBe(403);
  });
});

it('that citations have no links without PUBLIC_URL is said at the start', async () => {
  const { bot } = await serve(APP, { publicUrl: undefined });
  expect(bot.lines.at(-1)).toContain('没有设置 PUBLIC_URL');
});

it.each([
  [{ WECOM_CORP_ID: 'ww1' }, /自建应用没有启用：还缺 WECOM_CORP_SECRET、WECOM_AGENT_ID、WECOM_TOKEN/],
  [{ WECOM_TOKEN: 'x' }, /回调.*还缺 WECOM_ENCODING_AES_KEY。/],
  [{ WECOM_BOT_SECRET: 'x' }, /长连接.*还缺 WECOM_BOT_ID。/],
  [CALLBACK, /回调.*已启用/],
])('what is configured, or only begun, is named: %j', async (env, line) => {
  const { bot } = await serve(env as Record<string, string>);
  expect(bot.lines).toHaveLength(1);
  expect(bot.lines[0]).toMatch(line);
});
