/** Documents made to harm: each ends soon, as a plan or as a message that names it, and the others are served. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { DocumentError, decode } from '../../src/plan/decode/index.ts';
import { planOf } from '../../src/plan/plan-of.ts';
import { readPlan } from '../../src/plan/read.ts';
import { inThread } from '../../src/plan/thread.ts';
import { build, open, planText, removeTemporary, temporary } from '../index/temporary.ts';
import { emptyDocx, storedZip, wordXml } from './decode-files.ts';

afterAll(removeTemporary);

const N = 40_000;
const times = (piece: string) => piece.repeat(Math.ceil(N / piece.length));

it.each(
  Object.entries({
    spaces: `甲${times(' ')}乙`,
    tabs: `甲${times('\t')}乙`,
    leaders: `目录\n第一章${times('…')}x`,
    dots: `目录\n第一章 甲……1\n第二章 乙……2\n第三章${times('.')}x\n`,
    cells: `${times('|')}\n${times('|-')}`,
    blanksInTitle: `规划${times(' ')}2021年`,
    longRow: `${times('甲\t')}\n`,
  }),
)('a text with %s that no person wrote is refused, with the line and what to do', async (name, text) => {
  const error = await decode(Buffer.from(text), `${name}.txt`).catch((reason) => reason);
  expect(error).toBeInstanceOf(DocumentError);
  expect(error.code).toBe('too_large');
  expect(error.message).toMatch(/第 \d 行有 \d000 多个.*请/);
});

/** Generous, since machines are slow; what repeats itself would take minutes. */
const BOUND_MS = 20_000;

it.each(
  Object.entries({
    words: times('规划'),
    comments: times('<!--!'),
    tags: times('<p '),
    brackets: times('（《“'),
    numerals: times('一十百'),
    ordinals: times('第一'),
    years: times('2021年—'),
    scripts: times(' _{'),
    headings: times('第一章 甲\n'),
    blankLines: `${times('\n')}甲`,
    rows: times('甲\t乙\t丙\n'),
    combining: times('a\u0301\u0300'),
    directions: times('\u202e规划\u2066'),
  }),
)(
  'a text of %s is read soon',
  async (name, text) => {
    const began = performance.now();
    const plan = await readPlan(Buffer.from(text), `${name}.txt`, {}).catch((error) => error);
    expect(performance.now() - began).toBeLessThan(BOUND_MS);
    if (plan instanceof Error) expect(plan.message).toMatch(/\p{Script=Han}/u);
  },
  60_000,
);

it('a line of 90 MB is refused or read soon, without much more memory than it has', async () => {
  const bytes = Buffer.alloc(90 * 1024 * 1024, '甲');
  await expect(decode(bytes, 'a.txt')).rejects.toMatchObject({ code: 'too_large' });
}, 60_000);

it('a document of 50,000 paragraphs without a heading is read soon', async () => {
  const began = performance.now();
  const plan = await readPlan(Buffer.from('推进水环境治理。\n'.repeat(50_000)), 'lines.txt');
  expect(plan.passages).toHaveLength(50_000);
  expect(plan.passages.at(-1)?.label).toContain('第50000段');
  expect(performance.now() - began).toBeLessThan(BOUND_MS);
}, 60_000);

it('long texts are read one after the other while the program goes on', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  try {
    for (const name of ['a', 'b', 'c']) {
      const before = turns;
      const plan = await readPlan(Buffer.from(times('第一章 甲\n')), `${name}.txt`);
      expect(plan.passages.length).toBeGreaterThan(1_000);
      expect(turns).toBeGreaterThan(before);
    }
  } finally {
    clearInterval(timer);
  }
}, 60_000);

it('a text that takes longer than it may is refused by its name, and the next is read', async () => {
  const source = { format: 'txt', text: times('第一章 甲\n') } as const;
  const error = await inThread(source, 'slow.txt', {}, 0.001).catch((reason) => reason);
  expect(error).toBeInstanceOf(DocumentError);
  expect(error.code).toBe('too_large');
  expect(error.message).toMatch(/文件“slow\.txt”.*无法读完。请/);
  expect(await inThread(source, 'next.txt', {})).toEqual(planOf(source, 'next.txt', {}));
}, 60_000);

it('names in a zip that lead out of it are not files of it, and nothing is written', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'guiwen-zip-'));
  try {
    const evil = storedZip({
      [`../../../../../../..${outside}/a.txt`]: 'out',
      '/etc/guiwen': 'out',
      'word/../word/document.xml': wordXml('document', '<w:body/>'),
    });
    await expect(decode(evil, 'a.docx')).rejects.toBeInstanceOf(DocumentError);
    const { readdirSync } = await import('node:fs');
    expect(readdirSync(outside)).toEqual([]);
  } finally {
    rmSync(outside, { recursive: true });
  }
});

it('of a corpus with hostile documents the others are served, and each is named with its reason', async () => {
  const corpus = temporary('hostile');
  const index = temporary('index');
  writeFileSync(join(corpus, '1.txt'), planText(1));
  const hostile: Record<string, Uint8Array | string> = {
    'bomb.docx': emptyDocx({
      'word/document.xml': `<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}">]>${wordXml('document', '<w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body>').replace(/^<\?[^>]*>/, '')}`,
    }),
    'broken.docx': Buffer.from('PK\x03\x04 and nothing else'),
    'broken.pdf': '%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 1 0 R>> endobj\ntrailer <</Root 1 0 R>>',
    'loop.pdf': '%PDF-1.7\nxref\n0 1\ntrailer <</Prev 9 /Root 1 0 R>>\nstartxref\n9\n%%EOF',
    'zero.txt': '\0'.repeat(10_000),
    'cells.md': times('|'),
  };
  for (const [name, content] of Object.entries(hostile)) writeFileSync(join(corpus, name), content);
  const report = await build(corpus, index);
  expect(report.documents).toBe(1);
  expect(report.skipped.map(({ file }) => file).sort()).toEqual(Object.keys(hostile).sort());
  for (const { file, message } of report.skipped) expect(message).toContain(`文件“${file}”`);
  expect((await open(corpus, index)).plans).toHaveLength(1);
}, 120_000);
