import { beforeAll, describe, expect, it } from 'vitest';
import type { OpenIndex } from '../../src/index/open.ts';
import { docsOfPlan, docsThatMayHold } from '../../src/retrieval/holding.ts';
import { recentResults } from '../../src/retrieval/recent.ts';
import { passageWords } from '../../src/retrieval/search.ts';
import { openSharedIndex } from '../opened-corpus.ts';

let index: OpenIndex;
beforeAll(async () => {
  index = await openSharedIndex();
}, 120_000);

describe('the passages that may hold a word', () => {
  it.each(['江津', '空气质量', '森林覆盖率', '长江', 'pm2.5'])(
    '%s: those of a large index leave none out',
    (word) => {
      const all = [...index.passages.keys()].filter((doc) => passageWords(index, doc).body.includes(word));
      const found = [...docsThatMayHold(index, [word], 0)];
      expect(found).toEqual([...found].sort((a, b) => a - b));
      expect(found).toEqual(expect.arrayContaining(all));
      expect(found.length).toBeLessThan(index.passages.length);
    },
  );

  it('a small index is read whole', () => {
    expect([...docsThatMayHold(index, ['江津'])]).toHaveLength(index.passages.length);
  });

  it('a word that no passage uses: none', () => {
    expect([...docsThatMayHold(index, ['龘靐'], 0)]).toEqual([]);
  });

  it('a plan’s documents are those whose plan it is', () => {
    for (const n of index.plans.keys()) {
      expect([...docsOfPlan(index, n)]).toEqual(
        [...index.planOf.keys()].filter((d) => index.planOf[d] === n),
      );
    }
  });
});

it('recent results: what was not asked for longest is forgotten first', () => {
  const recent = recentResults<{ n: number }>(2);
  recent.keep('a', { n: 1 });
  recent.keep('b', { n: 2 });
  expect(recent.get('a')).toEqual({ n: 1 });
  recent.keep('c', { n: 3 });
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([{ n: 1 }, undefined, { n: 3 }]);
});
