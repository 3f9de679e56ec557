import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, foldQuestion, simplify, squash } from '../../src/language/normalise.ts';

describe('fold', () => {
  it.each(['PM2.5', 'pm2.5', 'PM 2.5', 'PM₂.₅', 'ＰＭ２．５', 'pm25', 'PM2。5', 'Pm 2. 5'])(
    '%s is pm2.5',
    (text) => {
      expect(fold(text)).toBe('pm2.5');
    },
  );

  it.each([
    ['PM二点五', 'pm2.5'],
    ['PM10', 'pm10'],
    ['PM₁₀浓度', 'pm10浓度'],
    ['PM2.56', 'pm2.56'],
    ['PM100', 'pm100'],
  ])('%s is %s', (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it.each([
    ['2021—2025年', '2021-2025年'],
    ['２０２１～２０２５年', '2021-2025年'],
    ['“双碳”', '"双碳"'],
    ['５０㎡', '50m2'],
    ['94.2 %', '94.2%'],
    ['到 2025 年', '到2025年'],
    ['微克/ 立方米', 'ug/m3'],
    ['微克每立方米', 'ug/m3'],
    ['μg/m³', 'ug/m3'],
    ['10平方千米', '10平方公里'],
    ['air  quality\tplan', 'air quality plan'],
    ['  空气  ', '空气'],
    ['Ⅲ类', 'iii类'],
  ])('%s is %s', (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it('folding twice is folding once, line breaks aside', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('P', 'M', '2', '.', '5', ' ', '水', '％', '“', '—', '₂', 'Ⅲ') }),
    );
    fc.assert(
      fc.property(text, (s) => {
        const line = s.replace(/[\n\r\t\v\f\u2028\u2029]/g, '');
        expect(fold(fold(line))).toBe(fold(line));
      }),
      { numRuns: 500 },
    );
  });
});

describe('foldQuestion', () => {
  it.each([
    ['重慶市空氣質量目標', '重庆市空气质量目标'],
    ['PM₂.₅濃度', 'pm2.5浓度'],
    ['森林\u202e覆盖率\u202c', '森林覆盖率'],
    ['森林\u200b覆盖率\ufeff', '森林覆盖率'],
    ['森林\u0000覆盖率', '森林覆盖率'],
    ['air\u0007quality', 'air quality'],
    ['第一行\n第二行', '第一行 第二行'],
  ])('%j is searched with as %s', (text, folded) => {
    expect(foldQuestion(text)).toBe(folded);
  });

  it('leaves no control or direction character, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (s) => {
        expect(foldQuestion(s)).not.toMatch(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

it('simplify leaves simplified Chinese as it is', () => {
  const text = '到2025年，江津区细颗粒物年平均浓度降低至32微克/立方米以下，“无废城市”建设取得进展。';
  expect(simplify(text)).toBe(text);
});

it('squash compares without any white space', () => {
  expect(squash(' 专栏 1　重大\n工程 ')).toBe(squash('专栏1重大工程'));
  expect(squash('air quality')).toBe('airquality');
});
