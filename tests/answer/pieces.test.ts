import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { cite, inline } from '../../src/answer/citations.ts';
import { composeComparison } from '../../src/answer/compare.ts';
import { compose, pick, placeInWords, rowInWords } from '../../src/answer/compose.ts';
import type { Evidence } from '../../src/answer/evidence.ts';
import { yearsIn } from '../../src/answer/evidence.ts';
import { noticesFor } from '../../src/answer/notices.ts';
import type { Unit } from '../../src/answer/units.ts';
import { sentences } from '../../src/answer/units.ts';
import { EMPTY_GLOSSARY } from '../../src/language/glossary.ts';
import { loadSegmenter } from '../../src/language/segment.ts';
import { readPlan } from '../../src/plan/read.ts';
import type { Indicator, Plan, PlanFacts, TableRow } from '../../src/plan/types.ts';
import { pairSetOf } from '../../src/retrieval/pairs.ts';
import { understand } from '../../src/retrieval/understand.ts';

loadSegmenter([]);

const query = understand(
  '松果怎么收集',
  EMPTY_GLOSSARY,
  { only: [], preferred: [], mentions: [], refused: [] },
  1,
);

const TEXT = `松山市松果保护规划
第一章 收集松果
每年收集松果300吨。设立松果仓库。
第二章 其他
加强领导；健全机制。
`;

let plan: Plan;
beforeAll(async () => {
  plan = await readPlan(new TextEncoder().encode(TEXT), '松山.txt', { id: 'songshan' });
});

/** Evidence for the sentence of a plan that reads `text`. */
function evidence(text: string, more: Partial<Evidence> = {}, of = plan): Evidence {
  const start = of.text.indexOf(text);
  const passage = of.passages.find((p) => p.start <= start && start < p.end);
  if (start < 0 || !passage) throw new Error(`not in the plan: ${text}`);
  const hit = {
    doc: 0,
    passage,
    plan: 0,
    score: 1,
    coverage: 1,
    similarity: 0,
    pointer: undefined,
    full: 1,
  };
  const unit: Unit = {
    plan: of,
    planNumber: 0,
    hit,
    text,
    start,
    end: start + text.length,
    lead: '',
    before: '',
    isLead: false,
    squashed: { own: text, lead: '', before: '', title: '', pairs: pairSetOf(text) },
    meaning: new Float32Array(0),
  };
  const held = [1];
  return {
    unit,
    score: 1,
    support: 1,
    likeness: 1,
    held,
    inside: 1,
    around: held,
    close: held,
    lead: [0],
    yearFits: true,
    kindFits: true,
    ...more,
  };
}

describe('sentences', () => {
  const cut = (text: string, start = 0, end = text.length) =>
    sentences(text, { start, end }).map((s) => text.slice(s.start, s.end));

  it('end at 。！？ and at the end of a line', () => {
    expect(cut('一是水。二是气！三是土？\n四是渣')).toEqual(['一是水。', '二是气！', '三是土？', '四是渣']);
  });

  it('keep a closing mark that follows the stop', () => {
    expect(cut('坚持“绿水青山。”加强监管。')).toEqual(['坚持“绿水青山。”', '加强监管。']);
  });

  it('leave out the marks and numbers of a list, and no number that belongs to the text', () => {
    expect(cut('——治理污水。\n1．治理废气。\n2、治理噪声。')).toEqual([
      '治理污水。',
      '治理废气。',
      '治理噪声。',
    ]);
    expect(cut('2025年完成。')).toEqual(['2025年完成。']);
    expect(cut('3.5万吨。')).toEqual(['3.5万吨。']);
  });

  it('are whole as long as they are of moderate length, and cut at semicolons when over-long', () => {
    expect(cut('甲事项的安排如下所述；乙事项的安排如下所述。')).toHaveLength(1);
    const long = Array.from(
      { length: 8 },
      (_x, i) => `第${i}项工作包括收集、运输、贮存和利用各环节的监管`,
    ).join('；');
    expect(cut(`${long}。`)).toHaveLength(8);
  });

  it('stay within the span they are asked for', () => {
    expect(cut('甲。乙。丙。', 2, 4)).toEqual(['乙。']);
  });

  it('are none in white space, or in nothing', () => {
    expect(cut(' \n\t\n')).toEqual([]);
    expect(cut('')).toEqual([]);
  });

  it('lie in order, overlap nowhere, and leave out only white space and list marks', () => {
    const text = fc.string({
      unit: fc.constantFrom('水', '气', '。', '；', '\n', ' ', '1', '．', '—', '”', '！'),
      maxLength: 400,
    });
    fc.assert(
      fc.property(text, (s) => {
        let before = 0;
        for (const { start, end } of sentences(s, { start: 0, end: s.length })) {
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          expect(s.slice(before, start)).toMatch(/^[\s—1．]*$/);
          before = end;
        }
      }),
    );
  });
});

describe('a quote in running text', () => {
  it('stands on one line', () => {
    expect(inline('甲\n  乙\t\t丙')).toBe('甲 乙 丙');
  });

  it('is no markup, whatever the plan prints', () => {
    expect(inline('<script>*粗* `码` a_b \\')).toBe('\\<script>\\*粗\\* \\`码\\` a\\_b \\\\');
  });

  it('has no reference of its own: a printed [29] is escaped', () => {
    expect(inline('减排[4.32]万吨，见[29]')).toBe('减排[4.32]万吨，见\\[29\\]');
  });

  it('keeps everything else as printed', () => {
    expect(inline('＞〔13〕，“无废城市”（试点）')).toBe('＞〔13〕，“无废城市”（试点）');
  });
});

describe('a citation', () => {
  it('quotes the plan and says where', () => {
    const start = plan.text.indexOf('每年');
    expect(cite(plan, { start, end: start + 10 }, 3, 'p')).toEqual({
      n: 3,
      passageId: 'p',
      plan: { id: 'songshan', title: plan.facts.title },
      path: ['第一章 收集松果'],
      label: '第一章 第1段',
      quote: '每年收集松果300吨'.slice(0, 10),
      start,
      end: start + 10,
    });
  });

  it.each([
    [0, 0],
    [5, 1_000_000],
    [1_000_000, 1_000_010],
  ])('of no text is refused: %i to %i', (start, end) => {
    expect(() => cite(plan, { start, end }, 1, '')).toThrow(RangeError);
  });
});

describe('a table row in words', () => {
  const row = (...cells: string[]): TableRow => ({
    start: 0,
    end: 1,
    cells: cells.map((text) => ({ text, start: 0, end: 1 })),
  });
  const indicator = (more: Partial<Indicator>): Indicator => ({
    planId: 'p',
    name: '松果回收率',
    others: [],
    notes: [],
    start: 0,
    end: 1,
    ...more,
  });
  const header = ['指标', '2020年现状值', '2025年目标值', '属性'];
  const of = (more: Partial<Indicator>) => rowInWords(row(), header, indicator(more));

  it('gives every value its year and its unit', () => {
    const words = of({
      unit: '%',
      baseline: { year: 2020, header: '2020年现状值', value: '51.8' },
      target: { year: 2025, header: '2025年目标值', value: '53.8' },
      attribute: '约束性',
    });
    expect(words).toBe('松果回收率（%）：2020年现状值51.8%，2025年目标值53.8%，约束性');
  });

  it('gives a sum in brackets and a bound their unit, words none', () => {
    const value = (text: string) =>
      of({ unit: '万吨', target: { year: 2025, header: '2025年目标值', value: text } });
    expect(value('[4.32]')).toBe('松果回收率（万吨）：2025年目标值[4.32]万吨');
    expect(value('≥90')).toBe('松果回收率（万吨）：2025年目标值≥90万吨');
    expect(value('由国家下达')).toBe('松果回收率（万吨）：2025年目标值由国家下达');
  });

  it('does not repeat a unit that the value carries', () => {
    expect(of({ unit: '%', target: { header: '2025年目标值', value: '90%' } })).toBe(
      '松果回收率（%）：2025年目标值90%',
    );
  });

  it('has no unit where the table has none', () => {
    expect(of({ target: { year: 2025, header: '2025年', value: '20' } })).toBe('松果回收率：2025年20');
  });

  it('follows the order of the columns', () => {
    const words = of({
      others: [{ header: '2025年目标值', value: '2' }],
      target: { header: '2020年现状值', value: '1' },
    });
    expect(words.indexOf('2020年')).toBeLessThan(words.indexOf('2025年'));
  });

  it('of any other table names the columns, and leaves out empty cells', () => {
    expect(rowInWords(row('松果仓库', '', '2座', '已建'), ['名称', '位置', '数量', '备注'])).toBe(
      '松果仓库：数量 2座，已建',
    );
  });

  it('is harmless where a cell holds markup', () => {
    expect(rowInWords(row('<b>松果</b>', '[1]'), ['名称', '数量'])).toBe('\\<b>松果\\</b>：数量 \\[1\\]');
  });
});

describe('an answer', () => {
  it('of one statement names the plan and the place, then quotes', () => {
    const { answer, citations } = compose([evidence('每年收集松果300吨。')], query);
    expect(answer).toBe(`《${plan.facts.title}》（第一章 第1段）：每年收集松果300吨。[1]`);
    expect(citations.map((c) => c.quote)).toEqual(['每年收集松果300吨。']);
  });

  it('of several is a list with one reference each', () => {
    const { answer, citations } = compose(
      [evidence('每年收集松果300吨。'), evidence('设立松果仓库。')],
      query,
    );
    expect(answer.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(2);
    expect(answer).toMatch(/300吨。\[1\]\n- .*仓库。\[2\]$/);
    expect(citations.map((c) => c.n)).toEqual([1, 2]);
  });

  it('without evidence is empty', () => {
    expect(compose([], query)).toEqual({ answer: '', citations: [] });
  });

  it('to where something is written names the headings', () => {
    const start = plan.text.indexOf('每年');
    expect(placeInWords(cite(plan, { start, end: start + 2 }, 1, ''))).toBe(
      '（第一章 第1段，“第一章 收集松果”）',
    );
  });
});

describe('picking what to answer with', () => {
  const first = () => evidence('每年收集松果300吨。', { held: [1, 0] });

  it('is the best when the next bring nothing new', () => {
    const next = evidence('设立松果仓库。', { score: 0.9, held: [1, 0] });
    expect(pick([first(), next], [1, 1], query)).toHaveLength(1);
  });

  it('adds what the best leaves out, in the order of the text', () => {
    const next = evidence('设立松果仓库。', { score: 1, held: [0, 1] });
    const best = { ...first(), score: 1.1 };
    const texts = pick([next, best], [1, 1], query).map((e) => e.unit.text);
    expect(texts).toEqual(['每年收集松果300吨。', '设立松果仓库。']);
  });

  it('adds nothing much weaker, nothing for another year, and no bare lead sentence', () => {
    const weak = evidence('设立松果仓库。', { score: 0.3, held: [0, 1] });
    const otherYear = evidence('设立松果仓库。', { held: [0, 1], yearFits: false });
    const plain = evidence('设立松果仓库。', { held: [0, 1] });
    const lead = { ...plain, unit: { ...plain.unit, isLead: true } };
    for (const next of [weak, otherYear, lead])
      expect(pick([first(), next], [1, 1], query), JSON.stringify(next.held)).toHaveLength(1);
  });

  it('is nothing of nothing', () => {
    expect(pick([], [], query)).toEqual([]);
  });
});

describe('a comparison', () => {
  it('names the plan that does not mention the subject', async () => {
    const other = await readPlan(
      new TextEncoder().encode('竹山市规划\n第一章 竹子\n种竹子。\n'),
      '竹山.txt',
      {
        title: '竹山市规划',
      },
    );
    const composed = composeComparison([
      { plan, picked: [evidence('每年收集松果300吨。')] },
      { plan: other, picked: [] },
    ]);
    expect(composed?.answer.split('\n')).toEqual([
      `- **${plan.facts.title}**：（第一章 第1段）每年收集松果300吨。[1]`,
      '- **竹山市规划**：没有写到。',
    ]);
  });

  it('is none when no plan mentions the subject', () => {
    expect(composeComparison([{ plan, picked: [] }])).toBeUndefined();
    expect(composeComparison([])).toBeUndefined();
  });
});

describe('notices', () => {
  const facts = (more: Partial<PlanFacts>): PlanFacts => ({
    id: 'p',
    title: '松山规划',
    shortNames: [],
    regions: [],
    status: 'in_force',
    file: 'p.txt',
    ...more,
  });
  const period = { start: 2021, end: 2025 };

  it('say that a plan is a draft', () => {
    expect(noticesFor([facts({ status: 'draft' })], new Date('2024-01-01'))).toEqual([
      '《松山规划》是征求意见稿，不是正式印发的文件。',
    ]);
  });

  it('say that a period has ended from the first day after its last year, by the calendar in China', () => {
    expect(noticesFor([facts({ period })], new Date('2025-12-31T23:59:59+08:00'))).toEqual([]);
    expect(noticesFor([facts({ period })], new Date('2026-01-01T00:00:00+08:00'))).toEqual([
      '《松山规划》的规划期为2021—2025年，已经届满，引用前请核对是否有新规划。',
    ]);
  });

  it('are none for a plan in force, or one without a period', () => {
    expect(noticesFor([facts({}), facts({ period })], new Date('2024-01-01'))).toEqual([]);
  });

  it('name each plan once', () => {
    const draft = facts({ status: 'draft' });
    expect(noticesFor([draft, draft], new Date('2024-01-01'))).toHaveLength(1);
  });
});

describe('years in a text', () => {
  it('are four digits from 1900 on, full width or not, and no part of a longer number', () => {
    expect(yearsIn('２０２５年比2020年提高，12025号，20252、1899年')).toEqual([2025, 2020]);
  });
});
