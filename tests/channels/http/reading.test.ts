/** What the source reader and the indicator board read, over HTTP. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { appOver, errorOf, openCorpus } from './opened.ts';

let assistant: Assistant;
let app: ReturnType<typeof appOver>['app'];

beforeAll(async () => {
  assistant = await openCorpus();
  ({ app } = appOver(assistant));
}, 120_000);

interface Span {
  start: number;
  end: number;
}
interface Cell extends Span {
  column: number;
  rest?: Span[];
  rowSpan?: number;
}
interface Block extends Span {
  type: string;
  nodeId: string;
  label: string;
  columns: number;
  header: Cell[];
  rows: (Span & { label: string; cells: Cell[] })[];
  notes: (Span & { label: string })[];
  title: string;
}
const blocksOf = async (id: string): Promise<{ text: string; blocks: Block[] }> =>
  (await app.request(`/api/v1/plans/${id}/blocks`)).json();

describe('a plan in blocks', () => {
  test('has its facts, its outline and its whole text', async () => {
    const body = await (await app.request('/api/v1/plans/sichuan-2025/blocks')).json();
    expect(body.plan).toMatchObject({ id: 'sichuan-2025', status: 'in_force' });
    expect(body.text).toBe(assistant.text('sichuan-2025').text);
    expect(body.outline.children.length).toBeGreaterThan(5);
    expect(body.blocks[0]).toMatchObject({ start: 0 });
  });

  test('holds the words of every passage and indicator of every plan', async () => {
    for (const { id } of assistant.plans()) {
      const { text, blocks } = await blocksOf(id);
      const shown = new Uint8Array(text.length);
      const show = ({ start, end }: Span) => shown.fill(1, start, end);
      for (const block of blocks) {
        if (block.type !== 'table') show(block);
        else
          for (const cell of [...block.header, ...block.rows.flatMap((row) => row.cells)])
            for (const part of [cell, ...(cell.rest ?? [])]) show(part);
        block.notes?.forEach(show);
      }
      const quotes: Span[] = [
        ...(await assistant.search({ query: '目标 保护', k: 50, plans: [id] })),
        ...assistant.indicators({ plan: id }),
      ];
      expect(quotes.length).toBeGreaterThan(10);
      for (const { start, end } of quotes) {
        for (let i = start; i < end; i++) if (!shown[i] && /\S/.test(text[i]!)) expect.fail(`${id} ${i}`);
      }
    }
  });

  test('has tables with header, rows, merged cells and notes', async () => {
    const { text, blocks } = await blocksOf('chongqing-2025');
    const table = blocks.find((block) => block.type === 'table' && block.title.includes('核心指标'))!;
    const words = ({ start, end }: Span) => text.slice(start, end);
    expect(table.header.map(words)).toEqual(['序号', '指标', '', '2020年现状值', '2025年目标值', '指标属性']);
    expect(table.rows).toHaveLength(10);
    expect(table.rows[8]!.cells.map(words)).toEqual(['6', '森林覆盖率（%）', '', '52.5', '57', '约束性']);
    expect(table.rows[8]!.label).toBe('专栏2 第6项');
    expect(table.rows[2]!.cells.slice(0, 2).map((cell) => [words(cell), cell.rowSpan])).toEqual([
      ['3', 4],
      ['主要污染物重点工程减排量（万吨）', 4],
    ]);
    expect(table.notes.map(words).join()).toMatch(/累计/);
  });

  test('a cell torn by a page break goes on where its rest stands', async () => {
    const { text, blocks } = await blocksOf('jiangjin-2025');
    const torn = blocks
      .flatMap((block) => (block.type === 'table' ? block.rows.flatMap((row) => row.cells) : []))
      .filter((cell) => cell.rest);
    expect(torn.map((cell) => [cell, ...cell.rest!].map((s) => text.slice(s.start, s.end)))).toEqual(
      expect.arrayContaining([
        ['环境质量', '改善'],
        ['细颗粒物 (PM2.5) 年平均', '浓度'],
      ]),
    );
  });

  test('of an unknown plan is the contract’s error', async () => {
    expect(await errorOf(await app.request('/api/v1/plans/none/blocks'))).toMatchObject({
      status: 404,
      code: 'plan_not_found',
    });
  });
});

test('the indicator board has the plans and rows with citations', async () => {
  const { plans, rows } = await (await app.request('/api/v1/indicators/board')).json();
  expect(plans).toHaveLength(assistant.plans().length);
  expect(rows[0].indicators.length).toBeGreaterThan(1);
  expect(rows[0].indicators[0].citation.quote).not.toBe('');
});

test.each(['/api/v1/plans/sichuan-2025/blocks', '/api/v1/indicators/board'])(
  '%s is not sent again to those who have it',
  async (path) => {
    const etag = (await app.request(path)).headers.get('etag')!;
    expect(etag).toMatch(/^"\S+"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await app.request(path, { headers: { 'if-none-match': known } });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
    const other = await app.request(path, { headers: { 'if-none-match': '"other"' } });
    expect(other.status).toBe(200);
  },
);
