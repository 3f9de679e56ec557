/**
 * Ingest, beside what LangChain offers: its splitter and MemoryVectorStore with the same embedding.
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
// Both come with @langchain/community; npm leaves what a development dependency needs out of a bill of materials.
import { MemoryVectorStore } from '@langchain/classic/vectorstores/memory';
import { RecursiveCharacterTextSplitter } from '@langchain/textsplitters';
import { builtinEmbedding } from '../../embedding/index.ts';
import { buildIndex } from '../../index/build.ts';
import { openIndex } from '../../index/open.ts';
import { readCatalog } from '../../plan/catalog.ts';
import { head, mb, ms, resident, row, timed, withDelay } from './measure.ts';

/** Characters of a LangChain chunk: what a passage has at most. */
const CHUNK = 600;

/** Ingests a corpus into an empty folder, opens the index, and prints what both took. */
export async function measureIngest(name: string, corpusDir: string, indexDir: string): Promise<void> {
  const catalog = readCatalog(corpusDir);
  const bytes = catalog.reduce((sum, { path }) => sum + statSync(path).size, 0);
  const pace = (documents: number, took: number) => [
    ms(took),
    (documents / (took / 1000)).toFixed(1),
    (bytes / 1e6 / (took / 1000)).toFixed(2),
  ];
  console.log(`## Ingest: ${name}, ${catalog.length} documents, ${mb(bytes)}\n`);
  head('what', 'time', 'documents/s', 'MB/s', 'pieces', 'event loop blocked at most');
  const ours = await timed(() =>
    withDelay(() => buildIndex({ corpusDir, indexDir, embedding: builtinEmbedding(), force: true })),
  );
  const { value: report, blockedMs } = ours.value;
  row(
    'ingest (ours): read, outline, tables, passages, two indexes on disk',
    ...pace(catalog.length, ours.ms),
    String(report.passages),
    ms(blockedMs),
  );
  const theirs = await timed(async () => {
    const splitter = new RecursiveCharacterTextSplitter({ chunkSize: CHUNK, chunkOverlap: 0 });
    const store = new MemoryVectorStore(builtinEmbedding().embeddings);
    for (const { path, file } of catalog)
      await store.addDocuments(await splitter.createDocuments([readFileSync(path, 'utf8')], [{ file }]));
    return store.memoryVectors.length;
  });
  row(
    "LangChain's splitter and MemoryVectorStore: text only, in memory",
    ...pace(catalog.length, theirs.ms),
    String(theirs.value),
    '–',
  );
  console.log();
  await measureOpening(name, corpusDir, indexDir);
}

/** Opens an index that is there and prints how long it takes and what the process then holds. */
export async function measureOpening(name: string, corpusDir: string, indexDir: string): Promise<void> {
  const before = resident();
  const opened = await timed(() => withDelay(() => openIndex(indexDir, corpusDir, builtinEmbedding())));
  const after = resident();
  const { value: index, blockedMs } = opened.value;
  console.log(
    `Opening it (${index.passages.length} passages of ${name}; segmenter loaded; every file verified): ${ms(opened.ms)}, event loop blocked ${ms(blockedMs)} at most, resident memory ${mb(before)} → ${mb(after)}.\n`,
  );
}
