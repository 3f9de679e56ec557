/**
 * Opening the index: checked against its manifest and against the corpus before anything is served from it.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { HNSWLib } from '@langchain/community/vectorstores/hnswlib';
import type { NamedEmbedding } from '../embedding/index.ts';
import type { Dictionary } from '../language/dictionary.ts';
import { Glossary } from '../language/glossary.ts';
import { loadSegmenter } from '../language/segment.ts';
import { readCatalog } from '../plan/catalog.ts';
import { READER_VERSION } from '../plan/read.ts';
import type { Passage, Plan } from '../plan/types.ts';
import { corpusGlossary, vectorOwners } from './build.ts';
import type { Enrichment } from './enrichment.ts';
import { enrichmentFileHash } from './enrichment.ts';
import { LexicalIndex } from './lexical.ts';
import type { Manifest } from './manifest.ts';
import { currentGeneration, IndexError, readManifest, sha256, verifyFiles } from './manifest.ts';
import { restorePlan } from './plans.ts';
import type { PlanVectors } from './vectors.ts';
import { loadVectors } from './vectors.ts';

/** An index ready to be searched. Document number i of both indexes is `passages[i]`. */
export interface OpenIndex {
  readonly manifest: Manifest;
  readonly plans: readonly Plan[];
  readonly passages: readonly Passage[];
  /** For every document number the number of its plan in `plans`. */
  readonly planOf: Uint16Array;
  readonly lexical: LexicalIndex;
  /** Undefined for an index of some plans only: its vectors are searched plan by plan. */
  readonly vectors: HNSWLib | undefined;
  /** The same vectors plan by plan, for a search within a scope. */
  readonly planVectors: readonly PlanVectors[];
  /** For every document number its search aids; null without. */
  readonly enrichment: readonly (Enrichment | null)[];
  readonly glossary: Glossary;
  readonly embedding: NamedEmbedding;
}

/** An index with all its plans, as it is on disk. */
export interface WholeIndex extends OpenIndex {
  readonly vectors: HNSWLib;
}

/**
 * Why the index in use is not one of this corpus, or undefined if it is.
 * Compares reader, embedding, glossary and every document's hash.
 */
export function staleness(
  manifest: Manifest,
  corpusDir: string,
  embedding: NamedEmbedding,
): string | undefined {
  const foreign = foreignness(manifest, corpusDir, embedding);
  if (foreign) return foreign;
  const known = new Map(manifest.sources.map((s) => [s.file, s]));
  const skipped = new Map(manifest.skipped.map((s) => [s.file, s]));
  const catalog = readCatalog(corpusDir);
  for (const entry of catalog) {
    const hash = sha256(readFileSync(entry.path));
    const source = known.get(entry.file);
    const seen = source ?? skipped.get(entry.file);
    if (seen?.sha256 !== hash || seen.facts !== sha256(JSON.stringify(entry.facts)))
      return `文件有变化：${entry.file}`;
    if (source && source.enrichment !== enrichmentFileHash(corpusDir, source.planId))
      return `检索辅助有变化：${source.planId}.enrichment.jsonl`;
  }
  const gone = [...known.keys(), ...skipped.keys()].find((file) => !catalog.some((e) => e.file === file));
  return gone ? `文件已移走：${gone}` : undefined;
}

/** Why an index cannot be served with this program, embedding and glossary; undefined if it can. */
function foreignness(manifest: Manifest, corpusDir: string, embedding: NamedEmbedding): string | undefined {
  if (manifest.readerVersion !== READER_VERSION) return '读取程序已更新';
  if (manifest.embedding.id !== embedding.id || manifest.embedding.dimension !== embedding.dimension)
    return '向量模型已更换';
  return manifest.glossary === corpusGlossary(corpusDir).hash ? undefined : '术语表已更改';
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
 * @param options.fetched it came from elsewhere, and there need not be a corpus: of `corpusDir` only the glossary is read
 * @throws IndexError if there is none, or it is stale, damaged, half written or foreign
 */
export async function openIndex(
  indexDir: string,
  corpusDir: string,
  embedding: NamedEmbedding,
  { fetched = false } = {},
): Promise<WholeIndex> {
  const generation = currentGeneration(indexDir);
  if (!generation) throw new IndexError('还没有索引');
  const manifest = readManifest(generation);
  const stale = fetched
    ? foreignness(manifest, corpusDir, embedding)
    : staleness(manifest, corpusDir, embedding);
  if (stale) throw new IndexError(stale);
  await verifyFiles(generation, manifest);
  const read = (name: string) => readFileSync(join(generation, name));
  const dictionary: Dictionary = new Map(JSON.parse(read('english.json').toString('utf8')));
  const glossary = corpusGlossary(corpusDir, dictionary).glossary ?? new Glossary([], dictionary);
  loadSegmenter(glossary.segmenterWords());
  const plans: Plan[] = [];
  for (const n of manifest.sources.keys()) {
    // While another index is opened the one in use answers.
    await breathe();
    plans.push(restorePlan(read(`plans/${n}.json`).toString('utf8')));
  }
  await breathe();
  const passages = plans.flatMap((plan) => plan.passages);
  const lexical = new LexicalIndex(read('lexical.bin'));
  await breathe();
  const vectors = await loadVectors(join(generation, 'vectors'), embedding.embeddings);
  const { counts } = manifest;
  if (
    lexical.size !== passages.length ||
    vectors.index.getCurrentCount() !== counts.vectors ||
    passages.length !== counts.passages
  ) {
    throw new IndexError('索引各部分的段落数不一致');
  }
  if (vectors.index.getNumDimensions() !== embedding.dimension) throw new IndexError('索引的向量维数不符');
  const planOf = Uint16Array.from(plans.flatMap((plan, n) => plan.passages.map(() => n)));
  const enrichment: (Enrichment | null)[] = [];
  const planVectors: PlanVectors[] = [];
  for (const [n, plan] of plans.entries()) {
    await breathe();
    const own = JSON.parse(read(`plans/${n}.enrichment.json`).toString('utf8')) as (Enrichment | null)[];
    const first = enrichment.length;
    enrichment.push(...own);
    const raw = read(`plans/${n}.vectors`);
    const values = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
    planVectors.push({ values, owners: vectorOwners(plan, own, first) });
  }
  return {
    manifest,
    plans,
    passages,
    planOf,
    lexical,
    vectors,
    planVectors,
    enrichment,
    glossary,
    embedding,
  };
}
