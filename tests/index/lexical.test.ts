import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WeightedField, WeightedTerm } from '../../src/index/lexical.ts';
import { LexicalBuilder, LexicalIndex } from '../../src/index/lexical.ts';
import { byId, readCorpus } from '../plan/reading.ts';

/** BM25 as in Robertson & Zaragoza 2009, written down plainly: every document is scored from its own counts. */
function referenceScores(
  docs: readonly (readonly WeightedField[])[],
  query: readonly WeightedTerm[],
): number[] {
  const k1 = 1.2;
  const b = 0.6;
  const length = (doc: readonly WeightedField[]) =>
    doc.reduce((sum, f) => sum + f.terms.length * f.weight, 0);
  const average = docs.reduce((sum, doc) => sum + length(doc), 0) / docs.length;
  const frequency = (doc: readonly WeightedField[], term: string) =>
    doc.reduce((sum, f) => sum + f.weight * f.terms.filter((t) => t === term).length, 0);
  return docs.map((doc) =>
    query.reduce((score, { term, weight }) => {
      const holding = docs.filter((d) => d.some((f) => f.terms.includes(term))).length;
      if (holding === 0) return score;
      const idf = Math.log(1 + (docs.length - holding + 0.5) / (holding + 0.5));
      const tf = frequency(doc, term);
      return score + (weight * idf * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * length(doc)) / average));
    }, 0),
  );
}

function indexOf(docs: readonly (readonly WeightedField[])[]): LexicalIndex {
  const builder = new LexicalBuilder();
  for (const fields of docs) builder.add(fields);
  return new LexicalIndex(builder.build());
}

const close = (a: number, b: number) => Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(b));

/** Found documents carry the reference's scores, and none that scores more is left out. */
function expectRankedLike(
  index: LexicalIndex,
  scores: readonly number[],
  query: readonly WeightedTerm[],
  k: number,
) {
  const hits = index.search(query, k);
  const best = scores
    .filter((s) => s > 0)
    .sort((a, b) => b - a)
    .slice(0, k);
  expect(hits).toHaveLength(best.length);
  hits.forEach((hit, rank) => {
    expect(close(hit.score, scores[hit.doc] as number)).toBe(true);
    expect(close(hit.score, best[rank] as number)).toBe(true);
  });
  expect(new Set(hits.map((h) => h.doc)).size).toBe(hits.length);
}

const term = fc.constantFrom('水', '大气', '土壤', '长江', 'pm2.5', '94.2%', '𠮷', '绿色');
const field = fc.record({ terms: fc.array(term, { maxLength: 12 }), weight: fc.constantFrom(1, 0.7, 0.1) });
const documents = fc.array(fc.array(field, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 40 });
const query = fc.array(
  fc.record({ term: fc.oneof(term, fc.constant('没有')), weight: fc.constantFrom(1, 0.5) }),
  {
    maxLength: 5,
  },
);

describe('lexical search', () => {
  it('ranks and scores as plain BM25 does, whatever the documents and the question', () => {
    fc.assert(
      fc.property(documents, query, fc.integer({ min: 1, max: 12 }), (docs, terms, k) => {
        if (docs.every((d) => d.every((f) => f.terms.length === 0))) return;
        expectRankedLike(indexOf(docs), referenceScores(docs, terms), terms, k);
      }),
      { numRuns: 200 },
    );
  });

  it('ranks the passages of a real plan as plain BM25 does', async () => {
    const pairs = (text: string) => [...text.replace(/\s/g, '')].map((c, i, all) => c + (all[i + 1] ?? ''));
    const plan = byId(await readCorpus(), 'jiangjin-2025');
    const docs = plan.passages.map((p) => [
      { terms: pairs(p.text), weight: 1 },
      { terms: pairs(p.path.join('')), weight: 0.6 },
    ]);
    const index = indexOf(docs);
    for (const question of ['空气质量优良天数', '森林覆盖率目标', '医疗废物处置', '专栏2', '水']) {
      const terms = pairs(question).map((t) => ({ term: t, weight: 1 }));
      expectRankedLike(index, referenceScores(docs, terms), terms, 10);
    }
  });

  it('searching leaves nothing behind: the same question twice, and another in between', () => {
    const index = indexOf([[{ terms: ['水', '长江'], weight: 1 }], [{ terms: ['水'], weight: 1 }]]);
    const first = index.search([{ term: '水', weight: 1 }], 5);
    index.search([{ term: '长江', weight: 0 }], 5);
    expect(index.search([{ term: '水', weight: 1 }], 5)).toEqual(first);
  });

  it('counts only accepted documents', () => {
    const index = indexOf([0, 1, 2].map(() => [{ terms: ['水'], weight: 1 }]));
    expect(index.search([{ term: '水', weight: 1 }], 5, (doc) => doc !== 1).map((h) => h.doc)).toEqual([
      0, 2,
    ]);
  });

  it('puts ties in document order', () => {
    const index = indexOf(Array.from({ length: 50 }, () => [{ terms: ['水'], weight: 1 }]));
    expect(index.search([{ term: '水', weight: 1 }], 3).map((h) => h.doc)).toEqual([0, 1, 2]);
  });

  it('knows which terms occur, and how rare they are', () => {
    const index = indexOf([[{ terms: ['水', '长江'], weight: 1 }], [{ terms: ['水'], weight: 1 }]]);
    expect([index.has('水'), index.has('没有')]).toEqual([true, false]);
    expect(index.idf('长江')).toBeGreaterThan(index.idf('水'));
    expect(index.idf('没有')).toBe(0);
  });

  it('finds nothing in an empty index, or for an empty question', () => {
    expect(indexOf([]).search([{ term: '水', weight: 1 }], 5)).toEqual([]);
    expect(indexOf([[{ terms: ['水'], weight: 1 }]]).search([], 5)).toEqual([]);
  });

  it('refuses bytes that are no lexical index, or only part of one', () => {
    expect(() => new LexicalIndex(Buffer.from('something else altogether'))).toThrow(/not a lexical index/);
    const builder = new LexicalBuilder();
    builder.add([{ terms: ['水', '大气'], weight: 1 }]);
    const whole = builder.build();
    for (const length of [0, 7, 23, 24, 40])
      expect(() => new LexicalIndex(whole.subarray(0, length))).toThrow();
  });
});

describe('the best of many', () => {
  it('are those that sorting all of them puts first, ties in document order', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 30 }), (all, k) => {
        const index = indexOf(all.map((n) => [{ terms: Array<string>(n).fill('水'), weight: 1 }]));
        const query = [{ term: '水', weight: 1 }];
        const everything = index.search(query, all.length);
        const sorted = [...everything].sort((a, b) => b.score - a.score || a.doc - b.doc);
        expect(everything).toEqual(sorted);
        expect(index.search(query, k)).toEqual(sorted.slice(0, k));
      }),
    );
  });
});
