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
}

/** Builds the store; vector i belongs to document number i. */
export async function buildVectors(
  vectors: readonly (readonly number[])[],
  dimension: number,
  embeddings: EmbeddingsInterface,
): Promise<HNSWLib> {
  const index = new hnswlib.HierarchicalNSW('cosine', dimension);
  index.initIndex(Math.max(1, vectors.length), HNSW.m, HNSW.efConstruction, SEED);
  index.setEf(HNSW.ef);
  const store = new HNSWLib(embeddings, { space: 'cosine', numDimensions: dimension, index });
  const documents = vectors.map((_v, doc) => new Document({ pageContent: '', metadata: { doc } }));
  if (vectors.length > 0) await store.addVectors(vectors as number[][], documents);
  return store;
}

/** Opens a stored vector index and sets ef, which hnswlib forgets on load. */
export async function loadVectors(directory: string, embeddings: EmbeddingsInterface): Promise<HNSWLib> {
  const store = await HNSWLib.load(directory, embeddings);
  store.index.setEf(HNSW.ef);
  return store;
}

/** The k nearest documents, nearest first. No filter is passed down: one that throws would abort the process. */
export async function nearest(store: HNSWLib, vector: readonly number[], k: number): Promise<VectorHit[]> {
  const count = store.index.getCurrentCount();
  if (count === 0) return [];
  const found = await store.similaritySearchVectorWithScore(vector as number[], Math.min(k, count));
  return found.map(([document, distance]) => ({
    doc: document.metadata.doc as number,
    similarity: 1 - distance,
  }));
}

/** Cosine similarity of the query to given documents, by their stored vectors: exact, for a search within a scope. */
export function similarities(
  store: HNSWLib,
  vector: readonly number[],
  docs: readonly number[],
): VectorHit[] {
  return docs.map((doc) => {
    const stored = store.index.getPoint(doc);
    let dot = 0;
    for (let i = 0; i < stored.length; i++) dot += (stored[i] as number) * (vector[i] as number);
    return { doc, similarity: dot };
  });
}
