/** The pieces of generation, each by itself. */
import { getEncoding } from 'js-tiktoken';
import { describe, expect, it } from 'vitest';
import { segmentsOf } from '../../src/answer/generate/markers.ts';
import { estimateTokens, passagesWithin } from '../../src/answer/generate/material.ts';
import { plainText } from '../../src/answer/generate/plain.ts';
import { numbersIn, ordinalsIn, periodsIn } from '../../src/answer/generate/quantities.ts';
import { replyReader } from '../../src/answer/generate/reader.ts';
import { fold } from '../../src/language/normalise.ts';
import type { Passage } from '../../src/plan/types.ts';
import type { Hit } from '../../src/retrieval/search.ts';
import { openSharedIndex } from '../opened-corpus.ts';

describe('marks', () => {
  it.each([
    ['甲[c1]。', [['甲。', [1]]]],
    ['甲【c1】【c2】。', [['甲。', [1, 2]]]],
    ['甲[1,2]。', [['甲。', [1, 2]]]],
    ['甲(c3)。', [['甲。', [3]]]],
    ['甲[c1-c3]。', [['甲。', [1, 2, 3]]]],
    [
      '甲[c1]，乙[c2]。',
      [
        ['甲，', [1]],
        ['乙。', [2]],
      ],
    ],
    ['甲（1）乙。', [['甲（1）乙。', []]]],
    ['甲[13.5]乙。', [['甲[13.5]乙。', []]]],
    ['甲[2025]乙。', [['甲[2025]乙。', []]]],
  ] as const)('%s', (sentence, expected) => {
    expect(segmentsOf(sentence).map((s) => [s.text, s.cites])).toEqual(expected);
  });
});

describe('the reader of a reply', () => {
  const read = (text: string, size: number, truncated = false) => {
    const reader = replyReader();
    const pieces = [];
    for (let i = 0; i < text.length; i += size) pieces.push(...reader.push(text.slice(i, i + size)));
    pieces.push(...reader.end(truncated));
    return pieces.map((p) => [p.kind, p.text, p.opens, p.item]);
  };
  const reply =
    '<think>嗯。</think>甲“一。二”乙[c1]。[c2] 丙[3]！\n\n## 标题\n- 丁[c1]\n2. 戊。\n| a | b |\n尾';

  it.each([1, 2, 3, 5, 1000])('gives the same pieces whatever their size (%s)', (size) => {
    expect(read(reply, size)).toEqual([
      ['sentence', '甲“一。二”乙[c1]。[c2]', true, false],
      ['sentence', '丙[3]！', false, false],
      ['heading', '标题', true, false],
      ['sentence', '丁[c1]', true, true],
      ['sentence', '戊。', true, true],
      ['row', '| a | b |', true, true],
      ['sentence', '尾', true, false],
    ]);
  });

  it('gives a sentence when what follows shows it to be complete, and not before', () => {
    const reader = replyReader();
    expect(reader.push('甲。')).toEqual([]);
    expect(reader.push('[c')).toEqual([]);
    expect(reader.push('1]')).toEqual([]);
    expect(reader.push('乙')).toMatchObject([{ text: '甲。[c1]' }]);
  });

  it('throws away what a truncated reply was in the middle of', () => {
    expect(read('甲。乙不', 1, true)).toEqual([['sentence', '甲。', true, false]]);
  });
});

describe('plain text', () => {
  it.each([
    ['**甲**乙`丙`', '甲乙丙'],
    ['甲\u200b乙\u202e丙\u0007', '甲乙丙'],
    ['甲 。', '甲。'],
  ])('%j is %j', (text, plain) => expect(plainText(text)).toBe(plain));

  it.each([
    '[甲](https://x.example)',
    '![甲](x)',
    'ｈｔｔｐ：//x.example',
    'javascript:alert(1)',
    'www.x.example',
    '<b>甲</b>',
    '＜script＞',
    '&#60;',
  ])('%s is refused', (text) => expect(plainText(text)).toBeUndefined());
});

describe('numbers', () => {
  const read = (text: string) =>
    numbersIn(fold(text)).quantities.map(({ value, high, unit, bound, role }) =>
      [value, high, unit, bound, role].filter((v) => v !== undefined).join(' '),
    );

  it.each([
    ['森林覆盖率达到４０％以上', ['40 % min to']],
    ['不超过35微克/立方米', ['35 ug/m3 max']],
    ['投资1.2万亿元、3,500吨/日', ['1200000000000 元', '3500 吨/日']],
    ['百分之十二点五，三分之一', ['12.5 %', `${1 / 3} 分之`]],
    ['三项工程、两座、十二个区县', ['3 count', '2 count', '12 count']],
    ['一个、一批、千家万户、第三方、三峡', []],
    ['1.2—1.5万亩', ['12000 15000 亩']],
    ['由40%提高到45%', ['40 % from', '45 % to']],
    ['下降18%，提高5个百分点', ['18 % by', '5 百分点 by']],
    ['PM2.5、5G、十四五、2025年', []],
    ['30万千瓦以下，100总吨以下', ['300000 千瓦 max', '100  max']],
    ['≥90、120多万人', ['90  min', '1200000 人 about']],
  ])('%s', (text, expected) => expect(read(text)).toEqual(expected));

  it('years, periods and ordinals are told apart', () => {
    const text = fold('２０２１—2025年，二〇三五年，“十四五”，第三章第2节');
    expect(numbersIn(text).years.map((y) => y.year)).toEqual([2021, 2025, 2035]);
    expect(periodsIn(text)).toEqual(['十四五']);
    expect(ordinalsIn(text)).toEqual(['第3章', '第2节']);
  });
});

describe('the token budget', () => {
  it('is never exceeded: the estimate is an upper one, for two encodings and every passage', async () => {
    const { passages } = await openSharedIndex();
    for (const name of ['cl100k_base', 'o200k_base'] as const) {
      const encoding = getEncoding(name);
      for (const { text, context } of passages.filter((_p, i) => i % 9 === 0)) {
        const printed = `${context}\n${text}`;
        expect(estimateTokens(printed)).toBeGreaterThanOrEqual(encoding.encode(printed).length);
      }
    }
  }, 60_000);

  it('is kept by whole passages, the first first', async () => {
    const index = await openSharedIndex();
    const hits = [10, 11, 12, 13].map(
      (doc) => ({ doc, passage: index.passages[doc] as Passage, plan: index.planOf[doc] }) as unknown as Hit,
    );
    const all = passagesWithin(hits, index, 100_000);
    expect(all.length).toBeGreaterThan(2);
    const first = passagesWithin(hits, index, 950);
    expect(first.length).toBeLessThan(all.length);
    expect(first.map((p) => p.handle)).toEqual(first.map((_p, i) => i + 1));
    expect(passagesWithin(hits, index, 10)).toEqual([]);
  });
});
