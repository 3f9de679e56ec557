/** The indicator board's parts that need no browser. */
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { boardAsCsv } from '../../src/widget/board/csv.ts';
import { choices, filterRows, NO_FILTER } from '../../src/widget/board/filter.ts';
import type { BoardRow } from '../../src/widget/board/types.ts';
import type { Indicator, Plan } from '../../src/widget/types.ts';

const indicator = (planId: string, name: string, more: Partial<Indicator> = {}): Indicator => ({
  planId,
  plan: { id: planId, title: `${planId}规划` },
  name,
  others: [],
  notes: [],
  attribute: '约束性',
  target: { year: 2025, header: '2025年', value: '57' },
  citation: {
    n: 1,
    plan: { id: planId, title: `${planId}规划` },
    path: [],
    label: '专栏2 第6项',
    quote: '6\t森林覆盖率\t57',
    start: 5,
    end: 16,
  },
  ...more,
});
const row = (name: string, indicators: Indicator[], more: Partial<BoardRow> = {}): BoardRow => ({
  name,
  targetYear: 2025,
  comparable: true,
  numbers: indicators.map((_i, n) => ({ target: n })),
  remarks: [],
  indicators,
  ...more,
});
const ROWS = [
  row(
    '森林覆盖率',
    [indicator('a', '森林覆盖率'), indicator('b', '森林增长 森林覆盖率', { attribute: '预期性' })],
    {
      remarks: ['单位不同'],
    },
  ),
  row('ＰＭ2.5 浓度', [indicator('a', 'ＰＭ2.5 浓度')], { targetYear: 2020 }),
];
const kept = (filter: Partial<typeof NO_FILTER>) =>
  filterRows(ROWS, { ...NO_FILTER, ...filter }).map((r) => [
    r.name,
    r.indicators.map((i) => i.planId).join(''),
  ]);

describe('a filter leaves', () => {
  test.each([
    [
      'everything, to begin with',
      {},
      [
        ['森林覆盖率', 'ab'],
        ['ＰＭ2.5 浓度', 'a'],
      ],
    ],
    ['names that hold the words, whatever their width', { name: 'pm2.5浓' }, [['ＰＭ2.5 浓度', 'a']]],
    ['printed names, too', { name: '森林增长' }, [['森林覆盖率', 'b']]],
    ['a plan', { plans: new Set(['b']) }, [['森林覆盖率', 'b']]],
    ['an attribute', { attribute: '预期性' }, [['森林覆盖率', 'b']]],
    ['a target year', { targetYear: 2020 }, [['ＰＭ2.5 浓度', 'a']]],
    ['what plans share', { shared: true }, [['森林覆盖率', 'ab']]],
    [
      'nothing that only one of the chosen plans has, of what plans share',
      { shared: true, plans: new Set(['a']) },
      [],
    ],
  ])('%s', (_what, filter, expected) => {
    expect(kept(filter)).toEqual(expected);
  });

  test('numbers beside their indicators, and no remark on plans that are gone', () => {
    const [only] = filterRows(ROWS, { ...NO_FILTER, plans: new Set(['b']) });
    expect(only).toMatchObject({ numbers: [{ target: 1 }], remarks: [] });
  });
});

test('choices are those that occur, later years first', () => {
  expect(choices({ plans: [], rows: ROWS })).toEqual({
    years: [2025, 2020],
    attributes: ['约束性', '预期性'],
  });
});

describe('CSV', () => {
  const csv = (rows: readonly BoardRow[]) =>
    boardAsCsv(
      rows,
      [{ id: 'a', title: '甲，“一”规划' }] as Plan[],
      ({ plan, start }) => `/plans/${plan.id}#${start}`,
    );

  test('has a line for each indicator, with its source', () => {
    const lines = parse(csv(ROWS), { bom: true, columns: true }) as Record<string, string>[];
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatchObject({
      指标: '森林覆盖率',
      规划: '甲，“一”规划',
      目标年: '2025',
      目标值: '57',
      位置: '专栏2 第6项',
      原文: '6 森林覆盖率 57',
      链接: '/plans/a#5',
      说明: '单位不同',
    });
  });

  test('keeps quotes and line ends within their fields', () => {
    const nasty = '甲"乙",丙\n丁';
    const [line] = parse(csv([row(nasty, [indicator('a', nasty)])]), { bom: true, columns: true }) as Record<
      string,
      string
    >[];
    expect(line).toMatchObject({ 指标: nasty, 原文名称: nasty });
  });

  test.each(['=1+1', '+1+1', '@SUM(A1)', '-2+3', '\t=1', '-cmd'])('makes no formula of %s', (value) => {
    const lines = parse(csv([row(value, [indicator('a', value)])]), { bom: true, columns: true }) as Record<
      string,
      string
    >[];
    expect(lines[0]?.指标).toBe(`'${value}`);
  });

  test('leaves negative numbers numbers', () => {
    const lines = parse(
      csv([row('降低', [indicator('a', '降低', { target: { header: '2025年', value: '-3.5' } })])]),
      { bom: true, columns: true },
    ) as Record<string, string>[];
    expect(lines[0]?.目标值).toBe('-3.5');
  });
});
