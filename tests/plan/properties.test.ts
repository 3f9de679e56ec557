import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { toChineseNumeral } from '../../src/language/numerals.ts';
import { DocumentError, decode } from '../../src/plan/decode/index.ts';
import { layOut } from '../../src/plan/layout.ts';
import { cleanMarkup } from '../../src/plan/lines.ts';
import { locate } from '../../src/plan/locate.ts';
import { PASSAGE_MAX } from '../../src/plan/passages.ts';
import { readPlan } from '../../src/plan/read.ts';
import type { Plan, Span } from '../../src/plan/types.ts';
import { byId, CORPUS_DIR, nodesOf, readCorpus, unspaced, utf8 } from './reading.ts';

const IDS = ['chengyu-2025', 'chuanyu-pilot-draft', 'chongqing-2025', 'sichuan-2025', 'jiangjin-2025'];
const RUNS = Number(process.env.PROPERTY_RUNS ?? 300);

// What must hold for every plan, whatever it was read from. Each returns what is wrong, so that fast-check can
// shrink to the smallest document that breaks it.

function wrongSlices(plan: Plan): string[] {
  const wrong = plan.passages.filter(
    (p) => p.text !== plan.text.slice(p.start, p.end) || p.text.trim() === '',
  );
  return wrong.map((p) => `${p.label}: ${p.text}`);
}

function overlaps(plan: Plan): string[] {
  return plan.passages.flatMap((p, i) => {
    const next = plan.passages[i + 1];
    return next && p.end > next.start ? [`${p.label} / ${next.label}`] : [];
  });
}

function uncovered(plan: Plan): string[] {
  const gaps: string[] = [];
  let at = 0;
  for (const { start, end } of [...plan.passages, { start: plan.text.length, end: plan.text.length }]) {
    const gap = plan.text.slice(at, start);
    if (gap.trim() !== '') gaps.push(gap);
    at = end;
  }
  return gaps;
}

const overlap = (a: Span, b: Span) => a.start < b.end && b.start < a.end;

/** Passages that reach into a heading other than by beginning with their own node's. */
function crossings(plan: Plan): string[] {
  const nodes = nodesOf(plan.outline).filter((n) => n.kind !== 'lead' && n.kind !== 'root');
  return plan.passages.flatMap((p) =>
    nodes
      .filter((n) => overlap(p, n.headingSpan) && !(p.nodeId === n.id && p.start >= n.headingSpan.start))
      .map((n) => `${p.label} reaches into ${n.heading}`),
  );
}

/** Passages that do not lie within the node they name. */
function misplaced(plan: Plan): string[] {
  const nodes = new Map(nodesOf(plan.outline).map((n) => [n.id, n]));
  return plan.passages.flatMap((p) => {
    const node = nodes.get(p.nodeId);
    return node && node.start <= p.start && p.end <= node.end ? [] : [`${p.label} not in ${p.nodeId}`];
  });
}

function tooLong(plan: Plan): string[] {
  return plan.passages.filter((p) => p.end - p.start > PASSAGE_MAX).map((p) => p.label);
}

function repeatedLabels(plan: Plan): string[] {
  const labels = plan.passages.map((p) => p.label);
  return labels.filter((label, i) => label.trim() === '' || labels.indexOf(label) !== i);
}

const inside = (outer: Span, inner: Span) => outer.start <= inner.start && inner.end <= outer.end;

/** A heading without what may be tidied: white space, and the mark that sets the number apart. */
const tidied = (heading: string) => heading.replace(/[\s:：.．]/g, '');

/** Spans of the outline, its blocks, the tables and indicators that are out of bounds, out of order or untrue. */
function untrueOffsets(plan: Plan): string[] {
  const wrong: string[] = [];
  const whole = { start: 0, end: plan.text.length };
  const slice = (span: Span) => plan.text.slice(span.start, span.end);
  for (const node of nodesOf(plan.outline)) {
    if (!inside(whole, node)) wrong.push(`node ${node.id} out of bounds`);
    let last = node.start;
    for (const child of node.children) {
      if (!inside(node, child) || child.start < last) wrong.push(`node ${child.id} not in ${node.id}`);
      last = child.kind === 'lead' ? last : child.end;
    }
    if (node.kind !== 'root' && tidied(slice(node.headingSpan)) !== tidied(node.heading))
      wrong.push(`heading ${node.heading} is printed as ${slice(node.headingSpan)}`);
    last = node.start;
    for (const block of node.blocks) {
      if (!inside(node, block) || block.start < last || slice(block).trim() !== slice(block))
        wrong.push(`${block.kind} ${block.n} of ${node.id}: ${slice(block)}`);
      last = block.end;
      if (block.leadEnd !== undefined && plan.text[block.leadEnd - 1] !== '。')
        wrong.push(`lead of ${block.kind} ${block.n} of ${node.id}`);
    }
  }
  for (const table of plan.tables) {
    const header = unspaced(slice(table.headerSpan));
    if (header !== unspaced(table.header.join(''))) wrong.push(`header ${header}`);
    for (const row of table.rows) {
      if (!inside(table, row)) wrong.push(`row ${slice(row)}`);
      for (const cell of row.cells) {
        const own = cell.inherited || inside(row, cell) || cell.start === cell.end;
        if (!own || !unspaced(cell.text).startsWith(unspaced(slice(cell))))
          wrong.push(`cell ${cell.text} is printed as ${slice(cell)}`);
      }
    }
    for (const note of table.notes) if (!inside(whole, note)) wrong.push('note out of bounds');
  }
  for (const indicator of plan.indicators) {
    const row = unspaced(slice(indicator));
    for (const value of [indicator.baseline, indicator.target, ...indicator.others]) {
      if (value && !value.value.split(/\s/).every((part) => unspaced(plan.text).includes(part)))
        wrong.push(`value ${value.value} of ${row}`);
    }
    if (!plan.tables.some((t) => t.rows.some((r) => r.start === indicator.start && r.end === indicator.end)))
      wrong.push(`indicator ${row} is no row`);
  }
  return wrong;
}

/** The stretches of text that the blocks of a plan's layout show: those of a table are its cells and notes. */
const shown = (plan: Plan): Span[] =>
  layOut(plan).flatMap((block) => {
    if (block.type !== 'table') return [block];
    const cells = [...block.header, ...block.rows.flatMap((row) => row.cells)];
    return [...cells.flatMap((cell) => [cell, ...(cell.rest ?? [])]), ...block.notes];
  });

/** Characters that the layout does not show, or shows twice. */
function notShownOnce(plan: Plan): string[] {
  const times = new Uint8Array(plan.text.length);
  for (const { start, end } of shown(plan)) for (let i = start; i < end; i++) times[i]!++;
  return [...times].flatMap((n, i) =>
    n === 1 || (n === 0 && /\s/.test(plan.text[i] as string))
      ? []
      : [`${n} times at ${i}: ${plan.text.slice(Math.max(0, i - 10), i + 10)}`],
  );
}

/** Blocks of the layout that are out of order, rows that do not fill their table's columns. */
function ragged(plan: Plan): string[] {
  const blocks = layOut(plan);
  const wrong = blocks.flatMap((block, i) => {
    const next = blocks[i + 1];
    return next && block.end > next.start ? [`${block.label} reaches into ${next.label}`] : [];
  });
  for (const table of blocks.flatMap((block) => (block.type === 'table' ? [block] : []))) {
    const left = Array<number>(table.columns).fill(0);
    for (const { label, cells } of table.rows) {
      for (const { column, rowSpan = 1 } of cells) left[column]! += rowSpan;
      if (left.some((rows) => rows < 1)) wrong.push(`${label} lacks a cell`);
      for (let c = 0; c < left.length; c++) left[c]!--;
    }
    if (left.some((rows) => rows !== 0)) wrong.push(`${table.label}: a cell spans rows that are not there`);
  }
  return wrong;
}

/** Passages whose offsets the outline places elsewhere than they say. */
function misleading(plan: Plan): string[] {
  return plan.passages.flatMap((p) => {
    const found = locate(plan.outline, p);
    return found.nodeId === p.nodeId ? [] : [`${p.label}: ${p.nodeId} but located in ${found.nodeId}`];
  });
}

const PROPERTIES: readonly [string, (plan: Plan) => string[]][] = [
  ['every passage is its slice of the text, and none is blank', wrongSlices],
  ['passages lie in order and do not overlap', overlaps],
  ['passages together cover all of the text', uncovered],
  ['no passage crosses a heading', crossings],
  ['every passage lies within the node it names', misplaced],
  ['locating a passage by its offsets finds its node', misleading],
  ['no passage is longer than 600 characters', tooLong],
  ['no two passages have the same label, none has an empty one', repeatedLabels],
  ['the spans of headings, blocks, rows, cells and indicators are true', untrueOffsets],
  ['the layout shows every character once', notShownOnce],
  ['the layout is in order, and the rows of its tables fill the columns', ragged],
];

/** The first character of `text` that is not found in `source` after the ones before it; undefined if all are. */
function inventedFrom(text: string, source: string): string | undefined {
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    at = source.indexOf(text[i] as string, at) + 1;
    if (at === 0) return text.slice(Math.max(0, i - 20), i + 20);
  }
  return undefined;
}

/** The source with its markup taken off line by line: what a text may be made of. */
function cleanSource(source: string, markdown: boolean): string {
  return unspaced(
    source
      .split('\n')
      .map((line) => cleanMarkup(line, markdown))
      .join('\n'),
  );
}

describe('the five plans', () => {
  let plans: Map<string, Plan>;
  beforeAll(async () => {
    plans = await readCorpus();
  });

  describe.each(IDS)('%s', (id) => {
    it.each(PROPERTIES)('%s', (_name, violations) => {
      expect(violations(byId(plans, id))).toEqual([]);
    });

    it('no character is invented: white space aside, the text is what is left of the source', () => {
      const plan = byId(plans, id);
      const source = readFileSync(join(CORPUS_DIR, plan.facts.file), 'utf8');
      expect(inventedFrom(unspaced(plan.text), cleanSource(source, false))).toBeUndefined();
    });

    it('reading twice gives the same plan', async () => {
      expect(byId(await readCorpus(), id)).toEqual(byId(plans, id));
    });
  });
});

const numeral = fc.constantFrom(
  '一',
  '二',
  '三',
  '四',
  '五',
  '十',
  '十二',
  '二十一',
  '1',
  '2',
  '3',
  '１２',
  '〇',
  '百',
);
const fragment = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('第', '第 '),
      numeral,
      fc.constantFrom('编', '章', '节', '条', '条之一', ' 条', '款'),
    )
    .map((p) => p.join('')),
  fc.tuple(numeral, fc.constantFrom('、', '．', '. ', '.5')).map((p) => p.join('')),
  fc.tuple(fc.constantFrom('（', '('), numeral, fc.constantFrom('）', ')')).map((p) => p.join('')),
  fc.tuple(fc.constantFrom('专栏', '专 栏 ', '附件', '附表 ', '表'), numeral).map((p) => p.join('')),
  fc.constantFrom(
    '前言',
    '目 录',
    '附则',
    '附件',
    '注：',
    '备注',
    '——',
    '①',
    '按照',
    '规定',
    '。',
    '，',
    '；',
    '：',
    '、',
    '“',
    '”',
  ),
  fc.constantFrom('\n', '\n', '\n\n', '\n\n\n', '\t', '\t\t', ' ', '\u3000', '\f', '\n\t', '\n \t'),
  fc.constantFrom(
    '序号',
    '指标',
    '2020年',
    '2025年',
    '属性',
    '约束性',
    '预期性',
    '单位',
    '（%）',
    '[4.32]',
    '97.3*',
    '—',
    '-',
  ),
  fc.constantFrom(
    '指标\t2020年\t2025年\t属性\n',
    '\n指标 2020年 2025年 属性\n',
    '优良天数 88 90 约束性\n',
    '序号\t名称\n1\t甲\n',
    '\n主要指标表\n',
  ),
  fc.constantFrom(
    '# ',
    '## ',
    '#### ',
    '**',
    '|',
    '| 甲 | 乙 |\n|---|---|\n| 丙 | 丁 |\n',
    '---\n',
    '> ',
    '- ',
    '<!-- x -->',
    '<p>',
    '</p>',
  ),
  fc.constantFrom(
    'PM _{2.5}',
    '$\\geq$',
    '$',
    '_{',
    '}',
    '………… 3',
    '.....12',
    '\u200b',
    '\ufeff',
    '👩‍👩‍👧',
    '𠮷',
    'é',
    '\u202e',
    '12',
    '- 3 -',
  ),
  fc.constantFrom(
    '推进绿色发展',
    '到2025年，水环境质量明显改善',
    '健全责任体系。',
    '甲',
    '生态环境保护规划（征求意见稿）',
  ),
  fc.integer({ min: 1, max: 80 }).map((n) => '全面推进美丽重庆建设，'.repeat(n)),
  fc.constantFrom('无句读之长文'.repeat(130), '𠮷'.repeat(701), '。'.repeat(30)),
  fc.string({ maxLength: 8 }),
  fc.string({ maxLength: 8, unit: 'binary' }),
);
const fragments = fc.array(fragment, { minLength: 1, maxLength: 60 }).map((parts) => parts.join(''));

/** A line as documents have them, with the number `n`. */
const line = fc
  .tuple(fc.nat({ max: 26 }), fc.integer({ min: 1, max: 12 }), fc.constantFrom('\n', '\n', '\n\n', '\n\n\n'))
  .map(([kind, n, end]) => {
    const cn = toChineseNumeral(n);
    const lines = [
      `第${cn}章 总体要求`,
      `第${cn}章 深化改革，\n推进治理体系现代化`,
      `第${cn}节 主要目标`,
      `第${cn}条 为了保护环境，制定本条例。`,
      `第${cn}条【名称】本条例所称环境，包括：`,
      `${cn}、总体要求`,
      `（${cn}）优化布局`,
      `（${cn}）优化布局。健全责任体系，推进污染防治。`,
      `（${cn}）不按照规定报告的；`,
      `${n}．建设工程`,
      `${n}. 到2025年，建成工程${n}个。`,
      `（${n}）加强监管。`,
      `专栏${n} 重大工程`,
      '专栏1 重大工程',
      '——到2025年，水质明显改善。',
      '注：[ ]内为五年累计值。',
      '指标\t2020年\t2025年\t属性',
      `优良天数比率（%）\t${n}\t9${n}\t约束性`,
      '\t\t8.1\t[4.32]*\t预期性',
      `\n\t指标\n\t2020年\n\t2025年\n\n\t优良天数\n\n比率\n\t${n}\n\t90`,
      '指标 2020年 2025年 属性\n优良天数比率 88 90 约束性\n跨界断面\n水质达标率 95 >96 约束性',
      '附件1',
      '按照',
      `第${cn}条规定，由市人民政府负责。`,
      '全面推进美丽重庆建设，打造美丽中国先行区，筑牢长江上游重要生态屏障，推动绿色发展',
      '健全责任体系。落实党政同责、一岗双责，推动各级各部门履行生态环境保护职责，压实企业主体责任，形成工作合力。',
      `## 第${cn}章 总则`,
    ];
    return (lines[kind] as string) + end;
  });
const lines = fc.array(line, { minLength: 2, maxLength: 50 }).map((parts) => parts.join(''));
const text = fc.oneof(fragments, lines);
const fileName = fc.constantFrom('文本.txt', '文本.md');

/** The plan, or undefined for a document that cannot be read; throws what must not be thrown. */
async function readOrRefuse(bytes: Uint8Array, file: string): Promise<Plan | undefined> {
  try {
    return await readPlan(bytes, file);
  } catch (error) {
    if (error instanceof DocumentError && error.message.includes(file)) return undefined;
    throw error;
  }
}

describe('any text at all', () => {
  it.each(PROPERTIES)('%s', async (_name, violations) => {
    await fc.assert(
      fc.asyncProperty(text, fileName, async (content, file) => {
        const plan = await readOrRefuse(utf8(content), file);
        if (plan) expect(violations(plan)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('a row much wider than its header widens the table', async () => {
    const plan = (await readOrRefuse(
      utf8('（一）\t\n指标\t2020年\t2025年\t属性\n（一）'),
      '文本.txt',
    )) as Plan;
    expect(plan.tables.map(({ header }) => header.length)).toEqual([4]);
    expect(PROPERTIES.flatMap(([, violations]) => violations(plan))).toEqual([]);
  });

  it('no character is invented', async () => {
    await fc.assert(
      fc.asyncProperty(text, fileName, async (content, file) => {
        const plan = await readOrRefuse(utf8(content), file);
        if (!plan) return;
        const source = await decode(utf8(content), file);
        expect(
          inventedFrom(unspaced(plan.text), cleanSource(source.text, file.endsWith('.md'))),
        ).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });
});

describe('any bytes at all', () => {
  const anyFile = fc.constantFrom('a.txt', 'a.md', 'a.docx', 'a.pdf', 'a.bin', '规划');

  it('are read or refused with a DocumentError that names the file, never anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), anyFile, async (bytes, file) => {
        const plan = await readOrRefuse(bytes, file);
        if (plan) expect(PROPERTIES.flatMap(([, violations]) => violations(plan))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('a plan cut off at any byte is read or refused', async () => {
    const whole = readFileSync(join(CORPUS_DIR, '02-regional-chuanyu-pilot-zone-draft.txt'));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length }), async (length) => {
        const plan = await readOrRefuse(whole.subarray(0, length), 'a.txt');
        if (plan) expect(PROPERTIES.flatMap(([, violations]) => violations(plan))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
