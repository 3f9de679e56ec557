/**
 * Opening the index: checked against its manifest and against the corpus before anything is served from it.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedEmbedding } from '../embedding/index.ts';
import type { Dictionary } from '../language/dictionary.ts';
import { Glossary } from '../language/glossary.ts';
import { loadSegmenter } from '../language/segment.ts';
import { readCatalog } from '../plan/catalog.ts';
import { READER_VERSION } from '../plan/read.ts';
import type { Passage, Plan } from '../plan/types.ts';
import { breather } from './breathe.ts';
import { glossaryHashOf } from './build.ts';
import type { Enrichment } from './enrichment.ts';
import { enrichmentFileHash } from './enrichment.ts';
import type { Pieces } from './files.ts';
import { hashFile, piecesOf, piecesOfFile, readHashed } from './files.ts';
import { lazyList } from './lazy.ts';
import { LexicalIndex } from './lexical.ts';
import type { Manifest } from './manifest.ts';
import { currentGeneration, IndexError, readManifest, sha256 } from './manifest.ts';
import type { PlanEntry } from './store.ts';
import { openStore } from './store.ts';
import type { GuardedHNSWLib, PlanVectors } from './vectors.ts';
import { GRAPH_FILE, loadVectors, OWNERS_FILE, ownerAt, VECTORS_FILE } from './vectors.ts';
import type { PlanWords } from './words.ts';
import { readPlanWords } from './words.ts';

/** An index ready to be searched. Document number i of both indexes is `passages[i]`. */
export interface OpenIndex {
  readonly manifest: Manifest;
  /** The plans' facts and sizes; `plans` has the same order, and decodes a plan when it is asked for. */
  readonly entries: readonly PlanEntry[];
  readonly plans: readonly Plan[];
  readonly passages: readonly Passage[];
  /** For every document number the number of its plan in `plans`. */
  readonly planOf: Uint32Array;
  readonly lexical: LexicalIndex;
  /** Undefined for an index of some plans only, or one that others search: its vectors are searched plan by plan. */
  readonly vectors: GuardedHNSWLib | undefined;
  /** The same vectors plan by plan, for a search within a scope. */
  readonly planVectors: readonly PlanVectors[];
  /** For every document number its search aids; null without. */
  readonly enrichment: readonly (Enrichment | null)[];
  /** The words of the passages, plan by plan. */
  readonly words: PlanWords;
  readonly glossary: Glossary;
  readonly embedding: NamedEmbedding;
}

/** An index with all its plans, as it is on disk. */
export interface WholeIndex extends OpenIndex {
  readonly vectors: GuardedHNSWLib;
}

/**
 * Why the index in use is not one of this corpus, or undefined if it is.
 * Compares reader, embedding, glossary and every document's hash.
 */
export async function staleness(
  manifest: Manifest,
  corpusDir: string,
  embedding: NamedEmbedding,
): Promise<string | undefined> {
  const breathe = breather();
  const foreign = foreignness(manifest, corpusDir, embedding);
  if (foreign) return foreign;
  const known = new Map(manifest.sources.map((s) => [s.file, s]));
  const skipped = new Map(manifest.skipped.map((s) => [s.file, s]));
  const catalog = readCatalog(corpusDir);
  for (const entry of catalog) {
    await breathe();
    const hash = sha256(readFileSync(entry.path));
    const source = known.get(entry.file);
    const seen = source ?? skipped.get(entry.file);
    if (seen?.sha256 !== hash || seen.facts !== sha256(JSON.stringify(entry.facts)))
      return `文件有变化：${entry.file}`;
    if (source && source.enrichment !== enrichmentFileHash(corpusDir, source.planId))
      return `检索辅助有变化：${source.planId}.enrichment.jsonl`;
  }
  const there = new Set(catalog.map((e) => e.file));
  const gone = [...known.keys(), ...skipped.keys()].find((file) => !there.has(file));
  return gone ? `文件已移走：${gone}` : undefined;
}

/**
 * Why an index cannot be served with this program, embedding and glossary; undefined if it can.
 * @param corpusDir the folder that holds the glossary, if there is one
 */
export function foreignness(
  manifest: Manifest,
  corpusDir: string,
  embedding: NamedEmbedding,
): string | undefined {
  if (manifest.readerVersion !== READER_VERSION) return '读取程序已更新';
  if (manifest.embedding.id !== embedding.id || manifest.embedding.dimension !== embedding.dimension)
    return '向量模型已更换';
  return manifest.glossary === glossaryHashOf(corpusDir) ? undefined : '术语表已更改';
}

/** The embedding that the index in use was built with, if there is one that can be read. */
export function rememberedEmbedding(indexDir: string): Manifest['embedding'] | undefined {
  const generation = currentGeneration(indexDir);
  try {
    return generation === undefined ? undefined : readManifest(generation).embedding;
  } catch {
    return undefined;
  }
}

/**
 * Opens the index in use.
 * @throws IndexError if there is none, or it is stale, damaged, half written or foreign
 */
export async function openIndex(
  indexDir: string,
  corpusDir: string,
  embedding: NamedEmbedding,
): Promise<WholeIndex> {
  const generation = currentGeneration(indexDir);
  if (!generation) throw new IndexError('还没有索引');
  const manifest = readManifest(generation);
  const stale = await staleness(manifest, corpusDir, embedding);
  if (stale) throw new IndexError(stale);
  const { index, owners } = await openGeneration(generation, manifest, embedding);
  const { dimension, embeddings } = embedding;
  const vectors = await loadVectors(join(generation, GRAPH_FILE), owners, dimension, embeddings);
  return { ...index, vectors };
}

/**
 * Opens a generation that came from elsewhere, without its graph of vectors, which others search. There need not be a
 * corpus: the folder itself holds the glossary.
 * @throws IndexError if it is damaged or foreign
 */
export async function openCopy(generation: string, embedding: NamedEmbedding): Promise<OpenIndex> {
  const manifest = readManifest(generation);
  const foreign = foreignness(manifest, generation, embedding);
  if (foreign) throw new IndexError(foreign);
  const { index } = await openGeneration(generation, manifest, embedding, new Set([GRAPH_FILE]));
  return { ...index, vectors: undefined };
}

/** Opens all but the graph. @param without files that need not be there */
async function openGeneration(
  generation: string,
  manifest: Manifest,
  embedding: NamedEmbedding,
  without: ReadonlySet<string> = new Set(),
): Promise<{ readonly index: Omit<OpenIndex, 'vectors'>; readonly owners: Uint32Array }> {
  const files = await readVerified(generation, manifest, without);
  const pieces = (name: string): Pieces => {
    const found = files.get(name);
    if (!found) throw new IndexError(`索引文件缺失：${name}`);
    return found;
  };
  const read = (name: string): Buffer => pieces(name).read(0, pieces(name).length);
  const parsed = (name: string) => JSON.parse(read(name).toString('utf8'));
  // While another index is opened the one in use answers.
  const breathe = breather();
  const dictionary: Dictionary = new Map(parsed('english.json'));
  await breathe();
  const glossary = new Glossary(parsed('glossary.json'), dictionary);
  await breathe();
  loadSegmenter(glossary.segmenterWords());
  await breathe();
  const store = openStore({
    'contents.json': pieces('contents.json'),
    'text.bin': pieces('text.bin'),
    'bodies.bin': pieces('bodies.bin'),
    'passages.bin': pieces('passages.bin'),
    'passages.offsets': pieces('passages.offsets'),
  });
  const { entries, plans, passages, enrichment, planOf } = store;
  await breathe();
  const lexical = new LexicalIndex(read('lexical.bin'));
  const owners = new Uint32Array(arrayBuffer(read(OWNERS_FILE)));
  const values = pieces(VECTORS_FILE);
  const { dimension } = embedding;
  const { counts } = manifest;
  if (
    lexical.size !== passages.length ||
    owners.length !== 2 * counts.vectors ||
    passages.length !== counts.passages
  ) {
    throw new IndexError('索引各部分的段落数不一致');
  }
  const width = 4 * dimension;
  if (values.length !== counts.vectors * width) throw new IndexError('索引的向量维数不符');
  const planVectors = lazyList(
    entries.length,
    (n): PlanVectors => {
      const { first, count } = (entries[n] as PlanEntry).vectors;
      return {
        values: floats32(values.read(first * width, (first + count) * width)),
        owners: Array.from({ length: count }, (_x, i) => ownerAt(owners, first + i)),
      };
    },
    PLANS_KEPT,
  );
  const index = {
    manifest,
    entries,
    plans,
    passages,
    planOf,
    lexical,
    planVectors,
    enrichment,
    words: readPlanWords(read('words.bin')),
    glossary,
    embedding,
  };
  return { index, owners };
}

/** Plans whose vectors' owners are kept once listed. */
const PLANS_KEPT = 64;

/** Files that stay on the disk when they are large, and are read plan by plan. */
const LEFT_ON_DISK = new Set<string>([VECTORS_FILE, 'bodies.bin']);
/** What is large: 32 MB. */
const LARGE = 1 << 25;

/**
 * The bytes of the index's files, each checked against the manifest; other work goes on meanwhile.
 * @throws IndexError naming the first file that is missing or damaged
 */
async function readVerified(
  generation: string,
  manifest: Manifest,
  without: ReadonlySet<string>,
): Promise<Map<string, Pieces>> {
  const files = new Map<string, Pieces>();
  for (const { name, bytes, sha256: hash } of manifest.files) {
    if (without.has(name)) continue;
    const path = join(generation, name);
    if (!existsSync(path)) throw new IndexError(`索引文件缺失：${name}`);
    const damaged = () => new IndexError(`索引文件损坏：${name}`);
    // hnswlib reads its file by itself.
    if (name === GRAPH_FILE || (LEFT_ON_DISK.has(name) && bytes > LARGE)) {
      const found = await hashFile(path);
      if (found.bytes !== bytes || found.sha256 !== hash) throw damaged();
      if (name !== GRAPH_FILE) files.set(name, piecesOfFile(path, bytes));
    } else {
      const found = await readHashed(path);
      if (found.bytes.length !== bytes || found.sha256 !== hash) throw damaged();
      files.set(name, piecesOf(found.bytes));
    }
  }
  return files;
}

/** The buffer that a file was read into, which holds nothing else. */
const arrayBuffer = (bytes: Buffer) => bytes.buffer as ArrayBuffer;
/** Bytes as the numbers they hold. */
const floats32 = (bytes: Buffer) =>
  new Float32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 4);
