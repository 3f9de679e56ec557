/**
 * Vector search beside usearch and LangChain's defaults: recall of the ten nearest against an exact search.
 * @module
 */
import { Index, MetricKind } from 'usearch';
import type { PlanVectors } from '../../index/vectors.ts';
import { efFor, HNSW, nearest } from '../../index/vectors.ts';
import { head, ms, row, timed, timeEach } from './measure.ts';
import type { World } from './world.ts';

/** What LangChain's HNSWLib searches with: hnswlib's own default. */
const DEFAULT_EF = 10;
/** Questions an exact search is made for. */
const ASKED = 100;

/** Prints the comparison. */
export async function compareVectors({ index, name, questions }: World): Promise<void> {
  const { embeddings, id, dimension } = index.embedding;
  const all = allVectors(index.planVectors, dimension);
  const count = all.length / dimension;
  const asked = questions.slice(0, ASKED).map((q) => q.question);
  const vectors = (await Promise.all(asked.map((q) => embeddings.embedQuery(q)))).filter((v) =>
    v.some(Boolean),
  );
  const best = new Map(vectors.map((v) => [v, exact(all, dimension, v)]));
  /** Counted by similarity, since vectors that are alike may stand for each other. */
  const recall = async (find: (v: number[]) => Promise<number[]> | number[]) => {
    let found = 0;
    for (const v of vectors) {
      const least = (best.get(v) as number[]).at(-1) as number;
      found += (await find(v)).filter((similarity) => similarity >= least - 1e-5).length;
    }
    return (found / (10 * vectors.length)).toFixed(4);
  };
  const graph = async (v: number[]) =>
    (await index.vectors.similaritySearchVectorWithScore(v, 10)).map(([, distance]) => 1 - distance);
  console.log(`## Vector search: ${name}, ${count} vectors of ${id}\n`);
  head('index', 'built in', 'recall@10 against exact', 'p50', 'p95');
  const { m, efConstruction } = HNSW;
  const ef = efFor(count);
  const own = await timeEach(vectors, (v) => nearest(index.vectors, v, 10));
  row(
    `HNSW, M ${m}, efConstruction ${efConstruction}, ef ${ef} (ours)`,
    'with the ingest',
    await recall(graph),
    ms(own.p50),
    ms(own.p95),
  );
  index.vectors.index.setEf(DEFAULT_EF);
  const defaults = await timeEach(vectors, (v) => index.vectors.similaritySearchVectorWithScore(v, 10));
  row(
    `LangChain's HNSWLib as it is (ef ${DEFAULT_EF})`,
    'the same graph',
    await recall(graph),
    ms(defaults.p50),
    ms(defaults.p95),
  );
  index.vectors.index.setEf(ef);
  const usearch = new Index({ metric: MetricKind.Cos, dimensions: dimension, connectivity: m } as never);
  const built = await timed(() =>
    usearch.add(
      BigUint64Array.from({ length: count }, (_x, i) => BigInt(i)),
      all,
      1,
    ),
  );
  const findThere = (v: number[]) => usearch.search(Float32Array.from(v), 10, 1);
  const theirs = await timeEach(vectors, findThere);
  row(
    'usearch, connectivity 16, its other defaults',
    ms(built.ms),
    await recall((v) => Array.from(findThere(v).distances, (distance) => 1 - distance)),
    ms(theirs.p50),
    ms(theirs.p95),
  );
  const scan = await timeEach(vectors.slice(0, 20), (v) => exact(all, dimension, v));
  row('exact scan', '–', '1.0000', ms(scan.p50), ms(scan.p95));
  console.log();
}

/** The vectors of all plans, one after the other. */
export function allVectors(plans: readonly PlanVectors[], dimension: number): Float32Array {
  let length = 0;
  for (let n = 0; n < plans.length; n++) length += (plans[n] as PlanVectors).owners.length * dimension;
  const all = new Float32Array(length);
  let at = 0;
  for (let n = 0; n < plans.length; n++) {
    const { values } = plans[n] as PlanVectors;
    all.set(values, at);
    at += values.length;
  }
  return all;
}

/** The ten greatest similarities. */
function exact(all: Float32Array, dimension: number, vector: readonly number[]): number[] {
  const query = Float32Array.from(vector);
  const similarities = new Float32Array(all.length / dimension);
  for (let i = 0; i < similarities.length; i++) {
    let dot = 0;
    for (let d = 0, at = i * dimension; d < dimension; d++, at++)
      dot += (all[at] as number) * (query[d] as number);
    similarities[i] = dot;
  }
  return [...similarities.sort().subarray(-10)].reverse();
}
