/** The rerank endpoint, by itself and behind the assistant: real HTTP against a server that may misbehave. */
import { describe, expect, test } from 'vitest';
import { assistantOver } from '../../src/assistant.ts';
import { rerankerFor } from '../../src/models/rerank.ts';
import { IN_2024, openSharedIndex } from '../opened-corpus.ts';
import type { Received, Reply, Script } from '../scripted-endpoint.ts';
import { scriptedEndpoint } from '../scripted-endpoint.ts';

const reply = (...results: [index: unknown, score: unknown][]): Reply => ({
  json: { results: results.map(([index, relevance_score]) => ({ index, relevance_score })) },
});

async function reranker(script?: Script, timeoutMs = 10_000) {
  const endpoint = await scriptedEndpoint(script);
  const rerank = rerankerFor({
    baseUrl: `${endpoint.url}/`,
    model: 'bge-reranker',
    apiKey: 'k-9',
    timeoutMs,
  });
  if (!rerank) throw new Error('not configured');
  return { ...endpoint, rerank };
}

describe('a reranker', () => {
  test('is none without an address or a model', () => {
    expect(rerankerFor({})).toBeUndefined();
    expect(rerankerFor({ baseUrl: 'http://127.0.0.1:1/v1' })).toBeUndefined();
  });

  test('is asked as Jina and Cohere are, and orders by its scores', async () => {
    const { rerank, received } = await reranker(() => reply([2, 0.1], [0, 0.9], [1, -3]));
    expect(await rerank('水质', ['甲', '乙', '丙'])).toEqual([0, 2, 1]);
    expect(received[0]).toMatchObject({
      path: '/v1/rerank',
      body: { model: 'bge-reranker', query: '水质', documents: ['甲', '乙', '丙'], top_n: 3 },
    });
    expect(received[0]?.headers.authorization).toBe('Bearer k-9');
  });

  test('that leaves documents out is followed by them in their own order', async () => {
    const { rerank } = await reranker(() => reply([2, 0.5]));
    expect(await rerank('水质', ['甲', '乙', '丙'])).toEqual([2, 0, 1]);
  });

  test.each<[string, Reply]>([
    ['an index out of range', reply([0, 1], [3, 0.5])],
    ['a negative index', reply([-1, 1])],
    ['an index that is no whole number', reply([0.5, 1])],
    ['an index twice', reply([1, 1], [1, 0.5])],
    ['a score that is no number', reply([0, 'high'])],
    ['a score of null', reply([0, null])],
    ['no results', reply()],
    ['another shape', { json: { data: [] } }],
    ['no JSON', { body: 'ok' }],
  ])('with nonsense is refused: %s', async (_what, bad) => {
    const { rerank } = await reranker(() => bad);
    await expect(rerank('水质', ['甲', '乙', '丙'])).rejects.toMatchObject({ kind: 'nonsense' });
  });

  test.each<[number, RegExp]>([
    [401, /RERANK_API_KEY/],
    [404, /RERANK_BASE_URL/],
    [429, /429/],
    [500, /500/],
  ])('with status %i is refused, without the key', async (status, message) => {
    const { rerank } = await reranker(() => ({ status, json: { detail: 'k-9' } }));
    await expect(rerank('水质', ['甲', '乙'])).rejects.toThrow(message);
    await expect(rerank('水质', ['甲', '乙'])).rejects.not.toThrow('k-9');
  });

  test.each(['all', 'head'] as const)('that stalls (%s) is given up in time', async (stall) => {
    const { rerank } = await reranker(() => ({ stall }), 60);
    await expect(rerank('水质', ['甲', '乙'])).rejects.toMatchObject({ kind: 'timeout' });
  });

  test('that keeps failing is left alone', async () => {
    const { rerank, received } = await reranker(() => ({ status: 500 }));
    for (let n = 0; n < 6; n++) await expect(rerank('水质', ['甲', '乙'])).rejects.toThrow();
    expect(received).toHaveLength(6);
  });
});

describe('an assistant with a reranker', () => {
  const NOTICE = '重排接口暂时不可用，这次的段落没有经过重排。';
  const QUESTION = '四川近零碳排放开发区2025年建几个';
  const COMPARED = '江津和四川的森林覆盖率目标分别是多少';

  async function opened(script?: Script) {
    const index = await openSharedIndex();
    const { rerank, ...endpoint } = await reranker(script);
    return {
      ...endpoint,
      plain: assistantOver(index, IN_2024),
      assistant: assistantOver(index, IN_2024, { rerank }),
    };
  }

  test('lists passages in its order, with headings and all', async () => {
    const { assistant, plain, received } = await opened(({ body }: Received) =>
      reply(...(body.documents as string[]).map((d, i): [number, number] => [i, d.includes('土壤') ? 1 : 0])),
    );
    const before = await plain.search({ query: '水环境质量', k: 10 });
    const after = await assistant.search({ query: '水环境质量', k: 10 });
    expect(received).toHaveLength(1);
    expect(received[0]?.body.query).toBe('水环境质量');
    const [{ body }] = received as [Received];
    expect((body.documents as string[]).some((document) => document.includes('土壤'))).toBe(true);
    expect(before[0]?.text).not.toContain('土壤');
    expect(`${after[0]?.path.join()}${after[0]?.context}${after[0]?.text}`).toContain('土壤');
    // Scores stay a falling scale of the search's own.
    expect(after.map(({ score }) => score)).toEqual(before.map(({ score }) => score));
  });

  test.each<[string, Reply]>([
    ['failed', { status: 500 }],
    ['gave nonsense', reply([99_999, 1])],
  ])('that %s keeps its own order, and says so once', async (_what, bad) => {
    const { assistant, plain, received } = await opened(() => bad);
    const { id: _id, tookMs: _ms, notices, ...expected } = await plain.ask({ question: QUESTION });
    const answer = await assistant.ask({ question: QUESTION });
    expect(answer).toMatchObject(expected);
    expect(answer.notices).toEqual([...notices, NOTICE]);
    received.length = 0;
    const compared = await assistant.ask({ question: COMPARED });
    expect(compared.notices.filter((notice) => notice === NOTICE)).toHaveLength(1);
    // What failed once is not tried again for the same answer.
    expect(received.length).toBeLessThanOrEqual(2);
  });

  test('that answers well has nothing to say about it', async () => {
    const { assistant, plain, received } = await opened();
    const { notices } = await plain.ask({ question: QUESTION });
    expect((await assistant.ask({ question: QUESTION })).notices).toEqual(notices);
    expect(received).toHaveLength(1);
  });
});
