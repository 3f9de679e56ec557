import { beforeAll, describe, expect, it } from 'vitest';
import { appOver, errorOf, openCorpus, state } from './opened.ts';

let post: ReturnType<typeof appOver>['post'];
beforeAll(async () => {
  ({ post } = appOver(await openCorpus()));
});

describe('POST /api/v1/feedback', () => {
  it('is kept beside the answer it is about', async () => {
    const answer = (await (
      await post('/api/v1/ask', { question: '到2025年四川省的森林覆盖率要达到多少？', conversationId: 'c9' })
    ).json()) as { id: string; answer: string; citations: unknown[] };
    const given = await post('/api/v1/feedback', {
      answerId: answer.id,
      rating: 'down',
      comment: '口径不同',
    });
    expect(given.status).toBe(204);
    expect(await state.feedback.list()).toMatchObject([
      { answerId: answer.id, rating: 'down', comment: '口径不同' },
    ]);
    expect(await state.answers.get(answer.id)).toMatchObject({
      channel: 'http',
      conversationId: 'c9',
      answer: answer.answer,
      citations: answer.citations,
    });
  });

  it.each([
    [{ rating: 'up' }, /answerId/],
    [{ answerId: 'x', rating: 'good' }, /up、down/],
    [{ answerId: 'x', rating: 'up', comment: '长'.repeat(2001) }, /2000/],
  ])('refuses %j', async (body, message) => {
    const error = await errorOf(await post('/api/v1/feedback', body));
    expect(error).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(error.message).toMatch(message);
  });
});
