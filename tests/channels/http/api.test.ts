/** The API's routes: what they give, and how they refuse. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import {
  AnswerSchema,
  IndicatorsResponseSchema,
  PlanDetailSchema,
  PlansResponseSchema,
  ReadySchema,
  SearchResponseSchema,
  TextResponseSchema,
} from '../../../src/channels/http/schemas.ts';
import { appOver, errorOf, openCorpus } from './opened.ts';

let assistant: Assistant;
let app: ReturnType<typeof appOver>['app'];
let post: ReturnType<typeof appOver>['post'];

beforeAll(async () => {
  assistant = await openCorpus();
  ({ app, post } = appOver(assistant));
}, 120_000);

/** A body that is documented to the last field: what the schema does not know would be missing after parsing. */
async function documented<T>(response: Response, schema: { parse(value: unknown): T }): Promise<T> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const body = await response.json();
  expect(schema.parse(body)).toEqual(body);
  return body as T;
}

const FOUND = '跨界的饮用水水源地要联防联控，点名的是哪两座水库？';
const NOT_FOUND = '明天的彩票会开出什么号码？';

describe('POST /api/v1/ask', () => {
  test('answers with citations whose quotes are cut from the plan’s text', async () => {
    const answer = await documented(await post('/api/v1/ask', { question: FOUND }), AnswerSchema);
    expect(answer.status).toBe('answered');
    expect(answer.citations.length).toBeGreaterThan(0);
    for (const { n, quote, plan, start, end } of answer.citations) {
      expect(answer.answer).toContain(`[${n}]`);
      const text = await app.request(`/api/v1/plans/${plan.id}/text?start=${start}&end=${end}`);
      expect((await documented(text, TextResponseSchema)).text).toBe(quote);
    }
  });

  test('says that the plans do not say, with a reason and the nearest passages', async () => {
    const answer = await documented(await post('/api/v1/ask', { question: NOT_FOUND }), AnswerSchema);
    expect(answer).toMatchObject({ status: 'not_found', citations: [] });
    expect(answer.reason).toBeDefined();
    expect(answer.related.length).toBeGreaterThan(0);
  });

  test('keeps to the plans it is given', async () => {
    const plans = ['chongqing-2025'];
    const answer = await documented(
      await post('/api/v1/ask', { question: '非化石能源消费占比的目标是多少？', plans }),
      AnswerSchema,
    );
    const used = [...answer.citations, ...answer.related].map(({ plan }) => plan.id);
    expect(new Set(used)).toEqual(new Set(plans));
  });

  test('an empty list of plans restricts nothing', async () => {
    expect((await post('/api/v1/ask', { question: FOUND, plans: [] })).status).toBe(200);
  });

  test('hands question, history and conversation on as they came, the question trimmed', async () => {
    let asked: unknown;
    const { post } = appOver({
      ...assistant,
      ask: (request, options) => {
        asked = request;
        return assistant.ask(request, options);
      },
    });
    const history = [
      { role: 'user', content: '四川的森林覆盖率？' },
      { role: 'assistant', content: '40%。' },
    ];
    await post('/api/v1/ask', { question: ` ${FOUND}\n`, history, conversationId: 'c1', unknown: true });
    expect(asked).toEqual({ question: FOUND, history, conversationId: 'c1' });
  });

  test('a question of 2000 characters is answered, one of 2001 is not', async () => {
    expect((await post('/api/v1/ask', { question: '水'.repeat(2000) })).status).toBe(200);
    expect((await post('/api/v1/ask', { question: `  ${'𠮷'.repeat(2000)} ` })).status).toBe(200);
    const error = await errorOf(await post('/api/v1/ask', { question: '水'.repeat(2001) }));
    expect(error).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(error.message).toContain('最多 2000 个字符');
  });

  test('a client that left costs no more than the work under way', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const { app, logged } = appOver({
      ...assistant,
      ask: (_request, options) => {
        signals.push(options?.signal);
        return new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        });
      },
    });
    const client = new AbortController();
    const response = app.request('/api/v1/ask', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question: FOUND }),
      signal: client.signal,
    });
    await expect.poll(() => signals.length).toBe(1);
    client.abort();
    expect((await response).status).toBe(499);
    expect(logged).toEqual([]);
  });
});

describe('POST /api/v1/search', () => {
  test('gives k passages, best first, none longer than 600 characters', async () => {
    const { passages } = await documented(
      await post('/api/v1/search', { query: '饮用水水源地保护', k: 7 }),
      SearchResponseSchema,
    );
    expect(passages).toHaveLength(7);
    const scores = passages.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(Math.max(...passages.map(({ text }) => text.length))).toBeLessThanOrEqual(600);
    for (const { plan, start, end, text } of passages) {
      expect(assistant.text(plan.id, { start, end }).text).toBe(text);
    }
  });

  test('gives ten passages if k is left out', async () => {
    const body = await documented(
      await post('/api/v1/search', { query: '森林覆盖率' }),
      SearchResponseSchema,
    );
    expect(body.passages).toHaveLength(10);
  });

  test('keeps to the plans it is given', async () => {
    const { passages } = await documented(
      await post('/api/v1/search', { query: '嘉陵江', plans: ['sichuan-2025', 'chengyu-2025'] }),
      SearchResponseSchema,
    );
    expect(passages.every(({ plan }) => ['sichuan-2025', 'chengyu-2025'].includes(plan.id))).toBe(true);
  });
});

describe('the plans', () => {
  test('GET /api/v1/plans lists every plan', async () => {
    const { plans } = await documented(await app.request('/api/v1/plans'), PlansResponseSchema);
    expect(plans).toHaveLength(assistant.index.plans);
    expect(plans.find(({ id }) => id === 'chuanyu-pilot-draft')).toMatchObject({
      status: 'draft',
      level: 'regional',
    });
  });

  test('GET /api/v1/plans/:id gives the plan and its outline, children inside their parents', async () => {
    const { plan, outline } = await documented(
      await app.request('/api/v1/plans/sichuan-2025'),
      PlanDetailSchema,
    );
    expect(plan.title).toBe('四川省“十四五”生态环境保护规划');
    expect(Object.keys(outline)).toEqual(['id', 'kind', 'number', 'heading', 'start', 'end', 'children']);
    const check = (node: typeof outline) => {
      for (const child of node.children) {
        expect(child.start).toBeGreaterThanOrEqual(node.start);
        expect(child.end).toBeLessThanOrEqual(node.end);
        check(child);
      }
    };
    check(outline);
    expect(outline.children.map(({ heading }) => heading)).toContain('一、生态环境保护形势');
  });

  test('GET /api/v1/plans/:id/text gives the whole text, or a stretch with its outline node', async () => {
    const whole = await documented(await app.request('/api/v1/plans/sichuan-2025/text'), TextResponseSchema);
    expect(whole).toMatchObject({ start: 0, end: whole.length });
    expect(whole.text).toHaveLength(whole.length);
    const start = whole.text.indexOf('协同开展红旗水库');
    const part = await documented(
      await app.request(`/api/v1/plans/sichuan-2025/text?start=${start}&end=${start + 8}`),
      TextResponseSchema,
    );
    expect(part.text).toBe('协同开展红旗水库');
    expect(part.node.heading).toContain('饮用水水源地保护');
  });

  test('GET /api/v1/indicators gives rows by name and plan, each with a citation', async () => {
    const { indicators } = await documented(
      await app.request(`/api/v1/indicators?name=${encodeURIComponent('森林覆盖率')}&plan=chongqing-2025`),
      IndicatorsResponseSchema,
    );
    expect(indicators.length).toBeGreaterThan(0);
    for (const row of indicators) {
      expect(row.name).toContain('森林覆盖率');
      expect(row.citation.plan.id).toBe('chongqing-2025');
      const { start, end, quote } = row.citation;
      expect(assistant.text('chongqing-2025', { start, end }).text).toBe(quote);
    }
    const all = await documented(await app.request('/api/v1/indicators'), IndicatorsResponseSchema);
    expect(all.indicators.length).toBeGreaterThan(indicators.length);
  });
});

describe('the service', () => {
  test('GET /healthz: it runs', async () => {
    expect(await (await app.request('/healthz')).json()).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  test('GET /readyz: the index is loaded', async () => {
    const { index } = await documented(await app.request('/readyz'), ReadySchema);
    expect(index.passages).toBeGreaterThan(500);
  });

  test('security headers stand on every response, and nothing but our own scripts may run', async () => {
    for (const path of ['/', '/healthz', '/nowhere']) {
      const { headers } = await app.request(path);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    }
  });
});

describe('is refused with the contract’s error', () => {
  const json = { 'content-type': 'application/json' };
  const cases: [string, string, RequestInit & { duplex?: 'half' }, number, string][] = [
    ['an address that does not exist', '/api/v1/nowhere', {}, 404, 'not_found'],
    ['a method the address does not take', '/api/v1/ask', {}, 405, 'method_not_allowed'],
    ['deleting a plan', '/api/v1/plans/sichuan-2025', { method: 'DELETE' }, 405, 'method_not_allowed'],
    [
      'a body that is no JSON',
      '/api/v1/ask',
      { method: 'POST', headers: json, body: '{"question":' },
      400,
      'invalid_json',
    ],
    ['an empty body', '/api/v1/ask', { method: 'POST', headers: json }, 400, 'invalid_json'],
    ['no body at all', '/api/v1/ask', { method: 'POST' }, 400, 'invalid_request'],
    [
      'a body of another media type',
      '/api/v1/search',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '水' },
      415,
      'unsupported_media_type',
    ],
    [
      'a form',
      '/api/v1/ask',
      { method: 'POST', body: new URLSearchParams({ question: '水' }) },
      415,
      'unsupported_media_type',
    ],
    [
      'a body of more than 256 KB, its length given',
      '/api/v1/ask',
      { method: 'POST', headers: { ...json, 'content-length': '262145' }, body: 'x'.repeat(262_145) },
      413,
      'payload_too_large',
    ],
    [
      'a body of more than 256 KB, its length not given',
      '/api/v1/ask',
      { method: 'POST', headers: json, body: new Blob(['x'.repeat(262_145)]).stream(), duplex: 'half' },
      413,
      'payload_too_large',
    ],
    ['a plan that does not exist', '/api/v1/plans/nowhere', {}, 404, 'plan_not_found'],
    ['an address that is no UTF-8', '/api/v1/plans/%E0%A4', {}, 404, 'plan_not_found'],
    ['the text of a plan that does not exist', '/api/v1/plans/nowhere/text', {}, 404, 'plan_not_found'],
    ['a start that is no number', '/api/v1/plans/sichuan-2025/text?start=x', {}, 400, 'invalid_request'],
    ['a negative start', '/api/v1/plans/sichuan-2025/text?start=-1', {}, 400, 'invalid_request'],
    ['two starts', '/api/v1/plans/sichuan-2025/text?start=1&start=2', {}, 400, 'invalid_request'],
    ['an end before the start', '/api/v1/plans/sichuan-2025/text?start=9&end=3', {}, 400, 'invalid_request'],
    ['an end beyond the text', '/api/v1/plans/sichuan-2025/text?end=99999999', {}, 400, 'invalid_request'],
    ['indicators of a plan that does not exist', '/api/v1/indicators?plan=nowhere', {}, 400, 'unknown_plan'],
  ];
  test.each(cases)('%s', async (_what, path, init, status, code) => {
    expect(await errorOf(await app.request(path, init))).toMatchObject({ status, code });
  });

  const bodies: [string, string, unknown, string][] = [
    ['a question that is missing', '/api/v1/ask', {}, '请求有误：缺少 question。'],
    [
      'a question of nothing but spaces',
      '/api/v1/ask',
      { question: ' \u3000\n' },
      '请求有误：question 不能为空。',
    ],
    ['a question that is a number', '/api/v1/ask', { question: 7 }, '请求有误：question 应为字符串。'],
    ['a body that is a list', '/api/v1/ask', ['水'], '请求有误：请求正文应为对象。'],
    [
      'stream that is a word',
      '/api/v1/ask',
      { question: '水', stream: 'yes' },
      '请求有误：stream 应为 true 或 false。',
    ],
    [
      'a history with a third role',
      '/api/v1/ask',
      { question: '水', history: [{ role: 'system', content: '' }] },
      '请求有误：history.0.role 只能是 user、assistant。',
    ],
    ['plans that are no list', '/api/v1/ask', { question: '水', plans: 'x' }, '请求有误：plans 应为数组。'],
    ['k of 0', '/api/v1/search', { query: '水', k: 0 }, '请求有误：k 不能小于 1。'],
    ['k of 51', '/api/v1/search', { query: '水', k: 51 }, '请求有误：k 不能大于 50。'],
    ['k of one and a half', '/api/v1/search', { query: '水', k: 1.5 }, '请求有误：k 应为整数。'],
  ];
  test.each(bodies)('%s', async (_what, path, body, message) => {
    const error = await errorOf(await post(path, body));
    expect(error).toMatchObject({ status: 400, code: 'invalid_request', message });
    expect(error.details).toEqual([expect.objectContaining({ message: expect.any(String) })]);
  });

  test.each(['/api/v1/ask', '/api/v1/search'])('a plan that %s does not know', async (path) => {
    const body = { question: '水', query: '水', plans: ['sichuan-2025', 'nowhere'] };
    expect(await errorOf(await post(path, body))).toMatchObject({
      status: 400,
      code: 'unknown_plan',
      details: { plans: ['nowhere'] },
    });
  });

  test('a method that is not taken is told which are', async () => {
    expect((await app.request('/api/v1/search')).headers.get('allow')).toBe('POST');
    expect((await app.request('/api/v1/plans', { method: 'PUT' })).headers.get('allow')).toBe('GET, HEAD');
  });

  test('what nobody foresaw: the client learns nothing of it, the log everything', async () => {
    const broken = appOver({
      ...assistant,
      search: () => Promise.reject(new Error('ENOENT /srv/index/key sk-123')),
    });
    const error = await errorOf(await broken.post('/api/v1/search', { query: '水' }));
    expect(error).toEqual({ status: 500, code: 'internal_error', message: '服务内部出错，请稍后再试。' });
    expect(broken.logged).toEqual(['POST /api/v1/search: Error: ENOENT /srv/index/key sk-123']);
  });
});
