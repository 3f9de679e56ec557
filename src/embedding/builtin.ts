/**
 * The built-in embedding: feature hashing (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask
 * Learning") of words and character bigrams, weighted by jieba's corpus idf, L2-normalised. Deterministic, needs
 * no download and no training. It sees shared words and parts of words, not meaning: honest surface similarity.
 * @module
 */
import { readFileSync } from 'node:fs';
import { Embeddings } from '@langchain/core/embeddings';
import { DEFAULT_IDF_DICT } from 'nodejs-jieba';
import { terms } from '../language/segment.ts';

/** Dimensions of the built-in embedding. */
export const BUILTIN_DIMENSION = 384;
/** Names this embedding in the index's manifest; changes whenever the same text would get another vector. */
export const BUILTIN_ID = 'guiwen-hash-384-v1';

/** Weight of a term that jieba's idf table does not know: between its median (11.6) and what common words have. */
const UNKNOWN_IDF = 9;
/** Bigrams that are no words carry less than words do. */
const BIGRAM_WEIGHT = 0.5;

let idf: Map<string, number> | undefined;

function idfTable(): Map<string, number> {
  if (idf) return idf;
  idf = new Map();
  for (const line of readFileSync(DEFAULT_IDF_DICT, 'utf8').split('\n')) {
    const space = line.lastIndexOf(' ');
    if (space > 0) idf.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return idf;
}

/** FNV-1a, 32 bit (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** The vector of a text; all zeros for a text without terms. */
export function embedText(text: string): Float32Array {
  const vector = new Float32Array(BUILTIN_DIMENSION);
  const counts = new Map<string, number>();
  for (const term of terms(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
  const table = idfTable();
  for (const [term, count] of counts) {
    const known = table.get(term);
    const weight = (1 + Math.log(count)) * (known ?? UNKNOWN_IDF * (term.length === 2 ? BIGRAM_WEIGHT : 1));
    // Two places with a sign each: fewer collisions at the same dimension.
    const hash = fnv1a(term);
    const second = fnv1a(`${term}#`);
    vector[hash % BUILTIN_DIMENSION]! += hash & 0x10000 ? weight : -weight;
    vector[second % BUILTIN_DIMENSION]! += second & 0x10000 ? weight : -weight;
  }
  let norm = 0;
  for (const x of vector) norm += x * x;
  if (norm > 0) {
    const scale = 1 / Math.sqrt(norm);
    for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
  }
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
