import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtinEmbedding } from '../../src/embedding/index.ts';
import type { WholeIndex } from '../../src/index/open.ts';
import type { VectorHit } from '../../src/index/vectors.ts';
import { HNSW, nearest, nearestWithin } from '../../src/index/vectors.ts';
import { CORPUS_DIR, readCorpus } from '../plan/reading.ts';
import { build, open, removeTemporary, temporary } from './temporary.ts';

let index: WholeIndex;
beforeAll(async () => {
  const dir = temporary('index');
  await build(CORPUS_DIR, dir);
  index = await open(CORPUS_DIR, dir);
}, 120_000);
afterAll(removeTemporary);

describe('the index of the five plans', () => {
  it('holds all their passages', async () => {
    const read = [...(await readCorpus()).values()];
    expect(index.passages).toEqual(read.flatMap((plan) => plan.passages));
    expect(index.lexical.size).toBe(index.passages.length);
  });

  it('has as many vectors as passages and enrichment questions, with the parameters it records', () => {
    const questions = index.enrichment.reduce((sum, e) => sum + (e?.questions.length ?? 0), 0);
    expect(index.vectors.index.getCurrentCount()).toBe(index.passages.length + questions);
    expect(index.manifest.counts.vectors).toBe(index.passages.length + questions);
    expect(index.manifest.hnsw).toEqual({ ...HNSW });
    expect(index.vectors.index.getEf()).toBe(HNSW.ef);
  });

  it('gives every vector, in the graph and plan by plan, to the same passage', () => {
    const { docstore } = index.vectors;
    const owners = index.planVectors.flatMap((p) => p.owners);
    owners.forEach((owner, i) => {
      expect(
        (docstore as unknown as { search(id: string): { metadata: unknown } }).search(String(i)).metadata,
      ).toEqual(owner);
    });
  });

  it('finds through HNSW what an exact search finds: recall@10 of at least 0.99', async () => {
    const { embeddings } = builtinEmbedding();
    const dimension = index.embedding.dimension;
    const all = index.planVectors.flatMap((p) =>
      p.owners.map((owner, i) => ({ owner, vector: p.values.subarray(i * dimension, (i + 1) * dimension) })),
    );
    let found = 0;
    let wanted = 0;
    for (let doc = 0; doc < index.passages.length; doc += 8) {
      const passage = index.passages[doc] as (typeof index.passages)[number];
      const query = await embeddings.embedQuery(passage.text.slice(0, 40));
      const similarity = (v: Float32Array) => {
        let dot = 0;
        for (let d = 0; d < dimension; d++) dot += (v[d] as number) * (query[d] as number);
        return dot;
      };
      const exact = all
        .map((a) => similarity(a.vector))
        .sort((a, b) => b - a)
        .slice(0, 10);
      const hits = await index.vectors.similaritySearchVectorWithScore(query, 10);
      // Counted by similarity, since vectors that are alike may stand for each other.
      found += hits.filter(([, distance]) => 1 - distance >= (exact.at(-1) as number) - 1e-5).length;
      wanted += 10;
    }
    expect(found / wanted).toBeGreaterThanOrEqual(0.99);
  });

  it('ranks documents within some plans as an exact search does, each by its nearest vector', async () => {
    const query = await builtinEmbedding().embeddings.embedQuery('空气质量优良天数比率目标');
    const everywhere: VectorHit[] = nearest(index.vectors, query, 40);
    const within = nearestWithin(index.planVectors, query, 40);
    expect(within.slice(0, 5).map((h) => h.doc)).toEqual(everywhere.slice(0, 5).map((h) => h.doc));
    expect(within[0]?.similarity).toBeCloseTo(everywhere[0]?.similarity as number, 4);
    expect(new Set(within.map((h) => h.doc)).size).toBe(within.length);
    const one = nearestWithin([index.planVectors[4] as (typeof index.planVectors)[number]], query, 10);
    expect(one.every((h) => index.passages[h.doc]?.planId === 'jiangjin-2025')).toBe(true);
  });
});
