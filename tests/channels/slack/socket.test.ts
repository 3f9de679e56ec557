/** Socket Mode: the same deliveries over a WebSocket that we open. */
import { beforeAll, expect, test, vi } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { connectSocket } from '../../../src/channels/slack/socket.ts';
import { openShared } from '../../opened-corpus.ts';
import { inPieces, openBot, openSlack, PATIENT, QUESTION, sourcesIn } from './opened.ts';
import type { ScriptedSlack } from './scripted-slack.ts';
import { APP_TOKEN, eventCallback, mention } from './scripted-slack.ts';

let assistant: Assistant;
beforeAll(async () => {
  assistant = (await openShared()).assistant;
}, 120_000);

const ENV = { SLACK_APP_TOKEN: APP_TOKEN, SLACK_SIGNING_SECRET: undefined };
const connected = (slack: ScriptedSlack, times = 1) =>
  vi.waitFor(() => expect(slack.sockets).toHaveLength(times), PATIENT);
const acked = (slack: ScriptedSlack, ...ids: string[]) =>
  vi.waitFor(() => expect(slack.acks.map((ack) => ack.envelope_id)).toEqual(ids), PATIENT);

test('a mention is acknowledged when it is recorded, and answered with its sources', async () => {
  const { slack, settled, bots } = await openBot(assistant, { env: ENV });
  expect(bots.lines.join()).toContain('Socket Mode');
  await connected(slack);
  slack.deliver('events_api', mention(QUESTION, '1.1'), 'e1');
  await acked(slack, 'e1');
  await settled();
  expect(slack.messages).toHaveLength(1);
  expect(sourcesIn(slack.messages[0]?.blocks ?? [])).not.toEqual([]);
});

test('a slash command is acknowledged with words for the asker, and answered', async () => {
  const { slack, settled } = await openBot(assistant, { env: ENV });
  await connected(slack);
  const command = {
    team_id: 'T1',
    channel_id: 'C1',
    user_id: 'U1',
    command: '/guiwen',
    text: '帮助',
    response_url: slack.responseUrl('a'),
    trigger_id: '1.2',
  };
  slack.deliver('slash_commands', command, 'e1');
  await acked(slack, 'e1');
  expect(slack.acks[0]?.payload).toMatchObject({ response_type: 'ephemeral' });
  await settled();
  expect(slack.responses).toHaveLength(1);
});

test('a button press is kept', async () => {
  const { slack, state } = await openBot(assistant, { env: ENV });
  await connected(slack);
  const press = {
    type: 'block_actions',
    user: { id: 'U1' },
    actions: [{ action_id: 'guiwen_down', value: 'a1', action_ts: '1' }],
  };
  slack.deliver('interactive', press, 'e1');
  await acked(slack, 'e1');
  expect(await state.feedback.list()).toMatchObject([{ answerId: 'a1', rating: 'down' }]);
});

test('a connection lost in mid-answer is made again, the answer comes, and a delivery repeated over the new one is acknowledged and not answered again', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = inPieces(
    assistant,
    (answer) => [answer],
    () => held,
  );
  const { slack, settled } = await openBot(slow, { env: ENV });
  await connected(slack);
  slack.deliver('events_api', mention(QUESTION, '1.1'), 'e1');
  await acked(slack, 'e1');
  slack.sockets[0]?.terminate();
  await connected(slack, 2);
  slack.deliver('events_api', mention(QUESTION, '1.1'), 'e2', { retry_attempt: 1, retry_reason: 'timeout' });
  await acked(slack, 'e1', 'e2');
  release();
  await settled();
  expect(slack.messages).toHaveLength(1);
});

test('when Slack asks to connect anew, that is done', async () => {
  const { slack, settled } = await openBot(assistant, { env: ENV });
  await connected(slack);
  slack.sockets[0]?.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
  await connected(slack, 2);
  slack.deliver('events_api', mention('帮助', '1.1'), 'e1');
  await acked(slack, 'e1');
  await settled();
});

test('what cannot be recorded is not acknowledged', async () => {
  const { slack, state, logged } = await openBot(assistant, { env: ENV });
  await connected(slack);
  await state.close();
  slack.deliver('events_api', mention(QUESTION, '1.1'), 'e1');
  await vi.waitFor(() => expect(logged.join()).toContain('数据目录'), PATIENT);
  // What needs no recording is acknowledged, and nothing before it.
  slack.deliver('events_api', eventCallback({ type: 'reaction_added', user: 'U1' }), 'e2');
  await acked(slack, 'e2');
});

test('what is not taken on is not acknowledged, so that Slack delivers it again', async () => {
  const slack = await openSlack();
  const answers = [{ taken: false }, { taken: true }] as const;
  let n = 0;
  const event = async () => answers[n++] as (typeof answers)[number];
  const socket = connectSocket(
    { appToken: APP_TOKEN, apiUrl: slack.apiUrl },
    { event, command: event, interaction: event },
    () => {},
  );
  await connected(slack);
  slack.deliver('events_api', mention('森林', '1.1'), 'e1');
  slack.deliver('events_api', mention('森林', '1.1'), 'e2');
  await acked(slack, 'e2');
  await socket.stop();
});

test('a refused token is logged and tried again, and the server goes on', async () => {
  const slack = await openSlack();
  slack.follow(({ method }, nth) =>
    method === 'apps.connections.open' && nth === 1 ? { ok: false, error: 'invalid_auth' } : undefined,
  );
  const { logged, server } = await openBot(assistant, { slack, env: ENV });
  await vi.waitFor(() => expect(logged.join()).toContain('invalid_auth'), PATIENT);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  await connected(slack);
});
