/** Pairs of characters: what tells that a word is not in a text never says so of one that is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dotProduct } from '../../src/embedding/dot.ts';
import { EMPTY_GLOSSARY } from '../../src/language/glossary.ts';
import { hasPair, mayHold, pairSetOf, pairsOf } from '../../src/retrieval/pairs.ts';
import { ScopeFinder } from '../../src/retrieval/scope.ts';
import { passageWords, presence } from '../../src/retrieval/search.ts';
import { understand } from '../../src/retrieval/understand.ts';
import { openShared } from '../opened-corpus.ts';

const text = fc.string({
  unit: fc.constantFrom('水', '质', '气', 'a', '5', '\n', '\u0000', '𠮷'),
  maxLength: 60,
});

describe('the pairs of a text', () => {
  it('are those that stand in it, no more and no fewer', () => {
    fc.assert(
      fc.property(text, text, (whole, word) => {
        const set = pairSetOf(whole);
        for (let i = 0; i + 1 < word.length; i++) {
          const pair = word.slice(i, i + 2);
          // Two NULs are as a free place: they may be there.
          if (pair !== '\u0000\u0000')
            expect(hasPair(set, pairsOf(pair)[0] as number)).toBe(whole.includes(pair));
        }
      }),
    );
  });

  it('never deny a word that stands in it', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(8), (whole, from, length) => {
        const word = whole.slice(from % (whole.length + 1), (from % (whole.length + 1)) + length);
        expect(mayHold(pairSetOf(whole), pairsOf(word))).toBe(true);
      }),
    );
  });
});

it('a passage holds as much of a word by its pairs as by reading it', async () => {
  const { index } = await openShared();
  const scope = new ScopeFinder([]).find('');
  const asked = [
    '重庆2025年PM2.5要降到多少',
    '农村生活污水治理率',
    '噪声扰民找谁管',
    'sewage treatment rate',
  ];
  for (const question of asked) {
    for (const concept of understand(question, index.glossary ?? EMPTY_GLOSSARY, scope, 5).concepts) {
      for (let doc = 0; doc < index.passages.length; doc += 7) {
        const { body, context, aids, pairs } = passageWords(index, doc);
        expect(presence(concept, body, pairs.body)).toBe(presence(concept, body));
        expect(presence(concept, context, pairs.context)).toBe(presence(concept, context));
        expect(presence(concept, aids, pairs.aids)).toBe(presence(concept, aids));
      }
    }
  }
}, 60_000);

it('the product of vectors is the sum of their products, wherever the second begins', () => {
  const a = Float32Array.of(1, -2, 3, 0.5, 4, 2);
  const b = Float32Array.of(9, 9, 2, 1, -1, 4, 0.25, 8, 9);
  expect(dotProduct(a, b, 2)).toBe(2 - 2 - 3 + 2 + 1 + 16);
});
