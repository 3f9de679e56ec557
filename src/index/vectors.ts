/**
 * The vector index: LangChain's HNSWLib over hnswlib-node, with its build parameters set and recorded.
 * @module
 */
import { HNSWLib } from '@langchain/community/vectorstores/hnswlib';
import { Document } from '@langchain/core/documents';
import type { EmbeddingsInterface } from '@langchain/core/embeddings';
import hnswlib from 'hnswlib-node';

/**
 * Build and search parameters (Malkov & Yashunin 2018, "Efficient and robust approximate nearest neighbor search
 * using Hierarchical Navigable Small World graphs"). Measured by `npm run bench`: recall@10 ≥ 0.99 at ef 128;
 * LangChain's default of ef 10 finds 0.91.
 */
export const HNSW = { m: 16, efConstruction: 200, ef: 128 } as const;
/** Fixed, so that the same vectors make the same graph. */
const SEED = 100;

/** A found vector: its number and the cosine similarity. */
export interface VectorHit {
  readonly doc: number;
  readonly similarity: number;
  /** Which of the document's vectors came nearest: 0 the passage itself, n its n-th enrichment question. */
  readonly nth: number;
}

/** What a vector stands for: a document, and which of its texts (0 the passage, n its n-th enrichment question). */
export interface VectorOwner {
  readonly doc: number;
  readonly nth: number;
}

/** Builds the store; vector i belongs to `owners[i]`. */
export async function buildVectors(
  vectors: readonly (readonly number[])[],
  owners: readonly VectorOwner[],
  dimension: number,
  embeddings: EmbeddingsInterface,
): Promise<HNSWLib> {
  const index = new hnswlib.HierarchicalNSW('cosine', dimension);
  index.initIndex(Math.max(1, vectors.length), HNSW.m, HNSW.efConstruction, SEED);
  index.setEf(HNSW.ef);
  const store = new HNSWLib(embeddings, { space: 'cosine', numDimensions: dimension, index });
  const documents = owners.map((metadata) => new Document({ pageContent: '', metadata }));
  if (vectors.length > 0) await store.addVectors(vectors as number[][], documents);
  return store;
}

/** Opens a stored vector index and sets ef, which hnswlib forgets on load. */
export async function loadVectors(directory: string, embeddings: EmbeddingsInterface): Promise<HNSWLib> {
  const store = await HNSWLib.load(directory, embeddings);
  store.index.setEf(HNSW.ef);
  return store;
}

/**
 * The nearest documents among the k nearest vectors, nearest first; a document counts by its nearest vector. No
 * filter is passed down: one that throws would abort the process.
 */
export async function nearest(store: HNSWLib, vector: readonly number[], k: number): Promise<VectorHit[]> {
  const count = store.index.getCurrentCount();
  if (count === 0) return [];
  const found = await store.similaritySearchVectorWithScore(vector as number[], Math.min(k, count));
  return bestPerDocument(
    found.map(([document, distance]) => ({
      ...(document.metadata as VectorOwner),
      similarity: 1 - distance,
    })),
  );
}

/** Unit vectors of one plan and the documents they belong to, for an exact search within a scope. */
export interface PlanVectors {
  /** All vectors, one after the other. */
  readonly values: Float32Array;
  readonly owners: readonly VectorOwner[];
}

/** The documents of some plans with their exact similarity to the query, nearest first. */
export function nearestWithin(
  plans: readonly PlanVectors[],
  vector: readonly number[],
  k: number,
): VectorHit[] {
  const query = Float32Array.from(vector);
  const hits: VectorHit[] = [];
  for (const { values, owners } of plans) {
    owners.forEach((owner, i) => {
      let dot = 0;
      const at = i * query.length;
      for (let d = 0; d < query.length; d++) dot += (values[at + d] as number) * (query[d] as number);
      hits.push({ ...owner, similarity: dot });
    });
  }
  return bestPerDocument(hits.sort((a, b) => b.similarity - a.similarity || a.doc - b.doc).slice(0, k));
}

/** Keeps every document's first, that is nearest, vector. */
function bestPerDocument(hits: readonly VectorHit[]): VectorHit[] {
  const seen = new Set<number>();
  return hits.filter(({ doc }) => !seen.has(doc) && seen.add(doc));
}
