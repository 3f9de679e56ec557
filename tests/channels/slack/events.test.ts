/** The Events API over HTTP: what is accepted, what is ignored, what is answered. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { openShared } from '../../opened-corpus.ts';
import { inPieces, openBot, openSlack, PATIENT, QUESTION, sourcesIn, temporary } from './opened.ts';
import { direct, eventCallback, mention, signed } from './scripted-slack.ts';

let assistant: Assistant;
beforeAll(async () => {
  assistant = (await openShared()).assistant;
}, 120_000);

describe('a request', () => {
  test('to verify the address is answered with the challenge', async () => {
    const { send } = await openBot(assistant);
    const response = await send({ type: 'url_verification', token: 'x', challenge: '3eZbrw1a' });
    expect([response.status, await response.json()]).toEqual([200, { challenge: '3eZbrw1a' }]);
  });

  test.each([
    ['without a signature', () => ({ 'x-slack-signature': '' })],
    ['signed with another secret', (body: string) => signed(body, undefined, 'another')],
    ['signed for another body', () => signed('{}')],
    ['signed six minutes ago', (body: string) => signed(body, Math.floor(Date.now() / 1000) - 360)],
  ])('%s is refused and does nothing', async (_what, headers) => {
    const { slack, send, state } = await openBot(assistant);
    const event = mention(QUESTION, '1.1');
    const response = await send(event, headers(JSON.stringify(event)));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_signature' } });
    expect(await state.events.take({ id: 'slack:T1:C1:1.1', channel: 'x', at: 1, payload: 0 })).toBe(true);
    expect(slack.calls).toEqual([]);
  });

  test('whose body is no JSON is refused', async () => {
    const { post } = await openBot(assistant);
    const response = await post('{', { 'content-type': 'application/json', ...signed('{') });
    expect(response.status).toBe(400);
  });

  test.each([
    ['SLACK_SIGNING_SECRET', { SLACK_SIGNING_SECRET: undefined }],
    ['SLACK_BOT_TOKEN', { SLACK_BOT_TOKEN: undefined }],
  ])('while %s is missing is told so', async (name, env) => {
    const { send, bots } = await openBot(assistant, { env });
    const response = await send(mention(QUESTION, '1.1'));
    expect(response.status).toBe(503);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('slack_not_configured');
    expect(error.message).toContain(name);
    expect(bots.lines.join()).toContain(name);
  });

  test('is not acknowledged when it cannot be recorded', async () => {
    const { send, state, logged } = await openBot(assistant);
    await state.close();
    expect((await send(mention(QUESTION, '1.1'))).status).toBe(503);
    expect(logged.join()).toContain('数据目录');
  });
});

describe('an answer', () => {
  test('to a mention stands in its thread, with the API’s citations and a link to each', async () => {
    const { slack, send, server, settled } = await openBot(assistant);
    expect((await send(mention(QUESTION, '1.1'))).status).toBe(200);
    await settled();
    const response = await fetch(`${server.url}/api/v1/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question: QUESTION }),
    });
    const { citations, notices } = (await response.json()) as Awaited<ReturnType<Assistant['ask']>>;
    expect(citations.length).toBeGreaterThan(0);
    const [message, ...more] = slack.messages;
    expect(more).toEqual([]);
    expect(message).toMatchObject({ channel: 'C1', thread_ts: '1.1' });
    expect(sourcesIn(message?.blocks ?? [])).toEqual(
      citations.map(({ n, plan, label, quote, start, end }) => ({
        n,
        name: `《${plan.title}》 ${label}`,
        url: `https://plans.example.org/plans/${plan.id}#${start}-${end}`,
        quote,
      })),
    );
    for (const notice of notices) expect(JSON.stringify(message?.blocks)).toContain(notice);
    expect(slack.called('assistant.threads.setStatus')[0]?.args).toMatchObject({
      channel_id: 'C1',
      thread_ts: '1.1',
    });
  });

  test('to a direct message stands below it: a waiting sign first, which becomes the answer', async () => {
    const { slack, send, settled } = await openBot(assistant);
    await send(direct(QUESTION, '1.1'));
    await settled();
    expect(slack.called('chat.postMessage').map(({ args }) => args.text)).toEqual(['正在查找规划原文…']);
    expect(slack.messages).toHaveLength(1);
    expect(slack.messages[0]).toMatchObject({ channel: 'D1', edits: 1 });
    expect(slack.messages[0]?.thread_ts).toBeUndefined();
    expect(sourcesIn(slack.messages[0]?.blocks ?? [])).not.toEqual([]);
  });

  test('when Slack refuses the status, a message is the waiting sign, and the status is not tried again', async () => {
    const { slack, send, settled } = await openBot(assistant);
    slack.follow(({ method }) =>
      method === 'assistant.threads.setStatus' ? { ok: false, error: 'missing_scope' } : undefined,
    );
    await send(mention(QUESTION, '1.1'));
    await settled();
    await send(mention(QUESTION, '2.1'));
    await settled();
    expect(slack.called('assistant.threads.setStatus')).toHaveLength(1);
    expect(slack.messages.map(({ thread_ts, edits }) => [thread_ts, edits])).toEqual([
      ['1.1', 1],
      ['2.1', 1],
    ]);
  });

  test('commands work, and an answer’s 原文 is shown in the same thread only', async () => {
    const { slack, send, settled } = await openBot(assistant);
    await send(mention(QUESTION, '1.1'));
    await send(mention('原文 1', '1.2', { thread_ts: '1.1' }));
    await send(mention('原文 1', '2.1'));
    await send(mention('', '3.1'));
    await settled();
    const inThread = (thread: string) => slack.messages.filter((m) => m.thread_ts === thread);
    const [answer, source] = inThread('1.1');
    expect(sourcesIn(source?.blocks ?? [])[0]?.quote).toContain(sourcesIn(answer?.blocks ?? [])[0]?.quote);
    expect(inThread('2.1')[0]?.text).toContain('还没有回答');
    expect(inThread('3.1')[0]?.text).toContain('重新开始');
  });
});

describe('a message is answered once', () => {
  test('when Slack retries while the first try is running', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = inPieces(
      assistant,
      (answer) => [answer],
      () => held,
    );
    const { slack, send, settled } = await openBot(slow);
    await send(mention(QUESTION, '1.1'));
    for (const num of ['1', '2', '3']) {
      const headers = { 'x-slack-retry-num': num, 'x-slack-retry-reason': 'http_timeout' };
      expect((await send(mention(QUESTION, '1.1'), headers)).status).toBe(200);
    }
    release();
    await settled();
    expect((await send(mention(QUESTION, '1.1'), { 'x-slack-retry-num': '3' })).status).toBe(200);
    await settled();
    expect(slack.messages).toHaveLength(1);
  });

  test('when the same request is replayed', async () => {
    const { slack, post, settled } = await openBot(assistant);
    const body = JSON.stringify(mention(QUESTION, '1.1'));
    const headers = { 'content-type': 'application/json', ...signed(body) };
    for (let i = 0; i < 3; i++) expect((await post(body, headers)).status).toBe(200);
    await settled();
    expect(slack.messages).toHaveLength(1);
  });

  test('when it comes as two events', async () => {
    const { slack, send, settled } = await openBot(assistant);
    await send(mention(QUESTION, '1.1', { channel: 'D1' }));
    await send(direct(`<@UBOT> ${QUESTION}`, '1.1'));
    await settled();
    expect(slack.messages).toHaveLength(1);
  });

  test('when Slack posts the reply and the connection breaks before we hear of it', async () => {
    const { slack, send, settled } = await openBot(assistant);
    slack.follow((call, nth) => {
      if (call.method !== 'chat.postMessage' || nth !== 1) return undefined;
      slack.carryOut(call);
      return 'hang up';
    });
    await send(mention(QUESTION, '1.1'));
    await settled();
    expect(slack.messages).toHaveLength(1);
    expect(slack.called('conversations.replies')).toHaveLength(1);
    expect(sourcesIn(slack.messages[0]?.blocks ?? [])).not.toEqual([]);
  });

  test('but rather twice than not at all, when that happens and the app may not look for its reply', async () => {
    const { slack, send, settled } = await openBot(assistant);
    slack.follow((call, nth) => {
      if (call.method === 'conversations.replies') return { ok: false, error: 'missing_scope' };
      return call.method === 'chat.postMessage' && nth === 1 ? 'hang up' : undefined;
    });
    await send(mention(QUESTION, '1.1'));
    await settled();
    expect(slack.messages).toHaveLength(1);
    expect(sourcesIn(slack.messages[0]?.blocks ?? [])).not.toEqual([]);
  });

  test('and acknowledged before the work, so that a slow answer makes no retries', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = inPieces(
      assistant,
      (answer) => [answer],
      () => held,
    );
    const { send, slack, settled } = await openBot(slow);
    expect((await send(mention(QUESTION, '1.1'))).status).toBe(200);
    expect(slack.messages).toEqual([]);
    release();
    await settled();
  });
});

test.each([
  ['our own message', direct('森林', '1.1', { bot_id: 'B1' })],
  ['another bot’s message', direct('森林', '1.1', { subtype: 'bot_message' })],
  ['an edit', direct('森林', '1.1', { subtype: 'message_changed' })],
  ['a deletion', direct('森林', '1.1', { subtype: 'message_deleted' })],
  ['a message of a channel without mention', direct('森林', '1.1', { channel_type: 'channel' })],
  ['a reaction', eventCallback({ type: 'reaction_added', user: 'U1' })],
  ['a change of the assistant’s context', eventCallback({ type: 'assistant_thread_context_changed' })],
  ['what is no event', { type: 'app_rate_limited', team_id: 'T1' }],
])('%s is acknowledged and not answered', async (_what, event) => {
  const { slack, send, state } = await openBot(assistant);
  expect((await send(event)).status).toBe(200);
  expect(await state.events.unfinished('slack')).toEqual([]);
  expect(slack.calls).toEqual([]);
});

test('an opened assistant pane is offered questions that the plans answer', async () => {
  const { slack, send } = await openBot(assistant);
  await send(
    eventCallback({
      type: 'assistant_thread_started',
      assistant_thread: { user_id: 'U1', channel_id: 'D1', thread_ts: '7.1', context: {} },
    }),
  );
  await vi.waitFor(
    () => expect(slack.called('assistant.threads.setSuggestedPrompts')).toHaveLength(1),
    PATIENT,
  );
  const { args } = slack.called('assistant.threads.setSuggestedPrompts')[0] ?? {};
  expect(args).toMatchObject({ channel_id: 'D1', thread_ts: '7.1' });
  const prompts = JSON.parse(String(args?.prompts)) as { title: string; message: string }[];
  expect(prompts.length).toBeLessThanOrEqual(4);
  expect(prompts[0]?.message).toContain(assistant.plans()[0]?.title);
});

describe('what was said in a thread before', () => {
  const follow = mention('2020年是多少？', '9.9', { thread_ts: '5.1' });
  const thread = [
    { ts: '5.1', user: 'U2', text: `<@UBOT> ${QUESTION}` },
    { ts: '9.9', user: 'U1', text: '<@UBOT> 2020年是多少？' },
  ];
  const understood = async (bot: Awaited<ReturnType<typeof openBot>>) => {
    await bot.send(follow);
    await bot.settled();
    const actions = bot.slack.messages[0]?.blocks.at(-1) as { elements?: { value: string }[] } | undefined;
    return (await bot.state.answers.get(actions?.elements?.[0]?.value ?? ''))?.understood;
  };

  test('is read from Slack when we do not remember it', async () => {
    const bot = await openBot(assistant);
    bot.slack.follow(({ method }) =>
      method === 'conversations.replies' ? { ok: true, messages: thread } : undefined,
    );
    expect(await understood(bot)).toContain('森林覆盖率');
  });

  test('is done without when the app may not read it', async () => {
    const bot = await openBot(assistant);
    bot.slack.follow(({ method }) =>
      method === 'conversations.replies' ? { ok: false, error: 'missing_scope', needed: 'x' } : undefined,
    );
    expect(await understood(bot)).toBe('2020年是多少？');
  });
});

describe('when Slack does not take the reply', () => {
  test('for its rate limit, it is posted after the time that Slack asks for, once', async () => {
    const { slack, send, settled } = await openBot(assistant);
    slack.follow(({ method }, nth) =>
      method === 'chat.postMessage' && nth <= 2
        ? { status: 429, headers: { 'retry-after': '1' } }
        : undefined,
    );
    await send(mention(QUESTION, '1.1'));
    await settled();
    const tries = slack.called('chat.postMessage').map(({ at }) => at);
    expect(tries).toHaveLength(3);
    expect((tries[1] ?? 0) - (tries[0] ?? 0)).toBeGreaterThanOrEqual(990);
    expect(slack.messages).toHaveLength(1);
  });

  test('nor the waiting sign, for its rate limit, the answer does not wait for the sign', async () => {
    const { slack, send, settled } = await openBot(assistant);
    slack.follow(({ method }) =>
      method === 'assistant.threads.setStatus'
        ? { status: 429, headers: { 'retry-after': '100' } }
        : undefined,
    );
    await send(mention(QUESTION, '1.1'));
    await settled();
    expect(slack.called('assistant.threads.setStatus')).toHaveLength(1);
    expect(slack.called('chat.postMessage')).toHaveLength(1);
  });

  test('for its own fault, it is tried again', async () => {
    const { slack, send, settled } = await openBot(assistant);
    slack.follow(({ method }, nth) =>
      method === 'chat.postMessage' && nth === 1 ? { status: 503 } : undefined,
    );
    await send(mention(QUESTION, '1.1'));
    await settled();
    expect(slack.messages).toHaveLength(1);
  });

  test('because the waiting sign was deleted, it is posted anew', async () => {
    const { slack, send, settled } = await openBot(assistant);
    slack.follow(({ method }) => {
      if (method === 'chat.update') slack.messages.splice(0);
      return undefined;
    });
    await send(direct(QUESTION, '1.1'));
    await settled();
    expect(slack.called('chat.postMessage')).toHaveLength(2);
    expect(sourcesIn(slack.messages[0]?.blocks ?? [])).not.toEqual([]);
  });

  test('an answer that cannot be made ends in a friendly word with the id that the log has', async () => {
    const broken: Assistant = { ...assistant, ask: () => Promise.reject(new Error('内部的事')) };
    const { slack, send, settled, logged } = await openBot(broken);
    await send(mention(QUESTION, '1.1'));
    await settled();
    const id = /错误编号 ([0-9a-f]{8})/.exec(JSON.stringify(slack.messages[0]?.blocks))?.[1] ?? 'none';
    expect(logged.find((line) => line.includes(id))).toContain('内部的事');
    expect(JSON.stringify(slack.messages)).not.toContain('内部的事');
  });
});

test('what a process took on and did not answer, the next one answers', async () => {
  const slack = await openSlack();
  const dataDir = temporary();
  const never: Assistant = {
    ...assistant,
    ask: (_request, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      }),
  };
  const first = await openBot(never, { slack, dataDir });
  expect((await first.send(mention(QUESTION, '1.1'))).status).toBe(200);
  await first.close();
  const second = await openBot(assistant, { slack, dataDir });
  await second.settled();
  expect(slack.messages).toHaveLength(1);
  expect(sourcesIn(slack.messages[0]?.blocks ?? [])).not.toEqual([]);
});

test('a burst of 200 messages is answered whole: nothing lost, nothing doubled', async () => {
  const { slack, send, settled } = await openBot(assistant);
  // Some are retried, and Slack is short of breath now and then.
  slack.follow(({ method }, nth) =>
    method === 'chat.postMessage' && nth % 50 === 0
      ? { status: 429, headers: { 'retry-after': '1' } }
      : undefined,
  );
  const burst = Array.from({ length: 200 }, (_, i) =>
    mention(i % 20 === 0 ? QUESTION : '范围', `${i + 1}.1`),
  );
  const statuses = await Promise.all(
    [...burst, ...burst.slice(0, 40)].map(async (m) => (await send(m)).status),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  await settled();
  const answered = slack.messages.map(({ thread_ts }) => thread_ts).sort();
  expect(answered).toEqual(burst.map(({ event }) => event.ts as string).sort());
}, 120_000);
