/**
 * The vector index: LangChain's HNSWLib over hnswlib-node, with its build parameters set and recorded.
 * @module
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SynchronousInMemoryDocstore } from '@langchain/community/stores/doc/in_memory';
import { HNSWLib } from '@langchain/community/vectorstores/hnswlib';
import { Document } from '@langchain/core/documents';
import type { EmbeddingsInterface } from '@langchain/core/embeddings';
import type { HierarchicalNSW } from 'hnswlib-node';
import hnswlib from 'hnswlib-node';
import { IndexError } from './manifest.ts';

/**
 * Build and search parameters (Malkov & Yashunin 2018, "Efficient and robust approximate nearest neighbor search
 * using Hierarchical Navigable Small World graphs"). Measured by `npm run bench`: recall@10 ≥ 0.99 at ef 128;
 * LangChain's default of ef 10 finds 0.91.
 */
export const HNSW = { m: 16, efConstruction: 200, ef: 128 } as const;
/** Fixed, so that the same vectors make the same graph. */
const SEED = 100;

/** Vectors up to which `HNSW.ef` is enough, and the most that is searched with. */
const EF_FOR = 20_000;
const EF_MAX = 1024;

/**
 * How many neighbours a search keeps in view among `count` vectors: in a larger graph more of them lie nearer than the
 * tenth (of 170,536 vectors ef 128 finds 0.89 to 0.96 of the ten nearest, 768 finds 0.995).
 */
export function efFor(count: number): number {
  return Math.min(EF_MAX, Math.max(HNSW.ef, Math.round((HNSW.ef * count) / EF_FOR)));
}

/** A vector that cannot be searched with. */
export class VectorError extends Error {
  constructor(length: number, dimension: number) {
    super(
      length === dimension
        ? '向量里有不是数字的值，无法检索。'
        : `向量有 ${length} 维，索引是 ${dimension} 维，无法检索。`,
    );
    this.name = 'VectorError';
  }
}

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

/** The file of the graph, and the one of its vectors, one after the other as 32-bit floats. */
export const GRAPH_FILE = 'graph.hnsw';
export const VECTORS_FILE = 'vectors.bin';
/** The file of the owners: two 32-bit numbers a vector, the document and which of its texts. */
export const OWNERS_FILE = 'owners.bin';

/** An empty graph with room for `count` vectors. */
export function emptyGraph(dimension: number, count: number): HierarchicalNSW {
  const graph = new hnswlib.HierarchicalNSW('cosine', dimension);
  graph.initIndex(Math.max(1, count), HNSW.m, HNSW.efConstruction, SEED);
  return graph;
}

/**
 * Opens a stored graph as LangChain's vector store. Its dimension and count are checked first: hnswlib reads anything
 * it is given, and a search with a vector of another length than the graph's reads beyond it.
 * @param owners as of {@link OWNERS_FILE}
 * @throws IndexError if the graph is of another dimension or number of vectors
 */
export async function loadVectors(
  file: string,
  owners: Uint32Array,
  dimension: number,
  embeddings: EmbeddingsInterface,
): Promise<HNSWLib> {
  const count = owners.length / 2;
  checkGraphFile(file, dimension, count);
  const index = new hnswlib.HierarchicalNSW('cosine', dimension);
  try {
    await index.readIndex(file);
  } catch (error) {
    throw new IndexError(`向量索引无法读取：${(error as Error).message}`);
  }
  if (index.getCurrentCount() !== count) throw new IndexError('索引各部分的段落数不一致');
  index.setEf(efFor(count));
  const docstore = new OwnerDocstore(owners);
  return new GuardedHNSWLib(embeddings, { space: 'cosine', numDimensions: dimension, index, docstore });
}

/**
 * LangChain's store with what hnswlib does not survive, or answers with nonsense, kept from it: a filter that throws
 * aborts the process, and a vector of another length or with a value that is no number is compared all the same.
 */
export class GuardedHNSWLib extends HNSWLib {
  /** @throws VectorError for a vector that cannot be searched with; what the filter threw */
  override async similaritySearchVectorWithScore(
    query: number[],
    k: number,
    filter?: this['FilterType'],
  ): Promise<[Document, number][]> {
    const dimension = this.index.getNumDimensions();
    if (query.length !== dimension || !query.every(Number.isFinite))
      throw new VectorError(query.length, dimension);
    const count = Math.min(Math.floor(k), this.index.getCurrentCount());
    if (!(count >= 1)) return [];
    if (!filter) return super.similaritySearchVectorWithScore(query, count);
    let thrown: { readonly error: unknown } | undefined;
    const found = await super.similaritySearchVectorWithScore(query, count, (document) => {
      if (thrown) return false;
      try {
        return filter(document) === true;
      } catch (error) {
        thrown = { error };
        return false;
      }
    });
    if (thrown) throw thrown.error;
    return found;
  }
}

/** The documents of the vector store, each made when a search finds it. */
class OwnerDocstore extends SynchronousInMemoryDocstore {
  readonly #owners: Uint32Array;

  constructor(owners: Uint32Array) {
    super();
    this.#owners = owners;
  }

  override search(id: string): Document {
    return new Document({ pageContent: '', metadata: { ...ownerAt(this.#owners, Number(id)) } });
  }

  override add(): never {
    throw new Error('an index is not added to once it is open');
  }
}

/** The owner of vector `at`. */
export function ownerAt(owners: Uint32Array, at: number): VectorOwner {
  return { doc: owners[2 * at] as number, nth: owners[2 * at + 1] as number };
}

/**
 * Refuses what hnswlib would abort or read nonsense on: a file that does not begin with the header of a graph of this dimension
 * and count (hnswlib's `saveIndex`: offsetLevel0, max_elements, cur_element_count, size_data_per_element as 64-bit) or is too short for its elements.
 * @throws IndexError
 */
export function checkGraphFile(file: string, dimension: number, count: number): void {
  const header = Buffer.alloc(HEADER_BYTES);
  const fd = openSync(file, 'r');
  try {
    const read = readSync(fd, header, 0, HEADER_BYTES, 0);
    const elements = Number(header.readBigUInt64LE(16));
    const perElement = Number(header.readBigUInt64LE(24));
    if (read < HEADER_BYTES || elements !== count || fstatSync(fd).size < count * perElement)
      throw new IndexError('索引各部分的段落数不一致');
    // Links of the lowest level (2 M and their number), the vector, its label.
    if (perElement !== 4 * (2 * HNSW.m + 1) + 4 * dimension + 8) throw new IndexError('索引的向量维数不符');
  } finally {
    closeSync(fd);
  }
}

const HEADER_BYTES = 32;

/**
 * The nearest documents among the k nearest vectors, nearest first; a document counts by its nearest vector. No
 * filter is passed down: a search with one takes many times as long.
 */
export async function nearest(store: HNSWLib, vector: readonly number[], k: number): Promise<VectorHit[]> {
  const found = await store.similaritySearchVectorWithScore(vector as number[], k);
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
  /** The k best so far, best first; of equal ones the lower document, then the one that came first. */
  const best: VectorHit[] = [];
  for (const { values, owners } of plans) {
    for (let i = 0; i < owners.length; i++) {
      let dot = 0;
      const at = i * query.length;
      for (let d = 0; d < query.length; d++) dot += (values[at + d] as number) * (query[d] as number);
      const { doc, nth } = owners[i] as VectorOwner;
      const goesBefore = (hit: VectorHit) =>
        dot > hit.similarity || (dot === hit.similarity && doc < hit.doc);
      if (best.length >= k && !goesBefore(best[best.length - 1] as VectorHit)) continue;
      let place = best.length;
      while (place > 0 && goesBefore(best[place - 1] as VectorHit)) place--;
      best.splice(place, 0, { doc, nth, similarity: dot });
      if (best.length > k) best.pop();
    }
  }
  return bestPerDocument(best);
}

/** Keeps every document's first, that is nearest, vector. */
function bestPerDocument(hits: readonly VectorHit[]): VectorHit[] {
  const seen = new Set<number>();
  return hits.filter(({ doc }) => !seen.has(doc) && seen.add(doc));
}
