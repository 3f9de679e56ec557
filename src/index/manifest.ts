/**
 * The manifest: what an index was built from and of, so that a stale, damaged or foreign one is recognised before
 * anything is served from it.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Raised whenever the files of an index change their meaning. */
export const INDEX_SCHEMA = 5;

const sourceSchema = z.object({
  file: z.string(),
  sha256: z.string(),
  /** Hash of the facts from plans.yaml that the plan was read with. */
  facts: z.string(),
  planId: z.string(),
  /** Hash of the plan's enrichment file; empty without one. */
  enrichment: z.string(),
  passages: z.number().int(),
});

const manifestSchema = z.object({
  schema: z.literal(INDEX_SCHEMA),
  readerVersion: z.number().int(),
  builtAt: z.string(),
  embedding: z.object({ id: z.string(), dimension: z.number().int() }),
  hnsw: z.object({ m: z.number().int(), efConstruction: z.number().int(), ef: z.number().int() }),
  glossary: z.string(),
  /** `vectors`: one for every passage and one for every enrichment question. */
  counts: z.object({ plans: z.number().int(), passages: z.number().int(), vectors: z.number().int() }),
  sources: z.array(sourceSchema),
  skipped: z.array(
    z.object({ file: z.string(), sha256: z.string(), facts: z.string(), message: z.string() }),
  ),
  files: z.array(z.object({ name: z.string(), bytes: z.number().int(), sha256: z.string() })),
});

/** An index's manifest. */
export type Manifest = z.infer<typeof manifestSchema>;
/** A document an index was built from. */
export type IndexedSource = z.infer<typeof sourceSchema>;

/** SHA-256 of bytes, in hexadecimal. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An index that must not be served; the message says what is wrong with it. */
export class IndexError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'IndexError';
  }
}

const CURRENT = 'CURRENT';

/** The directory of the index generation in use, if there is one. */
export function currentGeneration(indexDir: string): string | undefined {
  const pointer = join(indexDir, CURRENT);
  if (!existsSync(pointer)) return undefined;
  const name = readFileSync(pointer, 'utf8').trim();
  return /^gen-[\w-]+$/.test(name) ? join(indexDir, name) : undefined;
}

/** Path of the pointer file that names the generation in use. */
export function pointerPath(indexDir: string): string {
  return join(indexDir, CURRENT);
}

/** The files that hold a manifest and its hash: a manifest vouches for the other files, the hash for it. */
export const MANIFEST_FILE = 'manifest.json';
export const MANIFEST_HASH_FILE = 'manifest.sha256';

/**
 * Reads and checks the manifest of a generation.
 * @throws IndexError if it is missing, of another schema, or damaged
 */
export function readManifest(generation: string): Manifest {
  const path = join(generation, MANIFEST_FILE);
  if (!existsSync(path)) throw new IndexError('索引没有清单文件（没有建完，或不是本程序的索引）');
  const content = readFileSync(path);
  const damaged = () => new IndexError(`索引文件损坏：${MANIFEST_FILE}`);
  let raw: unknown;
  try {
    raw = JSON.parse(content.toString('utf8'));
  } catch {
    throw damaged();
  }
  const schema = (raw as { schema?: unknown } | null)?.schema;
  const hashPath = join(generation, MANIFEST_HASH_FILE);
  const intact = existsSync(hashPath) && readFileSync(hashPath, 'utf8').trim() === sha256(content);
  if (schema !== INDEX_SCHEMA && (intact || typeof schema === 'number')) {
    throw new IndexError(`索引版本不符（需要 ${INDEX_SCHEMA}，现有 ${String(schema)}）`);
  }
  const result = manifestSchema.safeParse(raw);
  if (!intact || !result.success) throw damaged();
  return result.data;
}
