/**
 * What an embedding is to the index, and the one that is built in.
 * @module
 */
import type { EmbeddingsInterface } from '@langchain/core/embeddings';
import { BUILTIN_DIMENSION, BUILTIN_ID, BuiltinEmbeddings } from './builtin.ts';

/** An embedding with what the index must know of it. */
export interface NamedEmbedding {
  /** Kept in the manifest: another id means other vectors. */
  readonly id: string;
  readonly dimension: number;
  readonly embeddings: EmbeddingsInterface<number[]>;
  /**
   * It was made for sentences and is not the built-in one: questions go to it as they were asked, it may fail, and
   * what it takes long to compute is kept while an index is built.
   */
  readonly external?: true;
  /** Texts to embed at a time. */
  readonly batch?: number;
}

/** The embedding that needs nothing. */
export function builtinEmbedding(): NamedEmbedding {
  return { id: BUILTIN_ID, dimension: BUILTIN_DIMENSION, embeddings: new BuiltinEmbeddings() };
}
