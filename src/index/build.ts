/**
 * Building the index: beside the one in use, swapped in by renaming a pointer, so that a build that dies leaves the
 * old index working. Documents whose bytes, facts and reader are unchanged are taken over from it.
 * @module
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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
import type { Enrichment } from './enrichment.ts';
import { EnrichmentError, enrichmentFileHash, readEnrichment } from './enrichment.ts';
import { keepingEmbedder } from './kept.ts';
import { LexicalBuilder } from './lexical.ts';
import type { IndexedSource, Manifest } from './manifest.ts';
import {
  currentGeneration,
  INDEX_SCHEMA,
  MANIFEST_FILE,
  MANIFEST_HASH_FILE,
  pointerPath,
  readManifest,
  sha256,
} from './manifest.ts';
import { restorePlan, serialisePlan } from './plans.ts';
import type { VectorOwner } from './vectors.ts';
import { buildVectors, HNSW } from './vectors.ts';

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
  const file = join(corpusDir, 'glossary.yaml');
  if (!existsSync(file)) return { glossary: undefined, hash: '' };
  return { glossary: readGlossary(file, dictionary), hash: sha256(readFileSync(file)) };
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
  const previous = options.force ? undefined : openPrevious(indexDir, embedding, glossaryHash);
  const name = `gen-${Date.now().toString(36)}${(builds++).toString(36)}-${process.pid}`;
  underWay.add(name);
  const target = join(indexDir, `building-${name}`);
  mkdirSync(join(target, 'plans'), { recursive: true });
  const files: Manifest['files'] = [];
  const write = (file: string, content: Uint8Array | string) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    writeDurably(join(target, file), bytes);
    files.push({ name: file, bytes: bytes.length, sha256: sha256(bytes) });
  };
  try {
    const { plans, sources, skipped, reused } = await readAll(catalog, corpusDir, previous, (done, file) =>
      onProgress?.({
        phase: 'read',
        documentsDone: done,
        documents: catalog.length,
        passagesDone: 0,
        passages: 0,
        ...(file ? { file } : {}),
      }),
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
    const embedder = keepingEmbedder(indexDir, embedding);
    const batchSize = embedding.batch ?? BATCH;
    const vectors: number[][] = [];
    const owners: VectorOwner[] = [];
    let docs = 0;
    let embedded = 0;
    const embedBegan = Date.now();
    for (const [n, { plan, enrichment, texts, vectors: old }] of plans.entries()) {
      plan.passages.forEach((passage, i) => {
        lexical.add(lexicalFields(plan, passage, enrichment[i] ?? null));
      });
      const own = old ?? [];
      for (let i = own.length; i < texts.length; i += batchSize) {
        const batch = texts.slice(i, i + batchSize);
        embedded += batch.length - embedder.known(batch);
        own.push(...(await embedder.embed(batch)));
        const done = vectors.length + own.length;
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
      }
      vectors.push(...own);
      owners.push(...vectorOwners(plan, enrichment, docs));
      docs += plan.passages.length;
      write(`plans/${n}.json`, serialisePlan(plan));
      write(`plans/${n}.enrichment.json`, JSON.stringify(enrichment));
      write(`plans/${n}.vectors`, Buffer.from(Float32Array.from(own.flat()).buffer));
      onProgress?.({
        phase: 'index',
        documentsDone: n + 1,
        documents: plans.length,
        passagesDone: vectors.length,
        passages: total,
      });
    }
    write('english.json', JSON.stringify([...dictionaryFor((word) => lexical.count(word))]));
    write('lexical.bin', lexical.build());
    const store = await buildVectors(vectors, owners, embedding.dimension, embedding.embeddings);
    await store.save(join(target, 'vectors'));
    for (const file of readdirSync(join(target, 'vectors'))) {
      const bytes = readFileSync(join(target, 'vectors', file));
      files.push({ name: `vectors/${file}`, bytes: bytes.length, sha256: sha256(bytes) });
    }
    const manifest: Manifest = {
      schema: INDEX_SCHEMA,
      readerVersion: READER_VERSION,
      builtAt: new Date().toISOString(),
      embedding: { id: embedding.id, dimension: embedding.dimension },
      hnsw: { ...HNSW },
      glossary: glossaryHash,
      counts: { plans: plans.length, passages: docs, vectors: vectors.length },
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
  readonly vectors?: number[][];
}

async function readAll(
  catalog: readonly CatalogEntry[],
  corpusDir: string,
  previous: Previous | undefined,
  onDocument: (done: number, file?: string) => void,
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
    onDocument(n, entry.file);
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
        old && (old.enrichment === enrichmentHash ? old.vectors : old.vectors.slice(0, plan.passages.length));
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
  onDocument(catalog.length);
  return { plans, sources, skipped, reused };
}

interface Previous {
  take(
    file: string,
    sha: string,
    facts: string,
  ): { plan: Plan; vectors: number[][]; enrichment: string } | undefined;
}

/** The index in use, as far as its documents can be taken over. */
function openPrevious(indexDir: string, embedding: NamedEmbedding, glossary: string): Previous | undefined {
  const generation = currentGeneration(indexDir);
  if (!generation) return undefined;
  let manifest: Manifest;
  try {
    manifest = readManifest(generation);
  } catch {
    return undefined;
  }
  if (
    manifest.readerVersion !== READER_VERSION ||
    manifest.embedding.id !== embedding.id ||
    manifest.embedding.dimension !== embedding.dimension ||
    manifest.glossary !== glossary
  )
    return undefined;
  const checked = (name: string): Buffer | undefined => {
    const wanted = manifest.files.find((f) => f.name === name);
    const path = join(generation, name);
    if (!wanted || !existsSync(path)) return undefined;
    const bytes = readFileSync(path);
    return sha256(bytes) === wanted.sha256 ? bytes : undefined;
  };
  return {
    take(file, sha, facts) {
      const n = manifest.sources.findIndex((s) => s.file === file && s.sha256 === sha && s.facts === facts);
      if (n < 0) return undefined;
      const plan = checked(`plans/${n}.json`);
      const raw = checked(`plans/${n}.vectors`);
      if (!plan || !raw) return undefined;
      const floats = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
      const { dimension } = manifest.embedding;
      const vectors = Array.from({ length: floats.length / dimension }, (_x, i) =>
        Array.from(floats.subarray(i * dimension, (i + 1) * dimension)),
      );
      return {
        plan: restorePlan(plan.toString('utf8')),
        vectors,
        enrichment: manifest.sources[n]?.enrichment ?? '',
      };
    },
  };
}

/** Writes a file and waits until it is on the disk. */
function writeDurably(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'w');
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
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
