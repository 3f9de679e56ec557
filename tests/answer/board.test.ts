/** Indicators of several plans side by side. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Comparable } from '../../src/answer/board.ts';
import { boardOf, numberIn } from '../../src/answer/board.ts';
import type { Assistant } from '../../src/assistant.ts';
import { EMPTY_GLOSSARY, Glossary } from '../../src/language/glossary.ts';
import { openShared } from '../opened-corpus.ts';

const indicator = (
  planId: string,
  name: string,
  unit: string | undefined,
  target: string | undefined,
  more: { baseline?: [number, string]; year?: number } = {},
): Comparable => ({
  planId,
  name,
  others: [],
  ...(unit === undefined ? {} : { unit }),
  ...(target === undefined ? {} : { target: { year: more.year ?? 2025, header: '目标', value: target } }),
  ...(more.baseline && {
    baseline: { year: more.baseline[0], header: '现状', value: more.baseline[1] },
  }),
});

const rowsOf = (...indicators: Comparable[]) => boardOf(indicators, (id) => `${id}规划`, EMPTY_GLOSSARY);

describe('one row holds indicators', () => {
  test.each([
    ['of the same name', '森林覆盖率', '森林覆盖率'],
    ['whose names differ in white space and brackets', '单位 GDP 能耗（等价值）降低', '单位GDP能耗降低'],
    ['whose names word the same thing differently', '单位地区生产总值能源消耗下降率', '单位GDP能耗降低'],
    ['one of which stands under a group’s name', '森林增长 森林覆盖率', '森林覆盖率'],
  ])('%s', (_what, a, b) => {
    expect(rowsOf(indicator('甲', a, '%', '1'), indicator('乙', b, '%', '2'))).toHaveLength(1);
  });

  test('that the glossary holds to be one', () => {
    const glossary = new Glossary([
      { term: '空气质量优良天数比例', also: ['优良天数比率'], everyday: [], english: [], related: [] },
    ]);
    const both = [
      indicator('甲', '优良天数比率', '%', '1'),
      indicator('乙', '空气质量优良天数比率', '%', '2'),
    ];
    expect(boardOf(both, String, glossary)).toHaveLength(1);
    expect(boardOf(both, String, EMPTY_GLOSSARY)).toHaveLength(2);
  });
});

describe('indicators stand in different rows', () => {
  test.each([
    ['of different names', indicator('乙', '森林蓄积量', '%', '2')],
    ['of different kinds of unit', indicator('乙', '森林覆盖率', '万亩', '2')],
    ['of different target years', indicator('乙', '森林覆盖率', '%', '2', { year: 2020 })],
  ])('%s', (_what, other) => {
    expect(rowsOf(indicator('甲', '森林覆盖率', '%', '1'), other)).toHaveLength(2);
  });

  test('when only the parts of a group that say nothing by themselves agree', () => {
    expect(
      rowsOf(indicator('甲', '污水集中处理率 乡镇', '%', '1'), indicator('乙', '水质达标率 乡镇', '%', '2')),
    ).toHaveLength(2);
  });
});

describe('what keeps values from being compared is said', () => {
  test('units of one kind that differ, which are not converted', () => {
    const [row] = rowsOf(
      indicator('甲', '森林蓄积量', '亿立方米', '2.4'),
      indicator('乙', '森林蓄积量', '万立方米', '850'),
    );
    expect(row).toMatchObject({
      comparable: false,
      remarks: ['单位不同（甲规划 亿立方米，乙规划 万立方米），未作换算'],
      numbers: [{ target: 2.4 }, { target: 850 }],
    });
    expect(row).not.toHaveProperty('unit');
  });

  test('baseline years that differ', () => {
    const [row] = rowsOf(
      indicator('甲', '森林覆盖率', '%', '57', { baseline: [2020, '52.5'] }),
      indicator('乙', '森林覆盖率', '%', '53', { baseline: [2019, '51'] }),
    );
    expect(row).toMatchObject({
      comparable: true,
      unit: '%',
      remarks: ['基准年不同（甲规划 2020年，乙规划 2019年）'],
    });
  });

  test('cumulative values beside others', () => {
    const [row] = rowsOf(
      indicator('甲', '能耗降低', '%', '〔13.5〕'),
      indicator('乙', '能耗降低', '%', '14'),
    );
    expect(row).toMatchObject({ comparable: false });
    expect(row?.remarks[0]).toContain('累计值');
  });

  test('a unit spelt in two ways is one unit', () => {
    const [row] = rowsOf(
      indicator('甲', '年均浓度', 'μg/m³', '32'),
      indicator('乙', '年均浓度', '微克/立方米', '35'),
    );
    expect(row).toMatchObject({ comparable: true, remarks: [] });
  });
});

test('rows that more plans share come first, then later target years', () => {
  const rows = rowsOf(
    indicator('甲', '建设用地总量', '公顷', '1', { year: 2020 }),
    indicator('甲', '湿地率', '%', '1'),
    indicator('甲', '森林覆盖率', '%', '1', { year: 2020 }),
    indicator('乙', '森林覆盖率', '%', '2', { year: 2020 }),
  );
  expect(rows.map((row) => row.name)).toEqual(['森林覆盖率', '湿地率', '建设用地总量']);
});

test.each([
  ['57', '%', 57],
  ['≥53.8', '%', 53.8],
  ['〔19.5〕', '%', 19.5],
  ['>[13]', '%', 13],
  ['97.3*', '%', 97.3],
  ['13%', '%', 13],
  ['13%', '天', undefined],
  ['21950.4t', '%', undefined],
  ['稳中向好', '%', undefined],
  ['Ⅲ', '类', undefined],
  ['', undefined, undefined],
])('%s (%s) is the number %s', (value, unit, number) => {
  expect(numberIn(value, unit)).toBe(number);
});

describe('the plans that come with the project', () => {
  let assistant: Assistant;
  beforeAll(async () => {
    ({ assistant } = await openShared());
  }, 120_000);

  test('every indicator stands in exactly one row, with its citation', () => {
    const onBoard = assistant.board().flatMap((row) => row.indicators);
    const place = (i: { planId: string; start: number }) => `${i.planId} ${i.start}`;
    expect(onBoard.map(place).sort()).toEqual(assistant.indicators().map(place).sort());
    for (const { citation } of onBoard) {
      expect(assistant.text(citation.plan.id, citation).text).toBe(citation.quote);
    }
  });

  test('an indicator that two plans name alike is compared', () => {
    const row = assistant
      .board()
      .find(({ name, targetYear }) => name === '森林覆盖率' && targetYear === 2025);
    expect(row?.comparable).toBe(true);
    expect(row?.indicators.map((i) => [i.baseline?.value, i.target?.value])).toEqual([
      ['52.5', '57'],
      ['51.8', '53.8'],
    ]);
  });

  test('one in 亿立方米 and one in 万立方米 share a row that points it out', () => {
    const row = assistant.board().find(({ name }) => name.endsWith('森林蓄积量'));
    expect(row?.indicators).toHaveLength(2);
    expect(row?.remarks.join()).toContain('单位不同');
    expect(row?.comparable).toBe(false);
  });
});
