/** The slash command and the buttons. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { openShared } from '../../opened-corpus.ts';
import { openBot, openSlack, PATIENT, QUESTION, sourcesIn } from './opened.ts';
import { mention } from './scripted-slack.ts';

let assistant: Assistant;
beforeAll(async () => {
  assistant = (await openShared()).assistant;
}, 120_000);

describe('/guiwen', () => {
  const form = (text: string, responseUrl: string, trigger = '1.2.3') => ({
    token: 'x',
    team_id: 'T1',
    channel_id: 'C1',
    user_id: 'U1',
    command: '/guiwen',
    text,
    response_url: responseUrl,
    trigger_id: trigger,
    api_app_id: 'A1',
  });

  test('is acknowledged at once to the asker alone, and answered at its response_url', async () => {
    const { slack, sendForm, settled } = await openBot(assistant);
    const response = await sendForm(form(QUESTION, slack.responseUrl('a')));
    expect(await response.json()).toEqual({ response_type: 'ephemeral', text: '正在查找规划原文…' });
    await settled();
    const [{ path, body } = { path: '', body: {} }, ...more] = slack.responses;
    expect([path, more]).toEqual(['/response/a', []]);
    expect(body).toMatchObject({ response_type: 'ephemeral' });
    const { citations } = await assistant.ask({ question: QUESTION });
    expect(sourcesIn(body.blocks as never).map(({ quote }) => quote)).toEqual(
      citations.map(({ quote }) => quote),
    );
    expect(slack.calls).toEqual([]);
  });

  test('without words shows the help', async () => {
    const { slack, sendForm, settled } = await openBot(assistant);
    await sendForm(form('', slack.responseUrl('a')));
    await settled();
    expect(JSON.stringify(slack.responses[0]?.body)).toContain('重新开始');
  });

  test('remembers the asker’s last answer in the channel', async () => {
    const { slack, sendForm, settled } = await openBot(assistant);
    await sendForm(form(QUESTION, slack.responseUrl('a'), '1'));
    await sendForm(form('原文 1', slack.responseUrl('b'), '2'));
    await sendForm({ ...form('原文 1', slack.responseUrl('c'), '3'), user_id: 'U2' });
    await settled();
    const at = (path: string) => JSON.stringify(slack.responses.find((r) => r.path.endsWith(path))?.body);
    expect(at('b')).toContain('rich_text_quote');
    expect(at('c')).toContain('还没有回答');
  });

  test('never posts to where Slack is not', async () => {
    const elsewhere = await openSlack();
    const { sendForm, slack, logged, state } = await openBot(assistant);
    await sendForm(form(QUESTION, elsewhere.responseUrl('a')));
    await vi.waitFor(() => expect(logged.join()).toContain('response_url 不在 Slack'), PATIENT);
    expect([...elsewhere.responses, ...slack.responses]).toEqual([]);
    expect(await state.events.unfinished('slack')).toHaveLength(1);
  });
});

describe('the buttons', () => {
  const press = (action_id: string, value: string, responseUrl?: string) => ({
    payload: JSON.stringify({
      type: 'block_actions',
      user: { id: 'U1', team_id: 'T1' },
      container: { type: 'message', message_ts: '1.1', channel_id: 'C1' },
      ...(responseUrl ? { response_url: responseUrl } : {}),
      actions: [{ type: 'button', block_id: 'guiwen_rating', action_id, value, action_ts: '1.2' }],
    }),
  });

  test('keep what a person thinks of the answer, and thank them alone', async () => {
    const { slack, send, sendForm, settled, state } = await openBot(assistant);
    await send(mention(QUESTION, '1.1'));
    await settled();
    const actions = slack.messages[0]?.blocks.at(-1) as {
      elements: { action_id: string; value: string }[];
    };
    for (const { action_id, value } of actions.elements) {
      const response = await sendForm(press(action_id, value, slack.responseUrl('thanks')));
      expect(response.status).toBe(200);
    }
    const feedback = await state.feedback.list();
    expect(feedback.map(({ rating }) => rating)).toEqual(['up', 'down']);
    expect(feedback[0]).toMatchObject({ asker: 'T1:U1' });
    expect(await state.answers.get(feedback[0]?.answerId ?? '')).toMatchObject({ question: QUESTION });
    await vi.waitFor(() => expect(slack.responses).toHaveLength(2), PATIENT);
    expect(slack.responses[0]?.body).toMatchObject({
      response_type: 'ephemeral',
      replace_original: false,
    });
  });

  test('of a press that is delivered again keep one rating', async () => {
    const { sendForm, state } = await openBot(assistant);
    for (let i = 0; i < 3; i++) await sendForm(press('guiwen_up', 'answer-1'));
    expect(await state.feedback.list()).toHaveLength(1);
  });

  test('of other apps are acknowledged and ignored', async () => {
    const { sendForm, state } = await openBot(assistant);
    expect((await sendForm(press('constructor', 'x'))).status).toBe(200);
    expect((await sendForm({ payload: JSON.stringify({ type: 'view_closed' }) })).status).toBe(200);
    expect((await sendForm({ payload: '{' })).status).toBe(400);
    expect(await state.feedback.list()).toEqual([]);
  });
});
