/**
 * The built-in embedding: static token vectors, summed and normalised. They come from the co-occurrence of tokens in
 * public statutes and plans and were then trained so that everyday questions lie near the passages that answer them
 * (`train.ts`; measured in docs/retrieval.md). Offline, deterministic, no native code.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { Embeddings } from '@langchain/core/embeddings';
import type { Model } from './model.ts';
import { normalise, readDescription, readModel, sumRows } from './model.ts';
import { bagOf } from './tokens.ts';

const file = (name: string) => fileURLToPath(new URL(`./model/${name}`, import.meta.url));
const description = readDescription(file('model.json'));

/** Dimensions of the built-in embedding. */
export const BUILTIN_DIMENSION = description.dimension;
/** Names this embedding in the index's manifest; changes whenever the same text would get another vector. */
export const BUILTIN_ID = `guiwen-static-${description.dimension}-${description.sha256.slice(0, 8)}`;

let model: Model | undefined;

/**
 * The vector of a text, of length 1; all zeros for a text without tokens.
 * The first call reads the model (about 0.1 s).
 * @throws ModelError if the model file is missing or damaged
 */
export function embedText(text: string): Float32Array {
  model ??= readModel(file('model.bin'), description);
  const { ids, weights } = bagOf(text, model.vocabulary);
  const vector = sumRows(model.rows, model.dimension, ids, weights);
  normalise(vector);
  return vector;
}

/** The built-in embedding behind LangChain's interface. */
export class BuiltinEmbeddings extends Embeddings<number[]> {
  constructor() {
    super({});
  }

  async embedDocuments(documents: string[]): Promise<number[][]> {
    return documents.map((d) => Array.from(embedText(d)));
  }

  async embedQuery(document: string): Promise<number[]> {
    return Array.from(embedText(document));
  }
}
