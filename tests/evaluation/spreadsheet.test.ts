import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Assistant } from '../../src/assistant.ts';
import { main } from '../../src/evaluation/run.ts';
import { importRows, importTable } from '../../src/evaluation/spreadsheet.ts';
import { loadSuites } from '../../src/evaluation/suite.ts';
import { inProcess } from '../../src/evaluation/target.ts';
import { readCorpus, stubAssistant } from './stub-assistant.ts';
import { xlsx } from './xlsx.ts';

const HEAD = ['编号', '类别', '问题', '前文', '规划', '原文', '需要', '要点', '理由', '说明', '标签'];
const row = (values: Partial<Record<string, string>>) => HEAD.map((head) => values[head] ?? '');
const good = row({
  编号: 'w-1',
  类别: '列举',
  问题: '哪两座水库',
  规划: '四川规划',
  原文: '协同开展红旗水库、老鹰水库等跨界饮用水水源地保护',
  要点: '红旗水库/红旗；老鹰水库',
  标签: '水、水源',
});
let dir: string;
let assistant: Assistant;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'table-'));
  assistant = stubAssistant(await readCorpus());
});
afterAll(() => rmSync(dir, { recursive: true }));
const write = (name: string, content: string | Buffer) => {
  const file = join(dir, name);
  writeFileSync(file, content);
  return file;
};
const csv = (rows: string[][], separator = ',') =>
  rows.map((r) => r.map((c) => `"${c.replace(/"/g, '""')}"`).join(separator)).join('\r\n');
const errorsOf = (...rows: string[][]) =>
  importRows([HEAD, ...rows], 'f.csv').problems.map((p) => `${p.line}: ${p.message}`);

describe('importRows', () => {
  it('reads Chinese heads, kinds and lists', () => {
    const { entries, problems } = importRows([HEAD, good], 'f.csv');
    expect(problems).toEqual([]);
    expect(entries).toEqual([
      {
        id: 'w-1',
        kind: 'list',
        question: '哪两座水库',
        gold: [{ plan: '四川规划', quote: '协同开展红旗水库、老鹰水库等跨界饮用水水源地保护' }],
        need: 'any',
        must: [['红旗水库', '红旗'], ['老鹰水库']],
        tags: ['水', '水源'],
      },
    ]);
  });

  it('reads English heads in any order', () => {
    const rows = [
      ['question', 'kind', 'reason', 'why'],
      ['2030年呢', 'unanswerable', 'year_not_given', '只有2025年'],
    ];
    expect(importRows(rows, 'my table.csv').entries).toMatchObject([
      { id: 'my-table-2', kind: 'unanswerable', reason: 'year_not_given' },
    ]);
  });

  it('takes a row without a question as further gold of the question above', () => {
    const more = row({ 规划: '重庆规划', 原文: '另一处' });
    const [entry] = importRows([HEAD, good, more], 'f.csv').entries;
    expect(entry?.gold).toHaveLength(2);
  });

  it('reads several quotes of a cell, for one plan or one each', () => {
    const two = [...good];
    two[5] = '甲\n乙';
    expect(importRows([HEAD, two], 'f.csv').entries[0]?.gold).toEqual([
      { plan: '四川规划', quote: '甲' },
      { plan: '四川规划', quote: '乙' },
    ]);
    two[4] = 'A\nB\nC';
    expect(errorsOf(two)).toEqual(['2: 原文：2 段原文对 3 个规划，应一一对应或只写一个规划']);
  });

  it('names what is wrong by row and column', () => {
    const bad = row({ 编号: 'w-2', 类别: '随便', 问题: '问' });
    const lost = row({ 规划: '四川规划' });
    const twice = [...good];
    expect(
      errorsOf(
        good,
        bad,
        lost,
        HEAD.map(() => ''),
        twice,
      ),
    ).toEqual([
      expect.stringMatching(/^3: 类别：没有“随便”这一类；可用 事实、/),
      '4: 问题：没有填',
      '6: 编号：w-1 与第 2 行重复',
    ]);
    expect(errorsOf(row({ 类别: '事实', 问题: '问' }))).toEqual([
      '2: gold: a fact question needs at least one span',
      '2: must: a fact question needs at least one group',
    ]);
  });

  it('names heads it does not know or misses', () => {
    const { problems } = importRows([['问题', '颜色']], 'f.csv');
    expect(problems.map((p) => p.message)).toEqual([
      expect.stringContaining('不认识“颜色”这一列'),
      '缺少“类别”这一列',
    ]);
  });
});

describe('importTable', () => {
  it('reads UTF-8 with and without mark, other separators, and XLSX alike', async () => {
    const rows = [HEAD, good];
    const expected = importRows(rows, 'x').entries;
    for (const [name, content] of [
      ['a.csv', csv(rows)],
      ['b.csv', `\ufeff${csv(rows, ';')}`],
      ['c.csv', csv(rows, '\t')],
      ['d.xlsx', xlsx(rows)],
    ] as const) {
      expect([name, (await importTable(write(name, content))).entries]).toEqual([name, expected]);
    }
  });

  it('reads GB18030, as spreadsheets on Chinese Windows write it', async () => {
    // 问题,类别 / 没有吗,注入
    const bytes = Buffer.from('cecacce22cc0e0b1f00d0ac3bbd3d0c2f02cd7a2c8eb', 'hex');
    const { entries } = await importTable(write('gb.csv', bytes));
    expect(entries).toMatchObject([{ question: '没有吗', kind: 'injection' }]);
  });
});

describe('npm run eval -- import', () => {
  let output = '';
  const run = (...argv: string[]) => {
    output = '';
    return main(argv, {
      print: (text) => {
        output += `${text}\n`;
      },
      complain: (text) => {
        output += text;
      },
      open: async () => inProcess(assistant),
      env: {},
    });
  };
  const title = '四川省“十四五”生态环境保护规划';
  const valid = [...good];
  valid[4] = title;

  it('writes entries of a good table', async () => {
    const to = join(dir, 'out.jsonl');
    expect(await run('import', write('good.xlsx', xlsx([HEAD, valid])), '--write', to)).toBe(0);
    expect(loadSuites([to])).toMatchObject([{ id: 'w-1', kind: 'list' }]);
  });

  it('writes nothing of a table with an error, and says which row', async () => {
    const to = join(dir, 'none.jsonl');
    const wrong = [...valid];
    wrong[0] = 'w-9';
    wrong[5] = '红旗水库、黑鹰水库等跨界饮用水水源地';
    const file = write('bad.csv', csv([HEAD, valid, wrong]));
    expect(await run('import', file, '--write', to)).toBe(1);
    expect(output).toMatch(/bad\.csv:3: w-9: gold\[0\]: quote is not in sichuan-2025/);
    expect(existsSync(to)).toBe(false);
  });
});
