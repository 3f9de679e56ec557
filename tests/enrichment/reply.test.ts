/** What of a model's reply becomes enrichment. */
import { describe, expect, test } from 'vitest';
import type { Aids } from '../../src/enrichment/reply.ts';
import { aidsFrom, ReplyError } from '../../src/enrichment/reply.ts';
import type { Passage } from '../../src/plan/types.ts';

const TEXT =
  '加强大气污染防治。到2025年，空气质量优良天数比率\n达到89.5％，PM2.5浓度下降12%。实施三大治理工程，建设二十座监测站。';
const passage = { text: TEXT, context: '指标 2035年目标', path: ['第三章 改善空气'] } as unknown as Passage;

/** The enrichment from a reply that holds these. */
const aids = (
  questions: { q: string; at: string }[],
  rest: { synonyms?: unknown; english?: unknown } = {},
): Aids => aidsFrom(JSON.stringify({ questions, ...rest }), passage);
const AT = '加强大气污染防治';
const asked = (q: string) => {
  try {
    return aids([{ q, at: AT }]).questions.length === 1;
  } catch (error) {
    if (error instanceof ReplyError) return false;
    throw error;
  }
};

describe('a question points to', () => {
  test.each([
    ['the sentence it gives the beginning of', '到2025年，空气质量', 9],
    ['it across line ends and other widths of characters', '空气质量优良天数比率达到89.5%', 16],
    ['the beginning of the clause when it gives its middle', '优良天数比率', 16],
    ['the beginning of the passage', '加强大气污染防治……', 0],
  ])('%s', (_what, at, point) => {
    expect(aids([{ q: '空气要好到什么程度', at }]).points).toEqual([point]);
  });

  test.each(['水环境质量明显改善', '', '。', '到2'])('nowhere, and is dropped, with %j', (at) => {
    expect(() => aids([{ q: '空气怎么样', at }])).toThrow(ReplyError);
    const kept = aids([
      { q: '空气怎么样', at },
      { q: '天会更蓝吗', at: AT },
    ]);
    expect(kept).toMatchObject({ questions: ['天会更蓝吗'], points: [0] });
  });
});

describe('a question is dropped when', () => {
  test.each(['', '   ', '空'.repeat(121)])('it is empty or too long: %.5s', (q) =>
    expect(asked(q)).toBe(false),
  );

  test.each([
    '到2030年空气怎么样',
    '优良天数要到90%吗',
    '要建三十座监测站吗',
    '五大工程是哪些',
    '降12.5%是真的吗',
  ])('it has a number that the passage has not: %s', (q) => expect(asked(q)).toBe(false));

  test.each([
    '到2025年空气怎么样',
    '2035年的目标呢',
    '89.5%的好天气是怎么算的',
    'PM2.5要降多少',
    '20座监测站建在哪',
    '二十座监测站建在哪',
    '三大工程是哪些',
    '3大工程是哪些',
    '第三章讲了什么',
    '统一怎么管，一般怎么做，有没有万全之策',
  ])('but not when its numbers are there in another form, or are none: %s', (q) =>
    expect(asked(q)).toBe(true),
  );

  test('it was there already', () => {
    const twice = [AT, AT].map((at) => ({ q: '天会更蓝吗', at }));
    expect(aids(twice).questions).toEqual(['天会更蓝吗']);
  });
});

test('synonyms and English terms are tidied, and dropped when they are no such thing', () => {
  const { synonyms, english } = aids([{ q: '天会更蓝吗', at: AT }], {
    synonyms: [' 治 霾 ', '治 霾', '', '蓝天2050', '长'.repeat(31)],
    english: ['air quality', '空气', '2050 target', '12'],
  });
  expect(synonyms).toEqual(['治 霾']);
  expect(english).toEqual(['air quality']);
});

describe('a reply', () => {
  const json = `{"questions":[{"q":"天会更蓝吗","at":"${AT}"}]}`;

  test.each([
    json,
    `\`\`\`json\n${json}\n\`\`\``,
    `好的：\n${json}\n以上。`,
    `<think>{"questions":[]}</think>${json}`,
  ])('may have this around its JSON: %s', (reply) =>
    expect(aidsFrom(reply, passage).questions).toEqual(['天会更蓝吗']),
  );

  test.each([
    '',
    '好的',
    '{',
    json.slice(0, -3),
    '[]',
    '{"questions":"天会更蓝吗"}',
    '{"questions":[{"q":1,"at":"x"}]}',
  ])('is refused without JSON of the right shape: %s', (reply) =>
    expect(() => aidsFrom(reply, passage)).toThrow(ReplyError),
  );
});
