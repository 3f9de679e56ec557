/** The embedding endpoint: real HTTP against a server that behaves as badly as endpoints do. */
import { describe, expect, test, vi } from 'vitest';
import { BUILTIN_ID } from '../../src/embedding/builtin.ts';
import { embeddingFor } from '../../src/embedding/configured.ts';
import type { EmbeddingEndpoint } from '../../src/embedding/endpoint.ts';
import { endpointEmbedding, endpointId } from '../../src/embedding/endpoint.ts';
import type { Reply, Script } from '../scripted-endpoint.ts';
import { DIMENSION, scriptedEndpoint, vectorOf, wellBehaved } from '../scripted-endpoint.ts';

const QUICK = { retries: 3, firstMs: 1, maxMs: 40 };

/** The embedding of an endpoint that has told its dimension, and behaves like `script` from then on. */
async function opened(script: Script, settings: Partial<EmbeddingEndpoint> = {}) {
  const log: string[] = [];
  const endpoint = await scriptedEndpoint();
  const embedding = await endpointEmbedding(
    { baseUrl: endpoint.url, model: 'bge-m3', timeoutMs: 10_000, ...settings },
    { patience: QUICK, log: (line) => log.push(line) },
  );
  endpoint.received.length = 0;
  endpoint.script(script);
  return { ...endpoint, log, embedding, embeddings: embedding.embeddings };
}

const unit = (vector: number[]) => vector.map((v) => v / Math.hypot(...vector));
const data = (vectors: unknown[]): Reply => ({
  json: { data: vectors.map((embedding, index) => ({ index, embedding })) },
});

describe('an embedding endpoint', () => {
  test('with none configured is the built-in embedding', async () => {
    expect((await embeddingFor({})).id).toBe(BUILTIN_ID);
    expect((await embeddingFor({ baseUrl: 'http://127.0.0.1:1/v1' })).id).toBe(BUILTIN_ID);
  });

  test('is asked with its model and key, in batches, for vectors that come back with length 1', async () => {
    const { embeddings, received } = await opened(() => undefined, { apiKey: 'k-123' });
    const texts = Array.from({ length: 70 }, (_x, i) => `第${i}条 治水\n治气`);
    const vectors = await embeddings.embedDocuments(texts);
    expect(vectors).toHaveLength(70);
    expect(vectors).toEqual(texts.map((text) => unit(vectorOf(text)).map((v) => expect.closeTo(v, 10))));
    expect(received.map(({ body }) => body.input.length)).toEqual([32, 32, 6]);
    expect(received[0]).toMatchObject({
      path: '/v1/embeddings',
      body: { model: 'bge-m3', encoding_format: 'float' },
    });
    expect(received[0]?.headers.authorization).toBe('Bearer k-123');
  });

  test('without a key is not sent one that the environment holds for another host', async () => {
    process.env.OPENAI_API_KEY = 'sk-other';
    try {
      const { embeddings, received } = await opened(() => undefined);
      await embeddings.embedQuery('水');
      expect(JSON.stringify(received[0]?.headers)).not.toContain('sk-other');
    } finally {
      delete process.env.OPENAI_API_KEY;
    }
  });

  test('is named by its model and the path of its address, whatever the host', () => {
    const id = endpointId({ baseUrl: 'https://a.example/v1/', model: 'bge-m3' });
    expect(endpointId({ baseUrl: 'http://10.0.0.1:9997/v1', model: 'bge-m3' })).toBe(id);
    expect(endpointId({ baseUrl: 'https://a.example/v1', model: 'bge-large' })).not.toBe(id);
    expect(endpointId({ baseUrl: 'https://a.example/v2', model: 'bge-m3' })).not.toBe(id);
  });

  test('may send vectors in another order, if it numbers them', async () => {
    const { embeddings } = await opened(({ body }) => {
      const { json } = wellBehaved({ path: '/embeddings', body }) as { json: { data: unknown[] } };
      return { json: { ...json, data: json.data.reverse() } };
    });
    const [a, b] = await embeddings.embedDocuments(['水', '大气']);
    expect(a?.[0]).toBeCloseTo(unit(vectorOf('水'))[0] as number, 10);
    expect(b?.[0]).toBeCloseTo(unit(vectorOf('大气'))[0] as number, 10);
  });

  test('that takes few texts at a time gets few at a time', async () => {
    const { embeddings, received } = await opened(({ body }) =>
      body.input.length > 10
        ? { status: 400, json: { error: { message: 'batch size is invalid' } } }
        : undefined,
    );
    expect(await embeddings.embedDocuments(Array.from({ length: 40 }, (_x, i) => `${i}号`))).toHaveLength(40);
    expect(received.map(({ body }) => body.input.length)).toEqual([32, 16, 8, 8, 8, 8, 8]);
  });

  test('that is asked for the same question plan by plan is asked once', async () => {
    const { embeddings, received } = await opened(() => undefined);
    await Promise.all([embeddings.embedQuery('水质'), embeddings.embedQuery('水质')]);
    await embeddings.embedQuery('水质');
    expect(received).toHaveLength(1);
  });
});

describe('what passes is waited for while an index is built:', () => {
  test.each<[string, Reply]>([
    ['500', { status: 500, json: { error: { message: 'boom' } } }],
    ['429', { status: 429, json: { error: { message: 'slow down' } } }],
    ['a gateway’s page', { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['no JSON', { body: 'ok' }],
    ['no list of vectors', { json: { ok: true } }],
    ['fewer vectors than texts', data([vectorOf('x')])],
    [
      'the same number twice',
      { json: { data: [0, 0].map((index) => ({ index, embedding: vectorOf('x') })) } },
    ],
    ['a value that is no number', data([vectorOf('x'), [null, ...vectorOf('x').slice(1)]])],
    ['vectors of zeros', data([vectorOf('x'), vectorOf('x').map(() => 0)])],
  ])('%s', async (_what, reply) => {
    const { embeddings, received } = await opened(({ nth }) => (nth <= 2 ? reply : undefined));
    expect(await embeddings.embedDocuments(['水', '气'])).toHaveLength(2);
    expect(received).toHaveLength(3);
  });

  test('as long as the endpoint asks for', async () => {
    const waits: number[] = [];
    let at = 0;
    const { embeddings, log } = await opened(({ nth }) => {
      if (nth === 2) waits.push(performance.now() - at);
      at = performance.now();
      return nth === 1 ? { status: 429, headers: { 'retry-after': '0.03' }, json: {} } : undefined;
    });
    await embeddings.embedDocuments(['水']);
    // Its own first wait would be 1 ms at most; timers may be a little early.
    expect(waits[0]).toBeGreaterThanOrEqual(28);
    expect(log).toEqual([expect.stringMatching(/（429）。请稍后再试。 1 秒后第 1 次重试。$/)]);
  });
});

describe('what does not pass ends in one Chinese line without the key:', () => {
  test.each<[string, Reply, number, RegExp]>([
    [
      'a wrong key',
      { status: 401, json: { error: { message: 'bad key k-123' } } },
      1,
      /拒绝了密钥.+EMBEDDING_API_KEY/,
    ],
    ['an unknown model', { status: 404, json: {} }, 1, /EMBEDDING_MODEL/],
    ['a text that is refused by itself', { status: 400, json: {} }, 1, /不接受请求（400）/],
    ['500 for ever', { status: 500, json: {} }, 4, /出错（500）/],
    ['NaN for ever', data([['NaN']]), 4, /不合格式/],
    ['another dimension', data([vectorOf('x', DIMENSION + 1)]), 1, /25 维.+24 维.+npm run ingest/],
  ])('%s', async (_what, reply, requests, message) => {
    const { embeddings, received } = await opened(() => reply, { apiKey: 'k-123' });
    const failed = embeddings.embedDocuments(['水']);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toMatchObject({ name: 'EndpointError' });
    await expect(failed).rejects.not.toThrow(/k-123|\n/);
    expect(received).toHaveLength(requests);
  });

  test('nobody there', async () => {
    const { embeddings, stop } = await opened(() => undefined);
    await stop();
    await expect(embeddings.embedDocuments(['水'])).rejects.toThrow(/连不上.+EMBEDDING_BASE_URL/);
  });
});

describe('while a person waits', () => {
  test.each(['all', 'head'] as const)('an endpoint that stalls (%s) is given up in time', async (stall) => {
    const { embeddings } = await opened(() => ({ stall }), { timeoutMs: 60 });
    await expect(embeddings.embedQuery('水')).rejects.toThrow(/没有及时回答.+EMBEDDING_TIMEOUT_MS/);
  });

  test('one failure is tried again, once', async () => {
    const { embeddings, received } = await opened(({ nth }) =>
      nth === 1 ? { status: 503, json: {} } : undefined,
    );
    expect(await embeddings.embedQuery('水')).toHaveLength(DIMENSION);
    expect(received).toHaveLength(2);
  });

  test('an endpoint that keeps failing is left alone', async () => {
    const { embeddings, received } = await opened(() => ({ status: 500, json: {} }));
    for (let n = 0; n < 6; n++) await expect(embeddings.embedQuery(`问题${n}`)).rejects.toThrow();
    // Three questions, each tried twice; then the circuit is open.
    expect(received).toHaveLength(6);
  });
});

test('an endpoint that was left alone is tried again after a while', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const { embeddings, script } = await opened(() => ({ status: 500, json: {} }));
    for (let n = 0; n < 3; n++) await expect(embeddings.embedQuery('水')).rejects.toThrow(/出错/);
    script(() => undefined);
    await expect(embeddings.embedQuery('水')).rejects.toThrow();
    vi.setSystemTime(Date.now() + 21_000);
    expect(await embeddings.embedQuery('水')).toHaveLength(DIMENSION);
  } finally {
    vi.useRealTimers();
  }
});

describe('an endpoint that is down when it is opened', () => {
  const down = { baseUrl: 'http://127.0.0.1:1/v1', model: 'bge-m3', timeoutMs: 1000 };

  test('is taken as it was when the index was built', async () => {
    const remembered = { id: endpointId(down), dimension: 1024 };
    expect(await endpointEmbedding(down, { remembered, patience: QUICK })).toMatchObject(remembered);
  });

  test('is refused if nothing is known of it, or only of another', async () => {
    await expect(endpointEmbedding(down, { patience: QUICK })).rejects.toThrow(/连不上/);
    const other = { id: endpointId({ ...down, model: 'other' }), dimension: 1024 };
    await expect(endpointEmbedding(down, { remembered: other, patience: QUICK })).rejects.toThrow(/连不上/);
  });
});
