/** A conversation as a Word document: what was answered, and quotes that are checked once more. */
import mammoth from 'mammoth';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/answer/types.ts';
import type { Assistant } from '../../../src/assistant.ts';
import { appOver, errorOf, openCorpus, state } from './opened.ts';

let assistant: Assistant;
let post: ReturnType<typeof appOver>['post'];
beforeAll(async () => {
  assistant = await openCorpus();
  ({ post } = appOver(assistant));
}, 120_000);

const ask = async (question: string) => (await (await post('/api/v1/ask', { question })).json()) as Answer;

async function textOf(response: Response): Promise<string> {
  expect(response.status).toBe(200);
  const { value } = await mammoth.extractRawText({ buffer: Buffer.from(await response.arrayBuffer()) });
  return value;
}

const FOUND = '四川近零碳排放开发区2025年建几个';
const DOUBT = '与现行正文不一致';

describe('POST /api/v1/export', () => {
  test('gives the answers in order, each with its question and its quotes verbatim', async () => {
    const found = await ask(FOUND);
    const missing = await ask('四川要建的20个近零碳排放开发区是哪20个？');
    const response = await post('/api/v1/export', { answers: [found.id, missing.id] });
    expect(response.headers.get('content-type')).toContain('wordprocessingml.document');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; .*\.docx/);
    const text = await textOf(response);
    expect(text).toContain(`1. ${FOUND}`);
    expect(text.indexOf('2. 四川要建的20个')).toBeGreaterThan(text.indexOf('1. '));
    expect(text).toContain('规划没有说');
    expect(found.citations.length).toBeGreaterThan(0);
    for (const { n, plan, label, quote } of found.citations) {
      expect(text).toContain(`[${n}] 《${plan.title}》（规划期2021—2025年）${label}：“${quote}”`);
    }
    expect(text).not.toContain(DOUBT);
  });

  test('tables stay tables, lists lists, and marks go up', async () => {
    const record = (await state.answers.get((await ask(FOUND)).id))!;
    const answer = '| 指标 | 值 |\n|---|---|\n| 甲\\|乙 | 5[1] |\n\n1. **一**\n   - 二\n';
    await state.answers.add({ ...record, id: 'table', answer });
    const response = await post('/api/v1/export', { answers: ['table'] });
    const { value } = await mammoth.convertToHtml({ buffer: Buffer.from(await response.arrayBuffer()) });
    expect(value).toMatch(/<th><p><strong>指标<\/strong><\/p><\/th>/);
    expect(value).toMatch(/<td><p>甲\|乙<\/p><\/td><td><p>5<sup>\[1\]<\/sup><\/p><\/td>/);
    expect(value).toContain('<p>1. <strong>一</strong></p><p>· 二</p>');
  });

  test.each([
    ['offsets beyond the text', { start: 9_999_990, end: 9_999_999 }],
    ['another stretch', { start: 0, end: 5 }],
    ['a plan that is gone', { plan: { id: 'gone', title: '旧规划' } }],
  ])('says so where a quote is no longer what stands there: %s', async (why, change) => {
    const answer = await ask(FOUND);
    const record = (await state.answers.get(answer.id))!;
    const id = `changed ${why}`;
    await state.answers.add({ ...record, id, citations: [{ ...record.citations[0]!, ...change }] });
    expect(await textOf(await post('/api/v1/export', { answers: [id] }))).toContain(DOUBT);
  });

  test('text that looks like markup stays text', async () => {
    const answer = await ask(FOUND);
    const record = (await state.answers.get(answer.id))!;
    const hostile = '<w:p/>&amp;\u0007 ]]> <script>';
    await state.answers.add({
      ...record,
      id: 'hostile',
      question: hostile,
      understood: hostile,
      answer: hostile,
    });
    const text = await textOf(await post('/api/v1/export', { answers: ['hostile'] }));
    expect(text).toContain('<w:p/>&amp;');
    expect(text).toContain(']]> <script>');
    // No XML may hold it, and Word opens no document that does.
    expect(text).not.toContain('\u0007');
  });

  test('knows no answer it did not give over this channel', async () => {
    const answer = await ask(FOUND);
    const record = (await state.answers.get(answer.id))!;
    await state.answers.add({ ...record, id: 'of-a-bot', channel: 'wecom' });
    for (const id of ['nobody', 'of-a-bot']) {
      expect(await errorOf(await post('/api/v1/export', { answers: [answer.id, id] }))).toMatchObject({
        status: 404,
        code: 'answer_not_found',
      });
    }
  });

  test.each([[{}], [{ answers: [] }], [{ answers: 'x' }]])('refuses %j', async (body) => {
    expect(await errorOf(await post('/api/v1/export', body))).toMatchObject({
      status: 400,
      code: 'invalid_request',
    });
  });
});
