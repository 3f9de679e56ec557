import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHINESE_NUMERAL_CHARS, parseNumeral, toChineseNumeral } from '../../src/language/numerals.ts';

describe('parseNumeral', () => {
  it.each([
    ['十', 10],
    ['十二', 12],
    ['二十', 20],
    ['一百零五', 105],
    ['一百一十', 110],
    ['一千二百五十九', 1259],
    ['两万五千', 25_000],
    ['三亿二千万', 320_000_000],
    ['二〇二五', 2025],
    ['〇', 0],
    ['12', 12],
    ['１２', 12],
    [' 7 ', 7],
  ])('%s is %d', (text, value) => {
    expect(parseNumeral(text)).toBe(value);
  });

  it.each(['', '第', '十a', '1.5', '甲', '-1'])('“%s” is no whole number', (text) => {
    expect(parseNumeral(text)).toBeUndefined();
  });

  it('reads what toChineseNumeral writes, for every number it writes in Chinese', () => {
    for (let n = 0; n <= 9999; n++) expect(parseNumeral(toChineseNumeral(n))).toBe(n);
  });

  it('reads digits back, however they are set', () => {
    fc.assert(
      fc.property(fc.nat(), (n) => {
        const wide = String(n).replace(/\d/g, (d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0));
        expect([parseNumeral(String(n)), parseNumeral(wide)]).toEqual([n, n]);
      }),
    );
  });

  it('never throws, and gives a whole number or nothing', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...CHINESE_NUMERAL_CHARS, '1', '壹') }),
    );
    fc.assert(
      fc.property(text, (s) => {
        const value = parseNumeral(s);
        expect(value === undefined || (value >= 0 && Number.isInteger(value)) || value > 1e15).toBe(true);
      }),
    );
  });
});

describe('toChineseNumeral', () => {
  it.each([
    [0, '零'],
    [10, '十'],
    [11, '十一'],
    [100, '一百'],
    [101, '一百零一'],
    [110, '一百一十'],
    [1001, '一千零一'],
    [1010, '一千零一十'],
    [10_000, '10000'],
    [1.5, '1.5'],
    [-1, '-1'],
  ])('%d is %s', (value, text) => {
    expect(toChineseNumeral(value)).toBe(text);
  });
});
