import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cleanMarkup } from '../../src/plan/lines.ts';
import type { Indicator, IndicatorValue, Plan } from '../../src/plan/types.ts';
import { byId, readCorpus, readText, unspaced } from './reading.ts';

/** A plan's indicator table as a person copied it from the document. */
interface Expected {
  readonly table: string | null;
  readonly rows: readonly {
    readonly no: string;
    readonly category: string | null;
    readonly name: string;
    readonly unit: string | null;
    readonly baselineYear: number;
    readonly baseline: string | null;
    readonly targetYear: number;
    readonly target: string | null;
    readonly attribute: string;
  }[];
  readonly notes: readonly string[];
}

const EXPECTED = JSON.parse(
  readFileSync(new URL('indicators.expected.json', import.meta.url), 'utf8'),
) as Record<string, Expected>;

const plain = (text: string | null | undefined) =>
  text ? unspaced(cleanMarkup(text, false)).normalize('NFKC') : null;

let plans: Map<string, Plan>;
beforeAll(async () => {
  plans = await readCorpus();
});

const tableOf = (plan: Plan, title: RegExp) => {
  const table = plan.tables.find((t) => title.test(unspaced(t.title)));
  if (!table) throw new Error(`${plan.facts.id} has no table ${title}`);
  return table;
};
const rowsOf = (plan: Plan, title: RegExp): Indicator[] => {
  const table = tableOf(plan, title);
  return plan.indicators.filter((i) => table.start <= i.start && i.end <= table.end);
};
const noteTexts = (plan: Plan, spans: Indicator['notes']) =>
  spans.map((n) => plan.text.slice(n.start, n.end));

describe.each(Object.entries(EXPECTED).filter(([, e]) => e.table !== null))(
  'the indicator table of %s',
  (id, expected) => {
    const title = new RegExp(`^${plain(expected.table)}$`);

    it('is read row for row as a person copied it', () => {
      const rows = rowsOf(byId(plans, id), title).map((i) => ({
        no: i.number,
        name: plain((i.category ?? '') + i.name),
        unit: plain(i.unit),
        baseline: i.baseline?.value ?? null,
        target: i.target?.value ?? null,
        attribute: i.attribute,
      }));
      expect(rows).toEqual(
        expected.rows.map((r) => ({
          no: r.no,
          name: plain((r.category ?? '') + r.name),
          unit: plain(r.unit),
          baseline: r.baseline,
          target: r.target,
          attribute: r.attribute,
        })),
      );
    });

    it('gives every value its year', () => {
      const rows = rowsOf(byId(plans, id), title);
      for (const [n, row] of rows.entries()) {
        if (row.baseline) expect(row.baseline.year).toBe(expected.rows[n]?.baselineYear);
        expect(row.target?.year).toBe(expected.rows[n]?.targetYear);
        expect(row.others).toEqual([]);
      }
    });

    it('keeps its notes', () => {
      const plan = byId(plans, id);
      const notes = plain(noteTexts(plan, tableOf(plan, title).notes).join(''));
      for (const note of expected.notes) expect(notes).toContain(plain(note));
    });
  },
);

it.each(Object.entries(EXPECTED).filter(([, e]) => e.table === null))(
  '%s has no indicator table, and none is read into it',
  (id) => {
    expect(byId(plans, id).indicators).toEqual([]);
    expect(byId(plans, id).tables).toEqual([]);
  },
);

/** Number, category, name (· between its columns), unit, target and actual value of 2020, as printed. */
const CHONGQING_13 = `
1 生态空间 森林增长·林地面积总量 万亩 6300 6897
1 生态空间 森林增长·森林覆盖率 % 46 52.5
1 生态空间 森林增长·森林蓄积量 亿立方米 2.4 2.41
2 生态空间 城市绿地·建成区绿地率 % 38.9 39.4
2 生态空间 城市绿地·建成区绿化覆盖率 % 41 42.9
3 节约低碳 单位地区生产总值能耗降低 % [16] [19.4]
4 节约低碳 单位地区生产总值二氧化碳排放降低 % [19.5] [21.88]
5 节约低碳 单位地区生产总值用水量降低 % [29] [29]
6 节约低碳 净增建设用地总量 公顷 ＜[75000] [52821]
7 节约低碳 大宗工业固体废弃物综合利用率 % 85 85
8 环境质量 长江干流重庆段水质 类 Ⅲ II
9 环境质量 空气质量·PM2.5年均浓度 μg/m3 ≤45.6 33
9 环境质量 空气质量·空气质量优良天数比率 % 83 91.2
10 污染治理 主要污染物排放总量减少·化学需氧量 % [7.4] [8.3]
10 污染治理 主要污染物排放总量减少·二氧化硫 % [18] [22.4]
10 污染治理 主要污染物排放总量减少·氨氮 % [6.3] [7.4]
10 污染治理 主要污染物排放总量减少·氮氧化物 % [18] [18.3]
11 污染治理 城市生活污水集中处理率 % 95 95
12 污染治理 城市生活垃圾无害化处理率 % 95 100`;

/** Number, category, name, unit, 2015, 2020, target for 2020; – for a dash or a cell merged away. */
const JIANGJIN_13 = `
1 生态空间 生态保护红线占国土面积比例 % 24 16.87 ≥16.87
2 生态空间 森林增长·森林蓄积量 万立方米 711 ≥850 850
2 生态空间 森林增长·森林面积 万亩 223 ≥249 ≥235
2 生态空间 森林增长·森林覆盖率 % 46.5 ≥51.8 49
3 生态空间 建成区人均公园绿地面积 平方米 6.13 12.13 10.58
4 节约低碳 单位GDP用水量降低 % – ≥38.8 29
5 节约低碳 单位地GDP能耗降低 % – 22 10
6 节约低碳 单位GDP二氧化碳排放降低 % – 16 16
7 节约低碳 城乡建设用地面积 平方公里 317 – <310
8 节约低碳 工业固体废弃物综合利用率 % 95 100 97
9 环境质量 长江干流水质 – III II III
10 环境质量 重点支流水质 – – 全部达到水域功能 达到水域功能要求
11 环境质量 集中式饮用水源地水质达标率·城市 % 100 100 100
11 环境质量 集中式饮用水源地水质达标率·乡镇 % 100 91.3 100
12 环境质量 空气质量·空气质量优良天数 天 354 311 311
13 环境质量 城区细颗粒物(PM2.5)浓度下降 % 58ug/m³(2016年9-12月) 34.48% 13%
14 环境质量 耕地土壤质量调查点位达标率 % – 100 不低于现状值
15 环境质量 环境噪声平均值·区域 分贝 53.7 51.6 53
15 环境质量 环境噪声平均值·道路 分贝 64.7 60.3 64
16 环境质量 规划环评执行率 % – 100% 100%
17 污染治理 主要污染物排放总量削减率·化学需氧量 % 21950.4t ≥10.3 上级下达目标
17 污染治理 主要污染物排放总量削减率·氨氮 % 2751.19t ≥6.1 –
17 污染治理 主要污染物排放总量削减率·总磷 % – 10.29 –
17 污染治理 主要污染物排放总量削减率·二氧化硫 % 77679.5t 25 –
17 污染治理 主要污染物排放总量削减率·氮氧化物 % 63735.9t 14.9 –
18 污染治理 污水集中处理率·城市 % 94 100 96
18 污染治理 污水集中处理率·乡镇 % 64 96.77 85
19 污染治理 生活垃圾无害化处理率·城市 % 95 100 98
19 污染治理 生活垃圾无害化处理率·乡镇 % 85 100 90
20 污染治理 危险废弃物安全处置率 % 100 100 100`;

/** A row as in the lists above: the values in the order given. */
function copied(i: Indicator, ...values: (IndicatorValue | undefined)[]): string {
  return [i.number, i.category, i.name, i.unit, ...values.map((v) => v?.value)]
    .map((field) => (field ? unspaced(field) : '–'))
    .join(' ');
}

const lines = (list: string) => list.trim().replaceAll('·', '').split('\n');

describe('the tables of what the 十三五 plans achieved', () => {
  it('专栏1 of 重庆: every row with target and actual value of 2020, although cells stand one to a line', () => {
    const rows = rowsOf(byId(plans, 'chongqing-2025'), /^专栏1/);
    expect(rows.map((i) => copied(i, i.target, i.others[0]))).toEqual(lines(CHONGQING_13));
  });

  it('专栏1 of 重庆: the actual value of 2020 is no baseline of the target for 2020', () => {
    for (const row of rowsOf(byId(plans, 'chongqing-2025'), /^专栏1/)) {
      expect(row.baseline).toBeUndefined();
      expect(row.target?.header).toBe('2020年目标值');
      expect(row.others.map((v) => v.header)).toEqual(['2020年实际值']);
    }
  });

  it('专栏1 of 江津: every row of all pages, where columns are shifted and cells merged', () => {
    const rows = rowsOf(byId(plans, 'jiangjin-2025'), /^专栏1/);
    expect(rows.map((i) => copied(i, i.baseline, i.others[0], i.target))).toEqual(lines(JIANGJIN_13));
  });

  it('专栏1 of 江津: notes printed in one cell are seven notes', () => {
    const plan = byId(plans, 'jiangjin-2025');
    const notes = noteTexts(plan, tableOf(plan, /^专栏1/).notes);
    expect(notes.map((n) => n.slice(0, 3))).toEqual([
      '备注：',
      '(1)',
      '(2)',
      '(3)',
      '(4)',
      '(5)',
      '(6)',
      '(7)',
    ]);
  });
});

describe('notes stay with the rows they bear on', () => {
  const notesOf = (id: string, title: RegExp, name: RegExp) => {
    const plan = byId(plans, id);
    const row = rowsOf(plan, title).find((i) => name.test(unspaced(i.name)));
    return noteTexts(plan, row?.notes ?? []).map((n) => n.slice(0, 6).trim());
  };

  it('a note on brackets with the rows whose values stand in brackets', () => {
    expect(notesOf('chongqing-2025', /^专栏2/, /^单位GDP能源/)).toEqual(['注：1．[']);
    expect(notesOf('chongqing-2025', /^专栏2/, /^森林覆盖率/)).toEqual([]);
    expect(notesOf('chengyu-2025', /指标表/, /PM2\.5/)).toHaveLength(1);
  });

  it('a note on a mark with the rows that carry just this mark', () => {
    expect(notesOf('chongqing-2025', /^专栏2/, /^地表水/)).toEqual(['2．*表示“']);
    expect(notesOf('jiangjin-2025', /^专栏2/, /^城市居民/)).toEqual(['(2) 带*', '(3) “—']);
    expect(notesOf('jiangjin-2025', /^专栏2/, /^氮氧化物/)).toContain('(3) “—');
  });

  it('a note that names a row, or names it by number, with that row', () => {
    expect(notesOf('jiangjin-2025', /^专栏2/, /^地表水/)).toEqual(['(4) 地表', '(5) 单位']);
    expect(notesOf('jiangjin-2025', /^专栏2/, /^细颗粒物/)).toEqual(['(5) 单位']);
    expect(notesOf('chengyu-2025', /指标表/, /^非化石能源/)).toHaveLength(1);
    expect(notesOf('chengyu-2025', /指标表/, /^国控断面/)).toEqual([]);
  });
});

describe('indicator tables nobody here has read', () => {
  const read = async (text: string) => (await readText(text, 'a.md')).indicators;

  it('a unit in the header column, a mid-term value, and a target named as such', async () => {
    const rows = await read(
      '# 某市规划\n\n表1 主要指标\n\n| 序号 | 指标名称 | 单位 | 2020年 | 2023年 | 2025年目标 | 属性 |\n|---|---|---|---|---|---|---|\n' +
        '| 1 | 森林覆盖率 | % | 40 | 41 | 42 | 预期性 |\n| 2 | 湿地面积 | 公顷 | 100 | — | 120 | 约束性指标 |\n',
    );
    expect(rows).toMatchObject([
      { number: '1', name: '森林覆盖率', unit: '%', attribute: '预期性' },
      { number: '2', name: '湿地面积', unit: '公顷', attribute: '约束性' },
    ]);
    expect(rows[0]?.baseline).toEqual({ year: 2020, header: '2020年', value: '40' });
    expect(rows[0]?.others).toEqual([{ year: 2023, header: '2023年', value: '41' }]);
    expect(rows[0]?.target).toEqual({ year: 2025, header: '2025年目标', value: '42' });
    expect(rows[1]?.others).toEqual([]);
  });

  it('a table without values by year or target lists no indicators', async () => {
    expect(await read('| 名称 | 责任单位 |\n|---|---|\n| 甲工程 | 水利局 |\n| 乙工程 | 林业局 |\n')).toEqual(
      [],
    );
  });
});
