/** An intelligent bot by webhook, called over HTTP as WeCom calls it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createQueue } from '../../../src/channels/bots/queue.ts';
import { WAITING } from '../../../src/channels/wecom/render.ts';
import { StateError } from '../../../src/state/types.ts';
import type { BotMessage } from './caller.ts';
import { appMessage, botMessage, call, converse, frameOf, opened, poll, send } from './caller.ts';
import type { PlatformApi } from './platform-api.ts';
import { startPlatformApi } from './platform-api.ts';
import {
  answering,
  apiAnswer,
  CALLBACK,
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
import { CORP_ID, sealed, signature, TOKEN } from './sealing.ts';

useServer();
let platform: PlatformApi;
beforeEach(async () => {
  platform = await startPlatformApi();
});
afterEach(() => platform.close());

const say = (url: string, message: BotMessage) => send(call(url, JSON.stringify(botMessage(message)), 'bot'));
const ask = (url: string, id: string) => send(call(url, JSON.stringify(poll(id)), 'bot'));

/** A door that answers wait behind. */
function door() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('an answer', () => {
  it('begins with a waiting sign, ends with the text and the citations of the API', async () => {
    const { url } = await serve(CALLBACK);
    const frames = await converse(url, { msgid: 'm1', text: QUESTION });
    expect(frames[0]).toMatchObject({ content: WAITING, finish: false });
    expect(new Set(frames.map(({ id }) => id)).size).toBe(1);
    const answer = await apiAnswer(url, QUESTION);
    const { content } = frames.at(-1) as { content: string };
    expect(answer.citations.length).toBeGreaterThan(0);
    expect(content.startsWith(answer.answer)).toBe(true);
    expect(sourcesIn(content)).toEqual(citedIn(answer));
    await settled();
  });

  it('that the plans do not give shows the nearest passages', async () => {
    const { url } = await serve(CALLBACK);
    const question = '重庆市2060年的森林覆盖率要达到多少？';
    const frames = await converse(url, { msgid: 'm1', text: question });
    const answer = await apiAnswer(url, question);
    expect(answer.status).toBe('not_found');
    const { content } = frames.at(-1) as { content: string };
    expect(content).toContain(answer.answer);
    expect(answer.related.length).toBeGreaterThan(0);
    for (const { quote } of answer.related) expect(content.replace(/^> /gm, '')).toContain(quote);
  });

  it('grows while it is made: each frame holds the whole text so far', async () => {
    const end = door();
    const base = answering(async () => {});
    const { url } = await serve(CALLBACK, {
      streamAfterMs: 0,
      assistant: {
        ...base,
        async ask(request, options) {
          for (const text of ['第一句。', '第二句。', '第三句。'])
            options?.onEvent?.({ type: 'delta', text });
          await end.opened;
          return base.ask(request);
        },
      },
    });
    const first = await frameOf(await say(url, { msgid: 'm1', text: QUESTION }));
    await until(async () => (await frameOf(await ask(url, first.id))).content === '第一句。第二句。第三句。');
    end.open();
    await until(async () => (await frameOf(await ask(url, first.id))).finish);
  });

  it('longer than a stream holds is cut behind a citation and says so', async () => {
    const { url } = await serve(CALLBACK, {
      assistant: replying((answer) => {
        const [citation] = answer.citations;
        const numbers = Array.from({ length: 400 }, (_, i) => i + 1);
        return {
          ...answer,
          answer: numbers.map((n) => `第${n}句说的是森林覆盖率的又一个方面。[${n}]`).join('\n'),
          citations: numbers.map((n) => ({ ...citation!, n })),
        };
      }),
    });
    const frames = await converse(url, { msgid: 'm1', text: QUESTION });
    const { content = '' } = frames.at(-1) ?? {};
    const sources = sourcesIn(content);
    expect(content).toContain('回答太长');
    expect(sources.length).toBeGreaterThan(20);
    // Whatever is still said is still shown to be so.
    const said = content.split('\n').filter((line) => line.startsWith('第'));
    expect(said.at(-1)).toMatch(/。\[\d+\]$/);
    expect(sources.map(({ n }) => n)).toEqual(said.map((_, i) => i + 1));
  });

  it('to a message that answers another may be fetched in any order, by late polls too', async () => {
    const doors = new Map(['甲', '乙', '丙'].map((name) => [name, door()]));
    const { url } = await serve(CALLBACK, {
      assistant: answering((question) => doors.get(question.slice(0, 1))?.opened ?? Promise.resolve()),
    });
    const ids: string[] = [];
    for (const name of doors.keys()) {
      ids.push((await frameOf(await say(url, { msgid: name, text: `${name}：${QUESTION}`, user: name }))).id);
    }
    const [first = '', second = '', third = ''] = ids;
    doors.get('丙')?.open();
    await until(async () => (await frameOf(await ask(url, third))).finish);
    expect(await frameOf(await ask(url, first))).toMatchObject({ content: WAITING, finish: false });
    expect(await frameOf(await ask(url, second))).toMatchObject({ finish: false });
    doors.get('甲')?.open();
    doors.get('乙')?.open();
    await until(async () => (await frameOf(await ask(url, second))).finish);
    await until(async () => (await frameOf(await ask(url, first))).finish);
    // Asked for again after its end, a stream says what it said.
    const late = await frameOf(await ask(url, third));
    expect(late.finish).toBe(true);
    expect(sourcesIn(late.content).length).toBeGreaterThan(0);
    await settled();
  });
});

describe('a message is answered once', () => {
  it('when WeCom tries again while the first try is being answered', async () => {
    const end = door();
    let asked = 0;
    const { url } = await serve(CALLBACK, {
      assistant: answering(() => {
        asked++;
        return end.opened;
      }),
    });
    const frames = await Promise.all(
      Array.from({ length: 5 }, async () => frameOf(await say(url, { msgid: 'm1', text: QUESTION }))),
    );
    expect(new Set(frames.map(({ id }) => id)).size).toBe(1);
    end.open();
    const id = frames[0]?.id ?? '';
    await until(async () => (await frameOf(await ask(url, id))).finish);
    const again = await frameOf(await say(url, { msgid: 'm1', text: QUESTION }));
    expect(again).toMatchObject({ id, finish: true });
    expect(asked).toBe(1);
    await settled();
    expect(platform.responded.size).toBe(0);
  });

  it('when the very same request is sent again', async () => {
    let asked = 0;
    const { url } = await serve(CALLBACK, {
      assistant: answering(async () => {
        asked++;
      }),
    });
    const request = call(url, JSON.stringify(botMessage({ msgid: 'm1', text: QUESTION })), 'bot');
    const { id } = await frameOf(await send(request));
    await until(async () => (await frameOf(await ask(url, id))).finish);
    await frameOf(await send(request));
    await settled();
    expect(asked).toBe(1);
  });

  it('and 200 at once are all answered, none twice and none with another’s answer', async () => {
    const asked: string[] = [];
    const { url } = await serve(CALLBACK, {
      assistant: replying((answer) => {
        asked.push(answer.question);
        return answer;
      }),
    });
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        converse(
          url,
          {
            msgid: `m${i}`,
            text: i % 2 ? QUESTION : '四川省森林覆盖率到2025年要达到多少？',
            user: `u${i % 40}`,
          },
          120,
        ),
      ),
    );
    const ends = all.map((frames) => frames.at(-1));
    expect(new Set(ends.map((end) => end?.id)).size).toBe(200);
    for (const [i, end] of ends.entries()) {
      const [source] = sourcesIn(end?.content ?? '');
      expect(source?.title).toContain(i % 2 ? '重庆' : '四川');
    }
    expect(asked).toHaveLength(200);
    await settled();
  });
});

it('when too much waits, whoever asks is told so, and WeCom brings an app’s message again', async () => {
  const app = { WECOM_CORP_ID: CORP_ID, WECOM_CORP_SECRET: 's', WECOM_AGENT_ID: '1000002' };
  const { url } = await serve(
    { ...CALLBACK, ...app },
    { queue: createQueue(1, 1), assistant: neverAnswering() },
  );
  await frameOf(await say(url, { msgid: 'm1', text: QUESTION }));
  expect(await frameOf(await say(url, { msgid: 'm2', text: QUESTION }))).toMatchObject({
    content: expect.stringContaining('稍后再问'),
    finish: true,
  });
  expect((await send(call(url, appMessage('3', QUESTION), 'app'))).status).toBe(503);
});

it('a message that cannot be recorded is not acknowledged', async () => {
  const { url, logged } = await serve(CALLBACK);
  const state = kept();
  const take = state.events.take;
  Object.assign(state.events, { take: () => Promise.reject(new StateError('数据目录写不了')) });
  expect((await say(url, { msgid: 'm1', text: QUESTION })).status).toBe(503);
  Object.assign(state.events, { take });
  expect(logged.join('\n')).toContain('数据目录写不了');
  // Brought again, it is taken on as new.
  expect((await converse(url, { msgid: 'm1', text: QUESTION })).at(-1)?.finish).toBe(true);
});

describe('when the platform stops asking', () => {
  it('the answer goes to the response_url', async () => {
    const end = door();
    const { url } = await serve(CALLBACK, {
      assistant: answering(() => end.opened),
      times: { patienceMs: 60 },
    });
    const responseUrl = platform.responseUrl();
    const { id } = await frameOf(await say(url, { msgid: 'm1', text: QUESTION, responseUrl }));
    end.open();
    await settled();
    const [posted = ''] = platform.responded.values();
    expect(sourcesIn(posted)).toEqual(citedIn(await apiAnswer(url, QUESTION)));
    // Whoever asks after all is shown where the answer is, not the answer again.
    expect(await frameOf(await ask(url, id))).toMatchObject({ content: '回答见另一条消息。', finish: true });
    expect(platform.responded.size).toBe(1);
  });

  it('before the six minutes are over the stream is closed with a word, and the answer sent when it is there', async () => {
    const end = door();
    const { url } = await serve(CALLBACK, {
      assistant: answering(() => end.opened),
      times: { longestMs: 100 },
    });
    const frames = await converse(url, {
      msgid: 'm1',
      text: QUESTION,
      responseUrl: platform.responseUrl(),
    });
    expect(frames.at(-1)).toMatchObject({ content: expect.stringContaining('另发一条消息'), finish: true });
    expect(platform.responded.size).toBe(0);
    end.open();
    await settled();
    expect(sourcesIn([...platform.responded.values()][0] ?? '').length).toBeGreaterThan(0);
  });

  it('and the hour of the response_url is over, that is logged and given up', async () => {
    const responseUrl = platform.responseUrl();
    platform.expireResponseUrls();
    const { url, logged } = await serve(CALLBACK, { times: { patienceMs: 40 } });
    await say(url, { msgid: 'm1', text: QUESTION, responseUrl });
    await settled();
    expect(logged.join('\n')).toContain('errcode 60140');
    expect(logged.join('\n')).not.toContain('response_code=');
    expect(platform.responded.size).toBe(0);
  });

  it('a poll for a stream that nobody knows is told that it is over', async () => {
    const { url } = await serve(CALLBACK);
    expect(await frameOf(await ask(url, 'nobody-knows'))).toEqual({
      id: 'nobody-knows',
      content: '这条提问已经过期，请重新发送。',
      finish: true,
    });
  });
});

describe('after a crash between the acknowledgement and the reply', () => {
  it('the stream goes on where the platform asks for it', async () => {
    const before = await serve(CALLBACK, { assistant: neverAnswering() });
    const { id } = await frameOf(await say(before.url, { msgid: 'm1', text: QUESTION }));
    await before.crash();
    const after = await serve(CALLBACK);
    // A poll that was signed before the start counts as a copy; the next one is a second later.
    let end = '';
    await until(async () => {
      const response = await ask(after.url, id);
      if (response.status !== 200) return false;
      const frame = await frameOf(response);
      end = frame.content;
      return frame.finish;
    });
    expect(sourcesIn(end)).toEqual(citedIn(await apiAnswer(after.url, QUESTION)));
    await settled();
  });

  it('the answer goes to the response_url, once, when the platform asks no more', async () => {
    const before = await serve(CALLBACK, { assistant: neverAnswering() });
    const responseUrl = platform.responseUrl();
    await frameOf(await say(before.url, { msgid: 'm1', text: QUESTION, responseUrl }));
    await before.crash();
    await serve(CALLBACK, { times: { patienceMs: 60 } });
    await settled();
    expect(platform.responded.size).toBe(1);
    const again = await serve(CALLBACK, { times: { patienceMs: 60 } });
    await frameOf(await say(again.url, { msgid: 'm1', text: QUESTION, responseUrl }));
    await settled();
    expect(platform.responded.size).toBe(1);
  });

  it('that the platform has fetched the end is on disk before it has it', async () => {
    const { url } = await serve(CALLBACK);
    const frames = await converse(url, { msgid: 'm1', text: QUESTION });
    expect(await kept().events.noted(`wecom:${frames[0]?.id}`)).toMatchObject({ place: { fetched: true } });
  });

  it('an answer that the platform had fetched is not sent a second way', async () => {
    const before = await serve(CALLBACK, { assistant: neverAnswering() });
    const responseUrl = platform.responseUrl();
    const { id } = await frameOf(await say(before.url, { msgid: 'm1', text: QUESTION, responseUrl }));
    await before.crash();
    // As it is on disk when the process dies right after the platform was told the end.
    const reply = { kind: 'answer', text: '答', sources: [], notices: [], related: [], followUps: [] };
    await kept().events.note(`wecom:${id}`, { reply, turns: [], place: { fetched: true } });
    await serve(CALLBACK, { times: { patienceMs: 40 } });
    await settled();
    expect(platform.responded.size).toBe(0);
  });

  it('an answer that had reached the response_url is not sent again', async () => {
    const before = await serve(CALLBACK, { assistant: neverAnswering() });
    const responseUrl = platform.responseUrl();
    const { id } = await frameOf(await say(before.url, { msgid: 'm1', text: QUESTION, responseUrl }));
    await before.crash();
    await fetch(responseUrl, {
      method: 'POST',
      body: JSON.stringify({ msgtype: 'markdown', markdown: { content: '答' } }),
    });
    const reply = { kind: 'answer', text: '答', sources: [], notices: [], related: [], followUps: [] };
    await kept().events.note(`wecom:${id}`, { reply, turns: [], place: { posted: true } });
    const { logged } = await serve(CALLBACK, { times: { patienceMs: 40 } });
    await settled();
    expect([...platform.responded.values()]).toEqual(['答']);
    expect(logged).toEqual([]);
  });

  it('a stream that had ended says again what it said, not that it is unknown', async () => {
    const before = await serve(CALLBACK);
    const frames = await converse(before.url, { msgid: 'm1', text: QUESTION });
    await settled();
    await before.crash();
    const after = await serve(CALLBACK);
    const again = await frameOf(await say(after.url, { msgid: 'm1', text: QUESTION }));
    expect(again).toMatchObject({ content: frames.at(-1)?.content, finish: true });
  });
});

describe('conversations', () => {
  it('a follow-up is understood, in a group across people, without the mention of the bot', async () => {
    const { url } = await serve(CALLBACK);
    await converse(url, { msgid: 'm1', text: `@规问 ${QUESTION}`, user: 'a', group: 'g1' });
    await converse(url, { msgid: 'm2', text: '@规问 那四川省呢？', user: 'b', group: 'g1' });
    await settled();
    const { turns } = await kept().conversations.get('wecom:bot:group:g1', 10);
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
    expect(turns[0]?.content).toBe(QUESTION);
    const record = await kept().answers.get(turns[3]?.answerId ?? '');
    expect(record).toMatchObject({ channel: 'wecom', asker: 'b', question: '那四川省呢？' });
    expect(record?.understood).toContain('森林覆盖率');
  });

  it('the commands 帮助, 范围, 原文 n and 重新开始 work', async () => {
    const { url } = await serve(CALLBACK);
    let n = 0;
    const said = async (text: string) =>
      (await converse(url, { msgid: `c${++n}`, text })).at(-1)?.content ?? '';
    expect(await said('帮助')).toContain('重新开始');
    expect(await said('范围')).toContain('1. 《');
    await said(QUESTION);
    const passage = await said('原文 1');
    expect(sourcesIn(passage)).toHaveLength(1);
    expect(await said('范围 2')).toContain('从现在起只查');
    expect(await said('重新开始')).toContain('重新开始');
    expect(await said('原文 1')).toContain('还没有回答');
  });

  it('a quoted message is what was said before, when nothing else is known of that', async () => {
    const { url } = await serve(CALLBACK);
    const quote = { msgtype: 'text', text: { content: QUESTION } };
    await converse(url, { msgid: 'm1', text: '@规问 那四川省呢？', group: 'g2', more: { quote } });
    await settled();
    const { turns } = await kept().conversations.get('wecom:bot:group:g2', 10);
    expect((await kept().answers.get(turns.at(-1)?.answerId ?? ''))?.understood).toContain('森林覆盖率');
  });

  it('a picture, which has no words, is answered with the help', async () => {
    const { url } = await serve(CALLBACK);
    const picture = { msgtype: 'image', text: undefined, image: { url: 'https://x.example/1' } };
    const frames = await converse(url, { msgid: 'm1', text: '', more: picture });
    expect(frames.at(-1)?.content).toContain('帮助');
  });

  it('whoever opens the chat is greeted', async () => {
    const { url } = await serve(CALLBACK);
    const event = {
      ...botMessage({ msgid: 'e1', text: '' }),
      msgtype: 'event',
      create_time: 1700000000,
      event: { eventtype: 'enter_chat' },
    };
    const reply = await opened(await send(call(url, JSON.stringify(event), 'bot')));
    expect(reply).toMatchObject({ msgtype: 'text', text: { content: expect.stringContaining('规问') } });
  });

  it.each([
    [1, 'up'],
    [2, 'down'],
  ])('a judgement of type %d is kept as “%s”, once', async (type, rating) => {
    const { url } = await serve(CALLBACK);
    const frames = await converse(url, { msgid: 'm1', text: QUESTION });
    const id = frames[0]?.feedback?.id;
    await settled();
    const event = {
      ...botMessage({ msgid: 'e1', text: '' }),
      msgtype: 'event',
      create_time: 1700000000,
      event: { eventtype: 'feedback_event', feedback_event: { id, type, content: '口径不同' } },
    };
    for (let times = 0; times < 2; times++) {
      expect(await opened(await send(call(url, JSON.stringify(event), 'bot')))).toBeUndefined();
    }
    const [given, ...more] = await kept().feedback.list();
    expect(more).toEqual([]);
    expect(given).toMatchObject({ rating, comment: '口径不同', asker: 'zhang' });
    expect(await kept().answers.get(given?.answerId ?? '')).toMatchObject({ question: QUESTION });
  });
});

describe('is refused, without a word of why:', () => {
  const now = () => Math.floor(Date.now() / 1000);
  it.each([
    ['a wrong token', { token: 'another' }, 401],
    ['an old time', { timestamp: now() - 400 }, 401],
    ['a time to come', { timestamp: now() + 4_000 }, 401],
    ['another key', { aesKey: 'zyxwvutsrqponmlkjihgfedcba9876543210ABCDEFG' }, 400],
    ['another receiver', { receiveId: 'ww-somebody-else' }, 403],
  ])('%s', async (_, forgery, status) => {
    const { url, logged } = await serve(CALLBACK);
    const message = JSON.stringify(botMessage({ msgid: 'm1', text: QUESTION }));
    const response = await send(call(url, message, 'bot', forgery));
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(Object.keys(JSON.parse(text).error)).toEqual(['code', 'message']);
    expect(text).not.toMatch(/Error|\.ts|node_modules|WECOM/);
    expect(logged).toHaveLength(1);
    expect(await kept().events.unfinished('wecom')).toEqual([]);
  });

  it.each([
    ['no JSON', 'hello'],
    ['broken JSON', '{"encrypt": '],
    ['JSON without encrypt', '{}'],
    ['JSON that is no object', '[]'],
    ['a null', 'null'],
    ['XML without Encrypt', '<xml></xml>'],
    ['broken XML', '<xml><Encrypt>'],
    ['nothing', ''],
  ])('%s', async (_, body) => {
    const { url } = await serve(CALLBACK);
    const response = await send({ ...call(url, '{}', 'bot'), body });
    expect([400, 401]).toContain(response.status);
    expect((await response.json()).error.message).toMatch(/\p{Script=Han}/u);
  });

  it.each([['plain text'], ['{"msgtype":"text"}'], ['[1]'], ['<xml/>']])('sealed %s', async (message) => {
    const { url } = await serve(CALLBACK);
    expect((await send(call(url, message, 'bot'))).status).toBe(400);
  });

  it('a copied poll, which would end the stream behind the platform’s back', async () => {
    const end = door();
    const { url } = await serve(CALLBACK, { assistant: answering(() => end.opened) });
    const { id } = await frameOf(await say(url, { msgid: 'm1', text: QUESTION }));
    const copied = call(url, JSON.stringify(poll(id)), 'bot');
    expect((await send(copied)).status).toBe(200);
    end.open();
    await until(async () => (await kept().events.noted(`wecom:${id}`)) !== undefined);
    expect((await send(copied)).status).toBe(401);
    await until(async () => (await frameOf(await ask(url, id))).finish);
  });

  it('a poll that was signed before this process began: the one before may have answered it', async () => {
    const { url } = await serve(CALLBACK);
    const old = call(url, JSON.stringify(poll('x')), 'bot', { timestamp: now() - 60 });
    expect((await send(old)).status).toBe(401);
  });

  it('an app’s callback when no app is configured', async () => {
    const { url } = await serve(CALLBACK);
    expect((await send(call(url, appMessage('1', QUESTION), 'app'))).status).toBe(403);
  });

  it('everything when nothing is configured', async () => {
    const { url, bot } = await serve({});
    expect(bot.lines).toEqual([]);
    const response = await say(url, { msgid: 'm1', text: QUESTION });
    expect(response.status).toBe(503);
    expect((await response.json()).error.message).toContain('WECOM_TOKEN');
  });
});

describe('URL verification', () => {
  const verify = (url: string, echo: string, forged: Record<string, string> = {}) => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const msg_signature = signature(TOKEN, timestamp, '77', echo);
    const query = new URLSearchParams({ msg_signature, timestamp, nonce: '77', echostr: echo, ...forged });
    return fetch(`${url}/wecom/callback?${query}`);
  };

  it('gives back the echo, sealed for an intelligent bot', async () => {
    const { url } = await serve(CALLBACK);
    const response = await verify(url, sealed('1616140317555161061', ''));
    expect([response.status, await response.text()]).toEqual([200, '1616140317555161061']);
  });

  it('also when the plus signs of the echo are not escaped', async () => {
    const { url } = await serve(CALLBACK);
    let echo = '';
    while (!echo.includes('+')) echo = sealed('1616140317555161061', '');
    const timestamp = String(Math.floor(Date.now() / 1000));
    const response = await fetch(
      `${url}/wecom/callback?msg_signature=${signature(TOKEN, timestamp, '7', echo)}&timestamp=${timestamp}&nonce=7&echostr=${echo}`,
    );
    expect(response.status).toBe(200);
  });

  it('refuses an echo that is sealed for somebody else', async () => {
    const { url } = await serve(CALLBACK);
    expect((await verify(url, sealed('1616140317555161061', 'ww-somebody-else'))).status).toBe(403);
  });

  it('refuses a wrong signature and a missing one', async () => {
    const { url } = await serve(CALLBACK);
    const echo = sealed('1616140317555161061', '');
    expect((await verify(url, echo, { msg_signature: '0'.repeat(40) })).status).toBe(401);
    expect((await fetch(`${url}/wecom/callback`)).status).toBe(400);
  });

  it('does not decrypt a copied message for whoever passes it off as an echo', async () => {
    const { url } = await serve(CALLBACK);
    const copied = sealed(JSON.stringify(botMessage({ msgid: 'm1', text: '机密' })), '');
    const response = await verify(url, copied);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('机密');
  });
});
