/** The four tools, as a client meets them. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Answer, Citation } from '../../../src/answer/types.ts';
import type { SearchHit } from '../../../src/assistant.ts';
import { StateError } from '../../../src/state/types.ts';
import { asking, linkedUrl, real } from '../asking.ts';
import { call, failure } from './calls.ts';
import { connect } from './connected.ts';

const QUESTION = '跨界的饮用水水源地要联防联控，点名的是哪两座水库？';
const NOT_SAID = '四川要建的20个近零碳排放开发区是哪20个？';

let client: Client;
let linked: Client;
beforeAll(async () => {
  ({ client } = await connect());
  ({ client: linked } = await connect(linkedUrl));
}, 120_000);

test('each says in Chinese what it is for, what it takes and what it gives, and that it only reads', async () => {
  expect(client.getServerCapabilities()).toMatchObject({
    tools: { listChanged: false },
    resources: { listChanged: false },
  });
  expect(client.getInstructions()).toContain('ask_plans');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual([
    'ask_plans',
    'compare_indicators',
    'read_plan',
    'search_plans',
  ]);
  for (const { title, description, inputSchema, outputSchema, annotations } of tools) {
    expect(title).toMatch(/\p{Script=Han}/u);
    expect(description).toMatch(/\p{Script=Han}{4}/u);
    expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    for (const property of Object.values(inputSchema.properties ?? {})) {
      expect((property as { description: string }).description).toMatch(/\p{Script=Han}/u);
    }
    expect(outputSchema).toMatchObject({ type: 'object' });
    expect(annotations).toMatchObject({ readOnlyHint: true, idempotentHint: true, openWorldHint: false });
  }
});

describe('ask_plans', () => {
  test('gives the answer, structured, and as text with its sources', async () => {
    const answer = await real.ask({ question: QUESTION });
    const { structured, text } = await call<Answer>(client, 'ask_plans', { question: QUESTION });
    expect({ ...structured, id: '', tookMs: 0 }).toEqual({ ...answer, id: '', tookMs: 0 });
    expect(text.startsWith(answer.answer)).toBe(true);
    const [first] = answer.citations as [Citation];
    expect(text).toContain(`- [1] 《${first.plan.title}》 ${first.label}：“`);
  });

  test('links its sources where people reach the server', async () => {
    const { structured, text } = await call<Answer>(linked, 'ask_plans', { question: QUESTION });
    const [first] = structured.citations as [Citation & { url: string }];
    expect(first.url).toBe(`https://plans.example.org/plans/${first.plan.id}#${first.start}-${first.end}`);
    expect(text).toContain(`](${first.url})`);
  });

  test('says that the plans do not say, with the nearest passages', async () => {
    const { structured, text } = await call<Answer>(client, 'ask_plans', { question: NOT_SAID });
    expect(structured).toMatchObject({ status: 'not_found', citations: [] });
    expect(structured.related.length).toBeGreaterThan(0);
    expect(text).toContain('**最接近的段落**（供判断，不是回答）');
  });

  test('understands a follow-up, and keeps to the plans it is given', async () => {
    const plans = [real.plans().at(-1)?.id as string];
    const history = [{ role: 'user', content: '重庆2025年森林覆盖率是多少？' }];
    const { structured } = await call<Answer>(client, 'ask_plans', { question: '四川呢？', history });
    expect(structured.question).toContain('森林覆盖率');
    const restricted = await call<Answer>(client, 'ask_plans', { question: '2025年森林覆盖率目标？', plans });
    expect(restricted.structured.citations.map(({ plan }) => plan.id)).toEqual(plans);
  });

  test('tells how far it is to a client that wants to know', async () => {
    const told: (string | undefined)[] = [];
    await client.callTool({ name: 'ask_plans', arguments: { question: QUESTION } }, undefined, {
      onprogress: ({ message }) => told.push(message),
    });
    expect(told).toEqual(['正在查找规划原文']);
  });
});

describe('search_plans', () => {
  type Found = { passages: (SearchHit & { url?: string })[] };

  test('gives the best passages first, each with its place', async () => {
    const query = '饮用水水源地保护';
    const { structured, text } = await call<Found>(client, 'search_plans', { query, k: 3 });
    expect(structured.passages).toEqual(await real.search({ query, k: 3 }));
    for (const { plan, label, start, end, text: passage } of structured.passages) {
      expect(text).toContain(`《${plan.title}》 ${label}（规划 ${plan.id}，${start}–${end}）`);
      expect(text).toContain(passage);
    }
  });

  test('keeps to the plans it is given, and links where people reach the server', async () => {
    const plans = ['sichuan-2025'];
    const { structured } = await call<Found>(linked, 'search_plans', { query: '水源地', plans });
    expect(structured.passages).toHaveLength(10);
    for (const { plan, start, end, url } of structured.passages) {
      expect(plan.id).toBe('sichuan-2025');
      expect(url).toBe(`https://plans.example.org/plans/sichuan-2025#${start}-${end}`);
    }
  });
});

describe('compare_indicators', () => {
  interface Compared {
    rows: { plan: { id: string }; name: string; target?: { value: string }; citation: Citation }[];
    total: number;
    without: { id: string }[];
    available?: string[];
  }

  test('gives a row for each plan that has the indicator, cited, and names those that have not', async () => {
    const { structured, text } = await call<Compared>(client, 'compare_indicators', { name: '森林覆盖率' });
    const { rows, total, without } = structured;
    expect(total).toBe(rows.length);
    expect(rows.map(({ citation }) => citation.n)).toEqual(rows.map((_row, i) => i + 1));
    const having = new Set(rows.map(({ plan }) => plan.id));
    expect(having.size).toBeGreaterThan(1);
    expect([...having, ...without.map(({ id }) => id)].sort()).toEqual(
      real
        .plans()
        .map(({ id }) => id)
        .sort(),
    );
    for (const { plan, name, target, citation } of rows) {
      const { n, start, end, quote } = citation;
      expect(real.text(plan.id, { start, end }).text).toBe(quote);
      expect(quote).toContain(target?.value);
      expect(text).toContain(`${name}[${n}]`);
      expect(text).toMatch(new RegExp(`^- \\[${n}\\] 《`, 'm'));
    }
  });

  test('keeps to the plans it is given', async () => {
    const plans = ['jiangjin-2025', 'sichuan-2025'];
    const { structured } = await call<Compared>(client, 'compare_indicators', { name: '森林覆盖率', plans });
    const named = [...structured.rows.map(({ plan }) => plan.id), ...structured.without.map(({ id }) => id)];
    expect([...new Set(named)].sort()).toEqual(plans);
  });

  test('names the indicators there are when none fits', async () => {
    const { structured, text } = await call<Compared>(client, 'compare_indicators', { name: '彩票销量' });
    expect(structured).toMatchObject({ rows: [], total: 0 });
    expect(structured.available).toContain(real.indicators()[0]?.name);
    expect(text).toContain('没有名称含“彩票销量”的指标');
    expect(text).toContain(real.indicators()[0]?.name);
  });
});

describe('a call that cannot be carried out is told in Chinese, with the remedy:', () => {
  test.each([
    ['ask_plans', { question: QUESTION, plans: ['nowhere'] }],
    ['search_plans', { query: '水', plans: ['nowhere'] }],
    ['compare_indicators', { name: '森林', plans: ['nowhere'] }],
    ['read_plan', { plan: 'nowhere' }],
  ])('%s for an unknown plan names those there are', async (name, args) => {
    const message = await failure(client, name, args);
    expect(message).toContain('没有编号为“nowhere”的规划');
    for (const { id, title } of real.plans()) expect(message).toContain(`${id}（${title}）`);
  });

  test.each([
    ['ask_plans', {}, 'question'],
    ['ask_plans', { question: '  ' }, 'question'],
    ['ask_plans', { question: QUESTION, plan: 'sichuan-2025' }, 'plan'],
    ['search_plans', { query: '水', k: 51 }, 'k'],
    ['read_plan', { plan: 'sichuan-2025', start: -1 }, 'start'],
    ['compare_indicators', { name: 3 }, 'name'],
  ])('%s with wrong arguments (%j) names the one at fault', async (name, args, field) => {
    expect(await failure(client, name, args)).toMatch(new RegExp(`^参数有误：.*${field}`));
  });

  test('a question that is too long', async () => {
    expect(await failure(client, 'ask_plans', { question: '长'.repeat(2001) })).toMatch(
      /^参数有误：question .*2000/,
    );
  });

  test.each([
    [new StateError('磁盘已满，写不了数据目录 /srv/secret。'), '暂时无法保存，请稍后再试。'],
    [new Error('index file /srv/secret is broken'), '服务内部出错，请稍后再试。'],
  ])('what breaks inside says nothing of the inside (%s)', async (error, message) => {
    const told = await asking(
      async () => {
        throw error;
      },
      () => failure(client, 'ask_plans', { question: QUESTION }),
    );
    expect(told).toBe(message);
  });

  test('an unknown tool names those there are', async () => {
    await expect(client.callTool({ name: 'no_tool' })).rejects.toThrow(
      '没有工具“no_tool”；可用的有 ask_plans、search_plans、read_plan、compare_indicators。',
    );
  });
});
