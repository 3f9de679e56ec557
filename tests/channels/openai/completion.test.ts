/** A completion as the official client gets it, over a real socket. */
import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { ChatResponseSchema } from '../../../src/channels/openai/schemas.ts';
import { asking, real, state } from '../asking.ts';
import type { Cited } from './served-client.ts';
import { create, linked, messageOf, NOT_SAID, QUESTION } from './served-client.ts';

describe('a completion', () => {
  test('holds the answer, then every source with its number, plan, label and quote', async () => {
    const answer = await real.ask({ question: QUESTION });
    const completion = await create(QUESTION);
    const { object, model, choices } = completion;
    expect([object, model, choices.length]).toEqual(['chat.completion', 'guiwen', 1]);
    const { role, refusal, content } = messageOf(completion);
    expect([role, refusal, choices[0]?.finish_reason]).toEqual(['assistant', null, 'stop']);
    const [body, sources] = content.split('\n\n---\n\n') as [string, string];
    expect(body).toBe(answer.answer);
    expect(answer.citations.length).toBeGreaterThan(0);
    for (const { n, plan, label, quote } of answer.citations) {
      expect(body).toContain(`[${n}]`);
      const line = sources.split('\n').find((candidate) => candidate.startsWith(`- [${n}] `));
      expect(line).toContain(`《${plan.title}》 ${label}：“${quote.slice(0, 20)}`);
    }
    expect(sources).not.toContain('](');
  });

  test('holds the citations, structured, whose quotes are the plans’ own words', async () => {
    const completion = (await create(QUESTION)) as Awaited<ReturnType<typeof create>> & Cited;
    const { citations } = messageOf(completion);
    expect(citations.length).toBeGreaterThan(0);
    expect(completion.citations).toEqual(citations);
    for (const { plan, quote, start, end, url: source } of citations) {
      expect(real.text(plan.id, { start, end }).text).toBe(quote);
      expect(source).toBeUndefined();
    }
  });

  test('is documented to the last field', async () => {
    const completion = await linked.chat.completions.create({
      model: 'guiwen',
      messages: [{ role: 'user', content: QUESTION }],
    });
    // What the schema does not know would be missing after parsing; the client adds `_request_id`, hidden.
    expect(ChatResponseSchema.parse(completion)).toEqual({ ...completion });
  });

  test('links its sources where people reach the server', async () => {
    const completion = await linked.chat.completions.create({
      model: 'guiwen',
      messages: [{ role: 'user', content: QUESTION }],
    });
    const message = messageOf(completion);
    const [first] = message.citations;
    const address = `https://plans.example.org/plans/${first?.plan.id}#${first?.start}-${first?.end}`;
    expect(first?.url).toBe(address);
    expect(message.content).toContain(`- [1] [《${first?.plan.title}》 ${first?.label}](${address})：“`);
  });

  test('says that the plans do not say, with the nearest passages clearly apart', async () => {
    const answer = await real.ask({ question: NOT_SAID });
    expect(answer.status).toBe('not_found');
    const { content, citations } = messageOf(await create(NOT_SAID));
    const [body, rest] = content.split('\n\n---\n\n') as [string, string];
    expect(body).toBe(answer.answer);
    expect(rest).toContain('**最接近的段落**（供判断，不是回答）');
    expect(rest).toContain(`《${answer.related[0]?.plan.title}》 ${answer.related[0]?.label}`);
    expect(rest).not.toContain('**来源**');
    expect(citations).toEqual([]);
  });

  test('shows the notices', async () => {
    const notices = ['《某规划》为征求意见稿，尚未正式发布。'];
    const { choices } = await asking(
      async (request) => ({ ...(await real.ask(request)), notices }),
      () => create(QUESTION),
    );
    expect(choices[0]?.message.content).toContain(`**提示**\n\n- ${notices[0]}`);
  });

  test('estimates its tokens', async () => {
    const { usage, choices } = await create(QUESTION);
    const { prompt_tokens, completion_tokens, total_tokens } = usage as OpenAI.CompletionUsage;
    expect(prompt_tokens).toBeGreaterThan(QUESTION.length / 3);
    expect(prompt_tokens).toBeLessThan(QUESTION.length);
    expect(completion_tokens).toBeGreaterThan((choices[0]?.message.content?.length ?? 0) / 5);
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
  });

  test('is kept on record under the channel’s name, with the user the client names', async () => {
    const kept: unknown[] = [];
    const add = state.answers.add;
    (state.answers as { add: typeof add }).add = async (record) => {
      await add(record);
      kept.push(await state.answers.get(record.id));
    };
    try {
      await create(QUESTION, { user: 'zhang' });
    } finally {
      (state.answers as { add: typeof add }).add = add;
    }
    expect(kept).toMatchObject([{ channel: 'openai', asker: 'zhang', question: QUESTION }]);
  });

  test('takes the parameters other servers take, and those it does not know', async () => {
    const more = {
      temperature: 0,
      top_p: 1,
      max_tokens: 5,
      stop: ['。'],
      seed: 1,
      n: 1,
      repetition_penalty: 1,
    };
    const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'f' } }];
    const { choices } = await create(QUESTION, { ...more, tools, tool_choice: 'auto', metadata: { a: 'b' } });
    // An answer cut after five tokens or at the first 。 would have lost its citations.
    expect(choices[0]?.message.content).toContain('**来源**');
    expect(choices[0]?.finish_reason).toBe('stop');
  });
});
