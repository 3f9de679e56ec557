/**
 * Which embedding is in use.
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
}

/** The embedding that needs nothing. */
export function builtinEmbedding(): NamedEmbedding {
  return { id: BUILTIN_ID, dimension: BUILTIN_DIMENSION, embeddings: new BuiltinEmbeddings() };
}
