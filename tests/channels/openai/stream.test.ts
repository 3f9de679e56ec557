/** A streamed completion as the official client reads it, over a real socket. */
import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { Answer, AskEvent } from '../../../src/answer/types.ts';
import type { Assistant } from '../../../src/assistant.ts';
import { StateError } from '../../../src/state/types.ts';
import { asking, real } from '../asking.ts';
import type { Cited } from './served-client.ts';
import { askedBy, client, create, messageOf, QUESTION, refusal } from './served-client.ts';

async function chunksOf(content: string, options?: OpenAI.ChatCompletionStreamOptions) {
  const stream = await client.chat.completions.create({
    model: 'guiwen',
    messages: [{ role: 'user', content }],
    stream: true,
    ...(options ? { stream_options: options } : {}),
  });
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('') };
}

describe('a streamed completion', () => {
  test('joins to the same text, ends with the citations, and says no more than asked', async () => {
    const whole = messageOf(await create(QUESTION));
    const { chunks, text } = await chunksOf(QUESTION);
    expect(text).toBe(whole.content);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.every(({ object, usage }) => object === 'chat.completion.chunk' && !usage)).toBe(true);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([
      ...chunks.slice(1).map(() => null),
      'stop',
    ]);
    const { citations } = whole;
    expect((chunks.at(-1) as unknown as Cited).citations).toEqual(citations);
    expect(chunks.at(-1)?.choices[0]?.delta).toEqual({ citations });
  });

  test('has its usage in one more chunk when asked for', async () => {
    const { usage } = await create(QUESTION);
    const { chunks } = await chunksOf(QUESTION, { include_usage: true });
    const last = chunks.at(-1) as OpenAI.ChatCompletionChunk & Cited;
    expect(last.choices).toEqual([]);
    expect(last.usage).toEqual(usage);
    expect(last.citations.length).toBeGreaterThan(0);
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  });

  test('can be gathered by the client’s own helper, citations and all', async () => {
    const stream = client.chat.completions.stream({
      model: 'guiwen',
      messages: [{ role: 'user', content: QUESTION }],
    });
    const message = messageOf(await stream.finalChatCompletion());
    const whole = messageOf(await create(QUESTION));
    expect(message.content).toBe(whole.content);
    expect(message.citations).toEqual(whole.citations);
  });

  /** `ask` that sends these pieces before it gives the real answer. */
  const piecewise =
    (pieces: (answer: Answer) => string[]): Assistant['ask'] =>
    async (request, options) => {
      const answer = await real.ask(request);
      const send = (text: string): AskEvent => ({ type: 'delta', text });
      options?.onEvent?.({ type: 'status', text: '正在查找规划原文' });
      for (const piece of pieces(answer)) options?.onEvent?.(send(piece));
      return answer;
    };

  test('passes each piece on as it comes', async () => {
    const { answer } = await real.ask({ question: QUESTION });
    const { chunks } = await asking(
      piecewise(() => [answer.slice(0, 7), answer.slice(7)]),
      () => chunksOf(QUESTION),
    );
    const texts = chunks.map(({ choices }) => choices[0]?.delta.content).filter(Boolean);
    expect(texts.slice(0, 2)).toEqual([answer.slice(0, 7), answer.slice(7)]);
    expect(texts[2]).toMatch(/^\n\n---\n\n\*\*来源\*\*/);
  });

  test('completes pieces that stop before the answer does', async () => {
    const whole = messageOf(await create(QUESTION)).content;
    for (const pieces of [() => [], ({ answer }: Answer) => [answer.slice(0, 9)]]) {
      expect((await asking(piecewise(pieces), () => chunksOf(QUESTION))).text).toBe(whole);
    }
  });

  test('corrects pieces that turn out not to be the answer, and remembers the correction only', async () => {
    const { answer } = await real.ask({ question: QUESTION });
    const { text } = await asking(
      piecewise(() => ['是另外三座水库。']),
      () => chunksOf(QUESTION),
    );
    expect(text.startsWith('是另外三座水库。\n\n---\n\n**更正**：')).toBe(true);
    expect(text).toContain(`请以下面的回答为准。\n\n${answer}\n\n---\n\n**来源**`);
    const { history } = await askedBy(() =>
      client.chat.completions.create({
        model: 'guiwen',
        messages: [
          { role: 'user', content: QUESTION },
          { role: 'assistant', content: text },
          { role: 'user', content: '还有呢？' },
        ],
      }),
    );
    expect(history?.at(-1)?.content).toBe(answer);
  });

  test('tells what broke midway as an error the client throws', async () => {
    const error = await asking(
      async (_request, options) => {
        options?.onEvent?.({ type: 'delta', text: '到' });
        throw new StateError('磁盘已满，写不了数据目录 /srv/secret。');
      },
      () => refusal(chunksOf(QUESTION)),
    );
    expect(error).toMatchObject({ type: 'server_error', code: 'state_unavailable' });
    expect(error.message).not.toContain('secret');
  });

  test.each([true, false])('aborting it stops the work (stream: %s)', async (stream) => {
    let signal: AbortSignal | undefined;
    await asking(
      (_request, options) => {
        signal = options?.signal;
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal?.reason));
        });
      },
      async () => {
        const controller = new AbortController();
        const call = client.chat.completions
          .create(
            { model: 'guiwen', messages: [{ role: 'user', content: QUESTION }], stream },
            { signal: controller.signal },
          )
          .then(async (result) => {
            if (Symbol.asyncIterator in result) for await (const _chunk of result);
          })
          .catch((reason) => reason);
        await expect.poll(() => signal !== undefined, { timeout: 20_000 }).toBe(true);
        expect(signal?.aborted).toBe(false);
        controller.abort();
        await call;
        await expect.poll(() => signal?.aborted, { timeout: 20_000 }).toBe(true);
      },
    );
  });
});
