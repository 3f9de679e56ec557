/** The words of passages, plan by plan: an index of some plans knows the words of these only. */
import { describe, expect, it } from 'vitest';
import { PlanWordsBuilder, readPlanWords, restrictWords, wordsOf } from '../../src/index/words.ts';

const plans = [
  new Map([
    ['污染', 3],
    ['农膜', 1],
  ]),
  new Map<string, number>(),
  new Map([
    ['江津', 2],
    ['污染', 4],
  ]),
];

function stored() {
  const builder = new PlanWordsBuilder();
  for (const words of plans) builder.add(words);
  return readPlanWords(Buffer.from(builder.file()));
}

describe('the words of plans', () => {
  it('are those of all together, in the order they were first used', () => {
    expect([...wordsOf(stored())]).toEqual([
      ['污染', 7],
      ['农膜', 1],
      ['江津', 2],
    ]);
  });

  it.each([
    [[0], { 污染: 3, 农膜: 1 }],
    [[1], {}],
    [[2], { 污染: 4, 江津: 2 }],
    [[0, 2], { 污染: 7, 农膜: 1, 江津: 2 }],
    [[], {}],
  ])('of plans %j they are %o, and nothing of the others', (numbers, expected) => {
    expect(Object.fromEntries(wordsOf(stored(), numbers))).toEqual(expected);
    const restricted = restrictWords(stored(), numbers);
    expect(Object.fromEntries(wordsOf(restricted))).toEqual(expected);
    numbers.forEach((old, n) => {
      expect(wordsOf(restricted, [n])).toEqual(wordsOf(stored(), [old]));
    });
  });

  it('are none of a corpus without any', () => {
    const { words, ...empty } = readPlanWords(Buffer.from(new PlanWordsBuilder().file()));
    expect(words).toEqual([]);
    expect(wordsOf({ words, ...empty }).size).toBe(0);
  });
});
