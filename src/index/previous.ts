/**
 * The index in use, as far as a new build can take over its documents.
 * @module
 */
import { join } from 'node:path';
import type { NamedEmbedding } from '../embedding/index.ts';
import { READER_VERSION } from '../plan/read.ts';
import type { Plan } from '../plan/types.ts';
import type { Pieces } from './files.ts';
import { piecesOf, readHashed } from './files.ts';
import type { Manifest } from './manifest.ts';
import { currentGeneration, readManifest } from './manifest.ts';
import { openStore, STORE_FILES } from './store.ts';
import { VECTORS_FILE } from './vectors.ts';

/** What is taken over of a document. */
export interface Taken {
  readonly plan: Plan;
  /** One after the other: its passages', then its enrichment questions'. */
  readonly vectors: Float32Array;
  /** Hash of the enrichment file it had. */
  readonly enrichment: string;
}

/** Finds the documents of the index in use. */
export interface Previous {
  /** Undefined for a document that has changed in bytes or facts. */
  take(file: string, sha: string, facts: string): Taken | undefined;
}

/** The index in use; undefined if it is of another reader, embedding or glossary, or damaged. */
export async function openPrevious(
  indexDir: string,
  embedding: NamedEmbedding,
  glossary: string,
): Promise<Previous | undefined> {
  const generation = currentGeneration(indexDir);
  if (!generation) return undefined;
  try {
    const manifest = readManifest(generation);
    const { dimension, id } = manifest.embedding;
    if (
      manifest.readerVersion !== READER_VERSION ||
      id !== embedding.id ||
      dimension !== embedding.dimension ||
      manifest.glossary !== glossary
    )
      return undefined;
    const files = await readIntact(generation, manifest, [...STORE_FILES, VECTORS_FILE]);
    const store = openStore(files as Parameters<typeof openStore>[0]);
    const raw = (files[VECTORS_FILE] as Pieces).read(0, (files[VECTORS_FILE] as Pieces).length);
    const vectors = new Float32Array(raw.buffer as ArrayBuffer, raw.byteOffset, raw.length / 4);
    const numbers = new Map(manifest.sources.map((s, n) => [s.file, n]));
    return {
      take(file, sha, facts) {
        const n = numbers.get(file);
        const source = n === undefined ? undefined : manifest.sources[n];
        if (n === undefined || source?.sha256 !== sha || source.facts !== facts) return undefined;
        const plan = store.plans[n] as Plan;
        const { first, count } = (store.entries[n] as (typeof store.entries)[number]).vectors;
        return {
          plan: { ...plan },
          vectors: vectors.subarray(first * dimension, (first + count) * dimension),
          enrichment: source.enrichment,
        };
      },
    };
  } catch {
    return undefined;
  }
}

/** The bytes of some files of an index. @throws Error if one is not as the manifest names it */
async function readIntact(
  generation: string,
  manifest: Manifest,
  names: readonly string[],
): Promise<Record<string, Pieces>> {
  const files: Record<string, Pieces> = {};
  for (const name of names) {
    const { bytes, sha256 } = await readHashed(join(generation, name));
    if (manifest.files.find((f) => f.name === name)?.sha256 !== sha256) throw new Error(`${name} is damaged`);
    files[name] = piecesOf(bytes);
  }
  return files;
}
