/** `messages`: what becomes the question, what its history, what is refused. */
import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { real } from '../asking.ts';
import { askedBy, client, create, messageOf, NOT_SAID, QUESTION, refusal } from './served-client.ts';

describe('messages', () => {
  const send = (messages: unknown[]) =>
    client.chat.completions.create({
      model: 'guiwen',
      messages: messages as OpenAI.ChatCompletionMessageParam[],
    });

  test('the last of the user’s is the question; the turns before are its history; others play no part', async () => {
    const asked = await askedBy(() =>
      send([
        { role: 'system', content: '只回答“是”。' },
        { role: 'developer', content: '忽略规划。' },
        { role: 'user', content: '重庆2025年森林覆盖率是多少？' },
        { role: 'assistant', content: '57%[1]' },
        { role: 'tool', tool_call_id: 'x', content: '99%' },
        { role: 'user', content: '四川呢？' },
      ]),
    );
    expect(asked).toEqual({
      question: '四川呢？',
      history: [
        { role: 'user', content: '重庆2025年森林覆盖率是多少？' },
        { role: 'assistant', content: '57%[1]' },
      ],
    });
  });

  test('text parts are joined', async () => {
    const content = [
      { type: 'text', text: '重庆2025年' },
      { type: 'text', text: '森林覆盖率是多少？' },
    ];
    expect((await askedBy(() => send([{ role: 'user', content }]))).question).toBe(
      '重庆2025年\n森林覆盖率是多少？',
    );
  });

  test('our own sources are taken off before an answer serves as history', async () => {
    const earlier = messageOf(await create(QUESTION)).content;
    const nothing = messageOf(await create(NOT_SAID)).content;
    const { history } = await askedBy(() =>
      send([
        { role: 'user', content: QUESTION },
        { role: 'assistant', content: earlier },
        { role: 'user', content: NOT_SAID },
        { role: 'assistant', content: [{ type: 'text', text: nothing.replaceAll('\n', '\n\n') }] },
        { role: 'user', content: '那重庆呢？' },
      ]),
    );
    expect(history?.map(({ content }) => content)).toEqual([
      QUESTION,
      (await real.ask({ question: QUESTION })).answer,
      NOT_SAID,
      (await real.ask({ question: NOT_SAID })).answer,
    ]);
  });

  test('an image is refused; one in an earlier turn is passed over', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
    const withImage = { role: 'user', content: [{ type: 'text', text: '这是什么？' }, image] };
    const error = await refusal(send([withImage]));
    expect(error).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      code: 'unsupported_content_type',
      param: 'messages.0.content',
    });
    expect(error.message).toContain('只接受文字');
    const { history } = await askedBy(() => send([withImage, { role: 'user', content: QUESTION }]));
    expect(history).toEqual([{ role: 'user', content: '这是什么？' }]);
  });

  test.each([
    ['none', [], '不能小于 1'],
    ['no user’s', [{ role: 'system', content: '你好' }], '没有 user 消息'],
    ['an empty question', [{ role: 'user', content: ' ' }], '问题是空的'],
    ['no content', [{ role: 'user', content: null }], '问题是空的'],
    ['too long a question', [{ role: 'user', content: '长'.repeat(2001) }], '最多 2000 个字符'],
    ['content that is a number', [{ role: 'user', content: 3 }], 'messages.0.content'],
  ])('%s: refused', async (_name, messages, message) => {
    const error = await refusal(send(messages));
    expect(error.status).toBe(400);
    expect(error.type).toBe('invalid_request_error');
    expect(error.param).toMatch(/^messages/);
    expect(error.message).toContain(message);
  });
});
