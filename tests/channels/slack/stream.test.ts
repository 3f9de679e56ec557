/** Slow answers: shown while they are made, by streams where Slack has them and by edits where it has not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test, vi } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { openShared } from '../../opened-corpus.ts';
import { inPieces, openBot, openSlack, PATIENT, QUESTION, sourcesIn, temporary } from './opened.ts';
import type { ScriptedSlack } from './scripted-slack.ts';
import { direct, mention } from './scripted-slack.ts';

let assistant: Assistant;
let answer: string;
let quotes: string[];
beforeAll(async () => {
  assistant = (await openShared()).assistant;
  const given = await assistant.ask({ question: QUESTION });
  answer = given.answer;
  quotes = given.citations.map(({ quote }) => quote);
}, 120_000);

/** In three pieces, the second ending within the mark. */
const inThree = (whole: string) => [whole.slice(0, 20), whole.slice(20, -1), whole.slice(-1)];

/** An assistant that goes on when Slack has been called so often, in all, with what shows an answer. */
const paced = (slack: ScriptedSlack, shows: readonly string[]) =>
  inPieces(assistant, inThree, (piece) =>
    vi.waitFor(() => {
      const shown = slack.calls.filter(({ method }) => shows.includes(method)).length;
      // The third piece completes the mark; the answer is then whole, and need not have been shown.
      if (shown < Math.min(piece + 1, 2)) throw new Error('not shown yet');
    }, PATIENT),
  );
const quotesIn = (slack: ScriptedSlack) =>
  sourcesIn(slack.messages[0]?.blocks ?? []).map(({ quote }) => quote);

test('in a thread it is streamed, and ends with its sources and buttons', async () => {
  const slack = await openSlack();
  const { send, settled } = await openBot(paced(slack, ['chat.startStream', 'chat.appendStream']), { slack });
  await send(mention(QUESTION, '1.1'));
  await settled();
  expect(slack.called('chat.startStream')[0]?.args).toMatchObject({
    channel: 'C1',
    thread_ts: '1.1',
    recipient_team_id: 'T1',
    recipient_user_id: 'U1',
    markdown_text: answer.slice(0, 20),
  });
  for (const { args } of slack.called('chat.appendStream')) expect(args.markdown_text).not.toMatch(/\[\d*$/);
  expect(slack.called('chat.stopStream')).toHaveLength(1);
  expect(slack.called('chat.postMessage')).toEqual([]);
  expect(slack.messages).toHaveLength(1);
  expect(slack.messages[0]).toMatchObject({ text: answer, streaming: false });
  expect(quotesIn(slack)).toEqual(quotes);
  expect(slack.messages[0]?.blocks.at(-1)).toMatchObject({ type: 'actions' });
});

test.each(['unknown_method', 'channel_type_not_supported'])(
  'where Slack says %s it is one message that is edited',
  async (error) => {
    const slack = await openSlack();
    const shows = ['chat.postMessage', 'chat.update'];
    const { send, settled } = await openBot(paced(slack, shows), { slack });
    slack.follow(({ method }) => (method === 'chat.startStream' ? { ok: false, error } : undefined));
    await send(mention(QUESTION, '1.1'));
    await settled();
    await send(mention('范围', '2.1'));
    await settled();
    expect(slack.called('chat.startStream')).toHaveLength(1);
    expect(slack.messages.map(({ thread_ts }) => thread_ts)).toEqual(['1.1', '2.1']);
    expect(quotesIn(slack)).toEqual(quotes);
  },
);

test('a direct message outside any thread has no stream: the waiting sign is edited', async () => {
  const slack = await openSlack();
  const { send, settled } = await openBot(paced(slack, ['chat.update']), { slack });
  await send(direct(QUESTION, '1.1'));
  await settled();
  expect(slack.called('chat.startStream')).toEqual([]);
  expect(slack.messages).toHaveLength(1);
  expect(quotesIn(slack)).toEqual(quotes);
});

test('a stream that Slack ends in mid-answer is made whole by an edit', async () => {
  const slack = await openSlack();
  const { send, settled, logged } = await openBot(paced(slack, ['chat.startStream', 'chat.appendStream']), {
    slack,
  });
  slack.follow(({ method }) => {
    if (method === 'chat.appendStream') for (const message of slack.messages) message.streaming = false;
    return undefined;
  });
  await send(mention(QUESTION, '1.1'));
  await settled();
  expect(logged.join()).toContain('message_not_in_streaming_state');
  expect(slack.messages).toHaveLength(1);
  expect(slack.messages[0]?.edits).toBe(1);
  expect(quotesIn(slack)).toEqual(quotes);
});

test('an answer whose final text is not what was streamed is written anew', async () => {
  const slack = await openSlack();
  const other: Assistant = {
    ...assistant,
    async ask(request, options) {
      options?.onEvent?.({ type: 'delta', text: '先说的，后来没有采用。' });
      await vi.waitFor(() => expect(slack.called('chat.startStream')).toHaveLength(1), PATIENT);
      return assistant.ask(request);
    },
  };
  const { send, settled } = await openBot(other, { slack });
  await send(mention(QUESTION, '1.1'));
  await settled();
  expect(slack.messages).toHaveLength(1);
  expect(JSON.stringify(slack.messages[0])).not.toContain('没有采用');
  expect(quotesIn(slack)).toEqual(quotes);
});

test.each([
  ['quick', () => assistant],
  // Longer than it takes until slow answers are shown.
  ['slow', () => inPieces(assistant, inThree, () => sleep(1000))],
])(
  'a process that ends in mid-stream leaves it to the next, which makes the same message whole: %s',
  async (_pace, next) => {
    const slack = await openSlack();
    const dataDir = temporary();
    const stuck = inPieces(assistant, inThree, () => new Promise(() => {}));
    const first = await openBot(stuck, { slack, dataDir });
    await first.send(mention(QUESTION, '1.1'));
    await vi.waitFor(async () => {
      const [event] = await first.state.events.unfinished('slack');
      expect(event?.notes).toMatchObject({ place: { streaming: true } });
    }, PATIENT);
    await first.close();
    const second = await openBot(next(), { slack, dataDir });
    await second.settled();
    expect(slack.messages).toHaveLength(1);
    expect(slack.messages[0]).toMatchObject({ streaming: false, edits: 1 });
    expect(slack.called('chat.appendStream')).toEqual([]);
    const sections = slack.messages[0]?.blocks.filter(({ type }) => type === 'section');
    expect(JSON.stringify(sections).split(answer.slice(0, 20))).toHaveLength(2);
    expect(quotesIn(slack)).toEqual(quotes);
  },
);
