/** An intelligent bot over its WebSocket. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WAITING } from '../../../src/channels/wecom/render.ts';
import { botMessage } from './caller.ts';
import type { PlatformApi } from './platform-api.ts';
import { startPlatformApi } from './platform-api.ts';
import type { PlatformSocket } from './platform-socket.ts';
import { BOT_ID, BOT_SECRET, startPlatformSocket } from './platform-socket.ts';
import {
  answering,
  apiAnswer,
  citedIn,
  kept,
  neverAnswering,
  QUESTION,
  replying,
  serve,
  settled,
  sourcesIn,
  until,
  useServer,
} from './running.ts';

useServer();
let platform: PlatformSocket;
let api: PlatformApi;
let BOT: Record<string, string>;
beforeEach(async () => {
  platform = await startPlatformSocket();
  api = await startPlatformApi();
  BOT = { WECOM_BOT_ID: BOT_ID, WECOM_BOT_SECRET: BOT_SECRET, WECOM_WS_URL: platform.url };
});
afterEach(async () => {
  await platform.close();
  await api.close();
});

const connected = () => until(() => platform.connected());
const say = (
  msgid: string,
  text: string,
  more: { user?: string; group?: string; responseUrl?: string } = {},
) => platform.push(botMessage({ msgid, text, ...more }));
/** All frames of the only stream, once it has ended. */
async function ended(count = 1) {
  const done = () => [...platform.streams.values()].filter((frames) => frames.at(-1)?.finish);
  await until(() => done().length >= count);
  return done()[0] ?? [];
}
const event = (name: string, more: object = {}) =>
  platform.push(
    {
      ...botMessage({ msgid: `event ${name}`, text: '' }),
      msgtype: 'event',
      create_time: 1700000000,
      event: { eventtype: name, ...more },
    },
    'aibot_event_callback',
  );
/** A message as it is kept. */
const payloadOf = (key: string) => ({
  id: `wecom:${key}`,
  conversation: 'wecom:bot:user:zhang',
  text: QUESTION,
  target: { way: 'socket', key, reqId: 'req-1', chat: 'zhang', chatType: 1 },
});
/** An answer that waits until it is let go. */
function slow() {
  let go = () => {};
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  return { assistant: answering(() => gone), go: () => go() };
}

describe('a message', () => {
  it('shows a waiting sign, then the text and the citations of the API', async () => {
    const { url } = await serve(BOT);
    await connected();
    say('m1', QUESTION);
    const frames = await ended();
    expect(frames[0]).toMatchObject({
      content: WAITING,
      finish: false,
      feedback: { id: expect.any(String) },
    });
    const answer = await apiAnswer(url, QUESTION);
    const { content = '' } = frames.at(-1) ?? {};
    expect(content.startsWith(answer.answer)).toBe(true);
    expect(sourcesIn(content)).toEqual(citedIn(answer));
    await settled();
    expect(platform.pushed).toEqual([]);
  });

  it('delivered again, also while it is being answered, is answered once', async () => {
    const { assistant, go } = slow();
    await serve(BOT, { assistant });
    await connected();
    for (let times = 0; times < 5; times++) say('m1', QUESTION);
    go();
    await ended();
    await settled();
    say('m1', QUESTION);
    say('m2', '帮助');
    await ended(2);
    await settled();
    const [first] = platform.streams.values();
    expect(platform.streams.size).toBe(2);
    expect(first?.filter(({ finish }) => finish)).toHaveLength(1);
  });

  it('longer than a frame holds is cut behind a citation', async () => {
    await serve(BOT, {
      assistant: replying((answer) => {
        const numbers = Array.from({ length: 400 }, (_, i) => i + 1);
        return {
          ...answer,
          answer: numbers.map((n) => `第${n}句说的是森林覆盖率的又一个方面。[${n}]`).join('\n'),
          citations: numbers.map((n) => ({ ...answer.citations[0]!, n })),
        };
      }),
    });
    await connected();
    say('m1', QUESTION);
    const { content = '' } = (await ended()).at(-1) ?? {};
    expect(content).toContain('回答太长');
    expect(sourcesIn(content).length).toBeGreaterThan(20);
  });

  it('in a group belongs to the group’s conversation', async () => {
    await serve(BOT);
    await connected();
    say('m1', `@规问 ${QUESTION}`, { user: 'a', group: 'g1' });
    await ended();
    await settled();
    const { turns } = await kept().conversations.get('wecom:bot:group:g1', 10);
    expect(turns[0]).toEqual({ role: 'user', content: QUESTION });
  });

  it('and 200 at once are all answered, each once', async () => {
    await serve(BOT);
    await connected();
    for (let i = 0; i < 200; i++) say(`m${i}`, QUESTION, { user: `u${i}` });
    await ended(200);
    await settled();
    expect(platform.streams.size).toBe(200);
    for (const frames of platform.streams.values()) {
      expect(frames.filter(({ finish }) => finish)).toHaveLength(1);
      expect(sourcesIn(frames.at(-1)?.content ?? '').length).toBeGreaterThan(0);
    }
    expect(platform.pushed).toEqual([]);
  });
});

describe('when WeCom takes no more of the stream', () => {
  it.each([
    ['zhang', undefined, 1],
    ['g1', 'g1', 2],
  ])('the answer is sent to the chat %s', async (chat, group, type) => {
    const { assistant, go } = slow();
    const { url } = await serve(BOT, { assistant });
    await connected();
    say('m1', QUESTION, group === undefined ? {} : { group });
    await until(() => platform.streams.size === 1);
    platform.refuseStreams(846608, 1);
    go();
    await settled();
    expect(platform.pushed).toMatchObject([{ chat, type }]);
    expect(sourcesIn(platform.pushed[0]?.content ?? '')).toEqual(citedIn(await apiAnswer(url, QUESTION)));
  });

  it('only for now, as when too much was sent in a minute: it is written again, to the stream', async () => {
    const { assistant, go } = slow();
    await serve(BOT, { assistant });
    await connected();
    say('m1', QUESTION);
    await until(() => platform.streams.size === 1);
    platform.refuseStreams(45009, 3);
    go();
    await settled();
    const [frames = []] = platform.streams.values();
    expect(frames.filter(({ finish }) => finish)).toHaveLength(1);
    expect(platform.pushed).toEqual([]);
  });

  it('and the line breaks before it says whether that arrived, it is not sent twice', async () => {
    const { assistant, go } = slow();
    const { logged } = await serve(BOT, { assistant });
    await connected();
    say('m1', QUESTION);
    await until(() => platform.streams.size === 1);
    platform.refuseStreams(846608, 5);
    platform.cutBeforeAnswer('aibot_send_msg');
    go();
    await settled();
    await until(() => platform.subscriptions() === 2);
    expect(platform.pushed).toHaveLength(1);
    expect(logged.join('\n')).toContain('不再重发');
  });

  it('and the process dies in the middle of that, it is not sent twice', async () => {
    const before = await serve(BOT, { assistant: neverAnswering() });
    await connected();
    say('m1', QUESTION);
    await until(() => platform.streams.size === 1);
    platform.refuseStreams(846608, 5);
    await before.crash();
    const sending = await serve(BOT);
    await settled();
    expect(platform.pushed).toHaveLength(1);
    const [id] = [...platform.streams.keys()];
    const noted = await kept().events.noted(`wecom:${id}`);
    expect(noted).toMatchObject({ place: { pushed: true } });
    await sending.crash();
    // The same message, as it is on disk when the process dies before it has heard that it arrived.
    await kept().events.take({ id: 'wecom:again', channel: 'wecom', at: 1, payload: payloadOf('again') });
    await kept().events.note('wecom:again', noted);
    await serve(BOT);
    await settled();
    expect(platform.pushed).toHaveLength(1);
  });
});

describe('the connection', () => {
  it('is made again when it is cut, and the answer waits for it', async () => {
    const { assistant, go } = slow();
    const { logged } = await serve(BOT, { assistant });
    await connected();
    say('m1', QUESTION);
    await until(() => platform.streams.size === 1);
    platform.refuseConnections = true;
    platform.cut();
    go();
    await until(async () => ((await kept().events.unfinished('wecom'))[0]?.notes as object) !== undefined);
    platform.refuseConnections = false;
    const frames = await ended();
    expect(sourcesIn(frames.at(-1)?.content ?? '').length).toBeGreaterThan(0);
    expect(platform.subscriptions()).toBe(2);
    await settled();
    expect(platform.pushed).toEqual([]);
    expect(logged.join('\n')).toContain('断开');
  });

  it('cut before the end was acknowledged: it is written again to the same stream', async () => {
    const { assistant, go } = slow();
    await serve(BOT, { assistant });
    await connected();
    say('m1', QUESTION);
    await until(() => platform.streams.size === 1);
    platform.cutBeforeAnswer('aibot_respond_msg');
    go();
    await settled();
    const [frames = []] = platform.streams.values();
    const ends = frames.filter(({ finish }) => finish);
    // The same text replaces itself: people see it once.
    expect(new Set(ends.map(({ content }) => content)).size).toBe(1);
    expect(platform.streams.size).toBe(1);
    expect(platform.pushed).toEqual([]);
  });

  it('taken over by another one is left to it: nobody is kicked off in turn', async () => {
    const { bot, logged } = await serve(BOT);
    await connected();
    platform.takeOver();
    await until(() => bot.socketState() === 'replaced');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(platform.subscriptions()).toBe(1);
    expect(platform.connected()).toBe(false);
    expect(logged).toEqual([expect.stringContaining('被顶替')]);
  });

  it('taken over in mid-answer: the answer goes to the response_url', async () => {
    const { assistant, go } = slow();
    const { bot } = await serve(BOT, { assistant });
    await connected();
    say('m1', QUESTION, { responseUrl: api.responseUrl() });
    await until(() => platform.streams.size === 1);
    platform.takeOver();
    await until(() => bot.socketState() === 'replaced');
    go();
    await settled();
    expect(sourcesIn([...api.responded.values()][0] ?? '').length).toBeGreaterThan(0);
  });

  it('with a wrong secret is left alone for long after a few tries, and the log says what to look at', async () => {
    const { bot, logged } = await serve(
      { ...BOT, WECOM_BOT_SECRET: 'wrong-secret' },
      { times: { refusedMs: 100 } },
    );
    await until(() => bot.socketState() === 'refused');
    expect(platform.subscriptions()).toBe(0);
    expect(logged.join('\n')).toContain('WECOM_BOT_SECRET');
    expect(logged.join('\n')).not.toContain('wrong-secret');
    platform.trusting = true;
    await until(() => bot.socketState() === 'ready');
  });

  it('is kept alive by heartbeats, and made again when they are not answered', async () => {
    await serve(BOT, { times: { heartbeatMs: 30 } });
    await until(() => platform.pings() >= 2);
    expect(platform.subscriptions()).toBe(1);
    platform.deaf = true;
    await until(() => platform.subscriptions() >= 2);
  });

  it('that cannot be made does not keep the server from starting', async () => {
    await platform.close();
    const { url, bot } = await serve(BOT);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(bot.socketState()).toBe('connecting');
  });
});

describe('a crash between taking a message on and answering it', () => {
  const crashed = async () => {
    const before = await serve(BOT, { assistant: neverAnswering() });
    await connected();
    say('m1', QUESTION);
    await until(() => platform.streams.size === 1);
    await before.crash();
    expect([...platform.streams.values()].flat().some(({ finish }) => finish)).toBe(false);
  };

  it('is answered in the same stream after the restart', async () => {
    await crashed();
    await serve(BOT);
    await settled();
    const [frames = []] = platform.streams.values();
    expect(frames.filter(({ finish }) => finish)).toHaveLength(1);
    expect(platform.pushed).toEqual([]);
  });

  it('is answered by a message to the chat when the stream is over', async () => {
    await crashed();
    platform.refuseStreams(846605, 10);
    await serve(BOT);
    await settled();
    expect(platform.pushed).toMatchObject([{ chat: 'zhang', type: 1 }]);
  });
});

describe('events', () => {
  it('whoever opens the chat is greeted', async () => {
    await serve(BOT);
    await connected();
    event('enter_chat');
    await until(() => platform.welcomes.length === 1);
    expect(platform.welcomes[0]).toContain('规问');
  });

  it('a judgement is kept beside the answer it is about', async () => {
    await serve(BOT);
    await connected();
    say('m1', QUESTION);
    const frames = await ended();
    await settled();
    const id = frames[0]?.feedback?.id;
    event('feedback_event', {
      feedback_event: { id, type: 2, content: '不完整', inaccurate_reason_list: [2] },
    });
    await until(async () => (await kept().feedback.list()).length === 1);
    const [given] = await kept().feedback.list();
    expect(given).toMatchObject({ rating: 'down', comment: '不完整' });
    expect(await kept().answers.get(given?.answerId ?? '')).toMatchObject({ question: QUESTION });
  });

  it('what is no message of the protocol is logged and harms nothing', async () => {
    const { logged } = await serve(BOT);
    await connected();
    platform.push({ msgtype: 'text' });
    say('m1', QUESTION);
    await ended();
    expect(logged.some((line) => line.includes('长连接的消息'))).toBe(true);
  });
});
