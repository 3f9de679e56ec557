import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fold } from '../../src/language/normalise.ts';
import { loadSegmenter, taggedWords, terms } from '../../src/language/segment.ts';

beforeAll(() => loadSegmenter(['细颗粒物', '无废城市']));

describe('terms', () => {
  it.each(['PM2.5', 'PM₂.₅', 'ＰＭ２．５', 'pm 2.5'])('%s is one term', (text) => {
    expect(terms(text)).toEqual(['pm2.5']);
  });

  it('numbers stay whole, with their percent sign', () => {
    expect(terms('94.2%')).toEqual(['94.2%']);
    expect(terms('1812.1吨')).toEqual(expect.arrayContaining(['1812.1', '吨']));
  });

  it('Chinese gives its pairs of characters and its longer words', () => {
    expect(terms('森林覆盖率')).toEqual(expect.arrayContaining(['森林', '林覆', '覆盖', '盖率', '覆盖率']));
    expect(terms('建设无废城市')).toContain('无废城市');
    expect(terms('水')).toEqual(['水']);
  });

  it('nothing crosses from one run of Chinese to the next', () => {
    expect(terms('水质，大气')).not.toContain('质大');
  });

  it('repetitions count', () => {
    expect(terms('大气、大气').filter((t) => t === '大气')).toHaveLength(2);
  });

  it('words of the glossary are added whenever they come', () => {
    loadSegmenter(['巴蜀文旅走廊', 'not Chinese', '长']);
    expect(terms('共建巴蜀文旅走廊')).toContain('巴蜀文旅走廊');
  });

  it('never throw, and hold no white space, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('𠮷野家', '', '\0')),
        (s) => {
          for (const term of terms(s)) expect(term).toMatch(/^\S+$/);
        },
      ),
    );
  });
});

it('tagged words give the text back, piece by piece', () => {
  const text = fold('江津区2025年空气质量优良天数目标是多少');
  expect(
    taggedWords(text)
      .map((w) => w.word)
      .join(''),
  ).toBe(text);
});
