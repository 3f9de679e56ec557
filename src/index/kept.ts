/**
 * Vectors kept on disk while an index is built from an embedding that takes long, so that a build that fails or is
 * killed goes on where it stopped. One file an embedding, in the index's folder; gone once the build is done.
 * @module
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedEmbedding } from '../embedding/index.ts';
import { sha256 } from './manifest.ts';

/** Bytes of a record before its vector: the start of the SHA-256 of its text. */
const KEY_BYTES = 16;
const PREFIX = 'fetched-';

/** Embeds texts, taking what was kept and keeping what was made. */
export interface KeepingEmbedder {
  /** How many of these texts need not be asked for. */
  known(texts: readonly string[]): number;
  embed(texts: readonly string[]): Promise<number[][]>;
  /** The index is in use: nothing kept is needed any more. */
  done(): void;
}

/** An embedder that keeps vectors in `indexDir` if its embedding is external (see `NamedEmbedding`). */
export function keepingEmbedder(indexDir: string, embedding: NamedEmbedding): KeepingEmbedder {
  const { embeddings, id, dimension, external } = embedding;
  if (!external) {
    return {
      known: () => 0,
      embed: (texts) => embeddings.embedDocuments([...texts]),
      done: () => removeKept(indexDir),
    };
  }
  const file = join(indexDir, `${PREFIX}${sha256(`${id}\n${dimension}`).slice(0, 16)}.vectors`);
  const kept = readKept(file, dimension);
  const keyOf = (text: string) => sha256(text).slice(0, 2 * KEY_BYTES);
  return {
    known: (texts) => texts.filter((text) => kept.has(keyOf(text))).length,
    async embed(texts) {
      const wanted = [...new Set(texts.filter((text) => !kept.has(keyOf(text))))];
      if (wanted.length > 0) {
        const made = await embeddings.embedDocuments(wanted);
        const records = wanted.map((text, i) => record(keyOf(text), made[i] as number[]));
        appendFileSync(file, Buffer.concat(records));
        wanted.forEach((text, i) => {
          kept.set(keyOf(text), made[i] as number[]);
        });
      }
      return texts.map((text) => kept.get(keyOf(text)) as number[]);
    },
    done: () => removeKept(indexDir),
  };
}

function record(key: string, vector: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from(key, 'hex'), Buffer.from(Float32Array.from(vector).buffer)]);
}

/** The whole records of a file; what a kill left of another is cut off. */
function readKept(file: string, dimension: number): Map<string, number[]> {
  const kept = new Map<string, number[]>();
  if (!existsSync(file)) return kept;
  const bytes = readFileSync(file);
  const size = KEY_BYTES + 4 * dimension;
  const whole = Math.floor(bytes.length / size);
  if (whole * size < bytes.length) truncateSync(file, whole * size);
  for (let n = 0; n < whole; n++) {
    const at = n * size;
    const vector = Array.from({ length: dimension }, (_x, i) => bytes.readFloatLE(at + KEY_BYTES + 4 * i));
    if (vector.every(Number.isFinite)) kept.set(bytes.toString('hex', at, at + KEY_BYTES), vector);
  }
  return kept;
}

/** Removes what was kept, of other embeddings too. */
function removeKept(indexDir: string): void {
  for (const name of readdirSync(indexDir))
    if (name.startsWith(PREFIX)) rmSync(join(indexDir, name), { force: true });
}
