/**
 * Building the index: beside the one in use, swapped in by renaming a pointer, so that a build that dies leaves the
 * old index working. Documents whose bytes, facts and reader are unchanged are taken over from it.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { NamedEmbedding } from '../embedding/index.ts';
import type { Dictionary } from '../language/dictionary.ts';
import { dictionaryFor } from '../language/dictionary.ts';
import type { Glossary } from '../language/glossary.ts';
import { readGlossary } from '../language/glossary.ts';
import { loadSegmenter, terms } from '../language/segment.ts';
import type { CatalogEntry } from '../plan/catalog.ts';
import { CorpusError, readCatalog } from '../plan/catalog.ts';
import { READER_VERSION, readPlan } from '../plan/read.ts';
import type { Passage, Plan } from '../plan/types.ts';
import { breather } from './breathe.ts';
import type { Enrichment } from './enrichment.ts';
import { EnrichmentError, enrichmentFileHash, readEnrichment } from './enrichment.ts';
import { growingFile, hashFile, synchronise, writeDurably } from './files.ts';
import type { GraphBuilder } from './graph.ts';
import { graphBuilder } from './graph.ts';
import { keepingEmbedder } from './kept.ts';
import { LexicalBuilder } from './lexical.ts';
import type { IndexedSource, Manifest } from './manifest.ts';
import {
  currentGeneration,
  INDEX_SCHEMA,
  MANIFEST_FILE,
  MANIFEST_HASH_FILE,
  pointerPath,
  sha256,
} from './manifest.ts';
import type { Previous } from './previous.ts';
import { openPrevious } from './previous.ts';
import { storeWriter } from './store.ts';
import type { VectorOwner } from './vectors.ts';
import { GRAPH_FILE, HNSW, OWNERS_FILE, VECTORS_FILE } from './vectors.ts';
import { countWords, PlanWordsBuilder } from './words.ts';

/** How far a build has come. */
export interface IngestProgress {
  readonly phase: 'read' | 'embed' | 'index' | 'write';
  readonly documentsDone: number;
  readonly documents: number;
  readonly passagesDone: number;
  readonly passages: number;
  readonly file?: string;
  /** Reckoned from the pace so far. */
  readonly secondsLeft?: number;
}

/** What a build did. */
export interface IngestReport {
  readonly documents: number;
  /** Documents taken over unchanged from the index before. */
  readonly reused: number;
  readonly passages: number;
  readonly seconds: number;
  /** Documents that could not be read, with the reason. */
  readonly skipped: readonly { readonly file: string; readonly message: string }[];
  readonly indexDir: string;
}

/** What a build works on. */
export interface IngestOptions {
  readonly corpusDir: string;
  readonly indexDir: string;
  readonly embedding: NamedEmbedding;
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly log?: (line: string) => void;
  /** Read every document anew. */
  readonly force?: boolean;
}

/** Field weights of the lexical index; the body counts 1. Measured on the development half of the suite. */
const WEIGHT = { path: 0.6, context: 0.7, title: 0.1, questions: 0.5, synonyms: 0.5, english: 0.6 } as const;

/** Builds of this process so far: two within a millisecond need two names. */
let builds = 0;

/** Passages embedded at a time. */
const BATCH = 256;

/** The text a passage is embedded by: the plan's title and where it stands, then what it says. */
export function embeddingText(passage: Passage, title: string): string {
  return [title, ...passage.path, passage.context, passage.text].join('\n');
}

/** The glossary of a corpus and the hash the manifest keeps of it. */
export function corpusGlossary(
  corpusDir: string,
  dictionary?: Dictionary,
): { glossary: Glossary | undefined; hash: string } {
  const hash = glossaryHashOf(corpusDir);
  return { glossary: hash === '' ? undefined : readGlossary(glossaryFile(corpusDir), dictionary), hash };
}

const glossaryFile = (corpusDir: string) => join(corpusDir, 'glossary.yaml');

/** The hash that the manifest keeps of a corpus's glossary; empty without one. */
export function glossaryHashOf(corpusDir: string): string {
  const file = glossaryFile(corpusDir);
  return existsSync(file) ? sha256(readFileSync(file)) : '';
}

/**
 * Builds the index of a corpus and puts it in use.
 * @throws CorpusError if the corpus is missing, empty, or holds no readable document
 * @throws EnrichmentError if an enrichment file cannot be used
 * @throws EndpointError if the embedding's endpoint keeps failing; vectors made so far serve the next build
 */
export async function buildIndex(options: IngestOptions): Promise<IngestReport> {
  const { corpusDir, indexDir, embedding, onProgress, log } = options;
  const began = Date.now();
  const catalog = readCatalog(corpusDir);
  const { glossary, hash: glossaryHash } = corpusGlossary(corpusDir);
  loadSegmenter(glossary?.segmenterWords());
  mkdirSync(indexDir, { recursive: true });
  removeLeftovers(indexDir);
  const previous = options.force ? undefined : await openPrevious(indexDir, embedding, glossaryHash);
  const name = `gen-${Date.now().toString(36)}${(builds++).toString(36)}-${process.pid}`;
  underWay.add(name);
  const target = join(indexDir, `building-${name}`);
  mkdirSync(target, { recursive: true });
  const files: Manifest['files'] = [];
  const write = (file: string, content: Uint8Array | string) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    writeDurably(join(target, file), bytes);
    files.push({ name: file, bytes: bytes.length, sha256: sha256(bytes) });
  };
  const breathe = breather();
  let graph: GraphBuilder | undefined;
  try {
    const { plans, sources, skipped, reused } = await readAll(
      catalog,
      corpusDir,
      { previous, dimension: embedding.dimension },
      async (done, file) => {
        await breathe();
        onProgress?.({
          phase: 'read',
          documentsDone: done,
          documents: catalog.length,
          passagesDone: 0,
          passages: 0,
          ...(file ? { file } : {}),
        });
      },
    );
    for (const { file, message } of skipped) log?.(`跳过 ${file}：${message}`);
    if (plans.length === 0) {
      throw new CorpusError(
        'corpus_empty',
        `规划目录 ${corpusDir} 里没有一份能读的文件：${skipped[0]?.message ?? ''}`,
      );
    }
    const total = plans.reduce((sum, p) => sum + p.texts.length, 0);
    const lexical = new LexicalBuilder();
    const words = new PlanWordsBuilder();
    const embedder = keepingEmbedder(indexDir, embedding);
    const batchSize = embedding.batch ?? BATCH;
    const { dimension } = embedding;
    const store = storeWriter(target);
    const vectorFile = growingFile(join(target, VECTORS_FILE));
    const owners: number[] = [];
    graph = graphBuilder({ dimension, count: total, file: join(target, GRAPH_FILE) });
    let docs = 0;
    let vectors = 0;
    let embedded = 0;
    const embedBegan = Date.now();
    for (const [n, { plan, enrichment, texts, vectors: old }] of plans.entries()) {
      const { passages } = plan;
      const used = new Map<string, number>();
      for (const [i, passage] of passages.entries()) {
        lexical.add(lexicalFields(plan, passage, enrichment[i] ?? null));
        countWords(used, passage);
        await breathe();
      }
      words.add(used);
      const own = new Float32Array(texts.length * dimension);
      if (old) own.set(old);
      for (let i = (old?.length ?? 0) / dimension; i < texts.length; i += batchSize) {
        const batch = texts.slice(i, i + batchSize);
        embedded += batch.length - embedder.known(batch);
        for (const [b, vector] of (await embedder.embed(batch)).entries())
          own.set(vector, (i + b) * dimension);
        const done = vectors + i + batch.length;
        onProgress?.({
          phase: 'embed',
          documentsDone: n,
          documents: plans.length,
          passagesDone: done,
          passages: total,
          file: plan.facts.file,
          // Vectors kept from a build that broke off say nothing of the pace.
          ...(embedded > 0 && {
            secondsLeft: Math.round((((Date.now() - embedBegan) / embedded) * (total - done)) / 1000),
          }),
        });
        await breathe();
      }
      vectorFile.append(new Uint8Array(own.buffer));
      await graph.add(own);
      for (const { doc, nth } of vectorOwners(plan, enrichment, docs)) owners.push(doc, nth);
      store.add(plan, enrichment, texts.length);
      docs += passages.length;
      vectors += texts.length;
      onProgress?.({
        phase: 'index',
        documentsDone: n + 1,
        documents: plans.length,
        passagesDone: vectors,
        passages: total,
      });
      await breathe();
    }
    files.push(...store.finish(), { name: VECTORS_FILE, ...vectorFile.finish() });
    write(OWNERS_FILE, new Uint8Array(Uint32Array.from(owners).buffer));
    write('words.bin', words.file());
    // As it was read: reading YAML would hold up a server that opens the index.
    write('glossary.json', JSON.stringify(glossary?.entries ?? []));
    write('english.json', JSON.stringify([...dictionaryFor((word) => lexical.count(word))]));
    const lexicalFile = growingFile(join(target, 'lexical.bin'));
    const pieces = lexical.pieces();
    for (let step = pieces.next(); ; step = pieces.next()) {
      if (step.done) {
        for (const part of step.value) lexicalFile.append(part);
        break;
      }
      await breathe();
    }
    files.push({ name: 'lexical.bin', ...lexicalFile.finish() });
    await graph.finish();
    synchronise(join(target, GRAPH_FILE));
    files.push({ name: GRAPH_FILE, ...(await hashFile(join(target, GRAPH_FILE))) });
    const manifest: Manifest = {
      schema: INDEX_SCHEMA,
      readerVersion: READER_VERSION,
      builtAt: new Date().toISOString(),
      embedding: { id: embedding.id, dimension: embedding.dimension },
      hnsw: { ...HNSW },
      glossary: glossaryHash,
      counts: { plans: plans.length, passages: docs, vectors },
      sources,
      skipped,
      files,
    };
    const manifestBytes = Buffer.from(JSON.stringify(manifest, null, 1), 'utf8');
    writeDurably(join(target, MANIFEST_FILE), manifestBytes);
    writeDurably(join(target, MANIFEST_HASH_FILE), Buffer.from(`${sha256(manifestBytes)}\n`, 'utf8'));
    onProgress?.({
      phase: 'write',
      documentsDone: plans.length,
      documents: plans.length,
      passagesDone: total,
      passages: total,
    });
    putInUse(indexDir, target, name);
    embedder.done();
    return {
      documents: plans.length,
      reused,
      passages: docs,
      seconds: (Date.now() - began) / 1000,
      skipped: skipped.map(({ file, message }) => ({ file, message })),
      indexDir,
    };
  } catch (error) {
    await graph?.stop();
    rmSync(target, { recursive: true, force: true });
    throw error;
  } finally {
    underWay.delete(name);
  }
}

function lexicalFields(plan: Plan, passage: Passage, enrichment: Enrichment | null) {
  return [
    { terms: terms(passage.text), weight: 1 },
    { terms: terms(passage.path.join('\n')), weight: WEIGHT.path },
    { terms: terms(passage.context), weight: WEIGHT.context },
    { terms: terms([plan.facts.title, ...plan.facts.regions].join('\n')), weight: WEIGHT.title },
    { terms: terms(enrichment?.questions.join('\n') ?? ''), weight: WEIGHT.questions },
    { terms: terms(enrichment?.synonyms.join('\n') ?? ''), weight: WEIGHT.synonyms },
    { terms: terms(enrichment?.english.join('\n') ?? ''), weight: WEIGHT.english },
  ];
}

/** What is embedded of a plan: its passages, then every enrichment question. */
function textsToEmbed(plan: Plan, enrichment: readonly (Enrichment | null)[]): string[] {
  const { title } = plan.facts;
  return [
    ...plan.passages.map((p) => embeddingText(p, title)),
    ...enrichment.flatMap((e) => e?.questions ?? []),
  ];
}

/** What every embedded text of a plan stands for; `first` is the number of its first document. */
export function vectorOwners(
  plan: Plan,
  enrichment: readonly (Enrichment | null)[],
  first: number,
): VectorOwner[] {
  return [
    ...plan.passages.map((_p, i) => ({ doc: first + i, nth: 0 })),
    ...enrichment.flatMap((e, i) => (e?.questions ?? []).map((_q, n) => ({ doc: first + i, nth: n + 1 }))),
  ];
}

interface ReadPlanWithVectors {
  readonly plan: Plan;
  readonly enrichment: readonly (Enrichment | null)[];
  readonly texts: readonly string[];
  /** Its vectors, if they were taken over. */
  readonly vectors?: Float32Array;
}

async function readAll(
  catalog: readonly CatalogEntry[],
  corpusDir: string,
  { previous, dimension }: { readonly previous: Previous | undefined; readonly dimension: number },
  onDocument: (done: number, file?: string) => Promise<void>,
): Promise<{
  plans: ReadPlanWithVectors[];
  sources: IndexedSource[];
  skipped: Manifest['skipped'];
  reused: number;
}> {
  const plans: ReadPlanWithVectors[] = [];
  const sources: IndexedSource[] = [];
  const skipped: Manifest['skipped'] = [];
  const ids = new Set<string>();
  let reused = 0;
  for (const [n, entry] of catalog.entries()) {
    await onDocument(n, entry.file);
    const bytes = readFileSync(entry.path);
    const hash = sha256(bytes);
    const facts = sha256(JSON.stringify(entry.facts));
    try {
      const old = previous?.take(entry.file, hash, facts);
      const plan = old?.plan ?? (await readPlan(bytes, entry.file, entry.facts));
      if (ids.has(plan.facts.id))
        throw new Error(`编号 ${plan.facts.id} 与另一份文件相同，请在 plans.yaml 里另给一个 id。`);
      ids.add(plan.facts.id);
      if (old) reused++;
      const enrichment = readEnrichment(corpusDir, plan);
      const enrichmentHash = enrichmentFileHash(corpusDir, plan.facts.id);
      const texts = textsToEmbed(plan, enrichment);
      // Passages keep their vectors when only the enrichment has changed.
      const vectors =
        old &&
        (old.enrichment === enrichmentHash
          ? old.vectors
          : old.vectors.subarray(0, plan.passages.length * dimension));
      plans.push({ plan, enrichment, texts, ...(vectors ? { vectors } : {}) });
      sources.push({
        file: entry.file,
        sha256: hash,
        facts,
        planId: plan.facts.id,
        enrichment: enrichmentHash,
        passages: plan.passages.length,
      });
    } catch (error) {
      if (error instanceof EnrichmentError) throw error;
      skipped.push({ file: entry.file, sha256: hash, facts, message: (error as Error).message });
    }
  }
  await onDocument(catalog.length);
  return { plans, sources, skipped, reused };
}

function putInUse(indexDir: string, target: string, name: string): void {
  const before = currentGeneration(indexDir);
  renameSync(target, join(indexDir, name));
  const pointer = pointerPath(indexDir);
  writeDurably(`${pointer}.new`, Buffer.from(`${name}\n`, 'utf8'));
  renameSync(`${pointer}.new`, pointer);
  if (before && basename(before) !== name) rmSync(before, { recursive: true, force: true });
}

/** Names of the builds under way in this process. */
const underWay = new Set<string>();

/** Removes what builds that died have left behind; one under way, here or in another process, is left alone. */
function removeLeftovers(indexDir: string): void {
  const current = currentGeneration(indexDir);
  for (const entry of readdirSync(indexDir, { withFileTypes: true })) {
    const path = join(indexDir, entry.name);
    const [, name, pid] = /^(?:building-)?(gen-\w+-(\d+))$/.exec(entry.name) ?? [];
    if (!name || !entry.isDirectory() || path === current) continue;
    // A process of a container may have the number that the one that died had.
    const dead = Number(pid) === process.pid ? !underWay.has(name) : !isRunning(Number(pid));
    const old = Date.now() - statSync(path).mtimeMs > 3_600_000;
    if (dead || (old && !underWay.has(name))) rmSync(path, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
