/** LangChain's `ChatOpenAI`, pointed at the server. */
import { ChatOpenAI } from '@langchain/openai';
import { expect, test } from 'vitest';
import { url } from '../asking.ts';
import { create, messageOf, QUESTION } from './served-client.ts';

const model = () =>
  new ChatOpenAI({
    model: 'guiwen',
    apiKey: 'unused',
    configuration: { baseURL: `${url}/v1` },
    maxRetries: 0,
  });

test('it is answered whole, with the tokens counted', async () => {
  const message = await model().invoke(QUESTION);
  expect(message.content).toBe(messageOf(await create(QUESTION)).content);
  const usage = message.usage_metadata as { total_tokens: number } | undefined;
  expect(usage?.total_tokens).toBeGreaterThan(0);
});

test('it is answered in pieces', async () => {
  let text = '';
  for await (const chunk of await model().stream(QUESTION)) text += chunk.text;
  expect(text).toBe(messageOf(await create(QUESTION)).content);
});

test('it remembers the turns before', async () => {
  const { content } = await model().invoke([
    ['system', '你是一个助手。'],
    ['human', '重庆2025年森林覆盖率是多少？'],
    ['ai', '57%'],
    ['human', '江津呢？'],
  ]);
  expect(content).toContain('53.8');
});
