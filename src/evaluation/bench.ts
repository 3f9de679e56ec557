/**
 * `npm run bench`: what the assistant takes, side by side with what one would pick instead, in one process on the
 * same corpus, questions and tokens. Prints Markdown; docs/benchmarks.md keeps a run.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { HNSWLib } from '@langchain/community/vectorstores/hnswlib';
import MiniSearch from 'minisearch';
import { ingest, openAssistant } from '../assistant.ts';
import { createLogger } from '../channels/http/observe/log.ts';
import { startServer } from '../channels/http/serve.ts';
import { loadConfig } from '../config.ts';
import { builtinEmbedding } from '../embedding/index.ts';
import { currentGeneration } from '../index/manifest.ts';
import type { WholeIndex } from '../index/open.ts';
import { openIndex } from '../index/open.ts';
import { nearest } from '../index/vectors.ts';
import { terms } from '../language/segment.ts';
import { openState } from '../state/index.ts';
import { loadSuites } from './suite.ts';

/** Questions asked before anything is timed. */
const WARM_UP = 200;
const ROUNDS = 2;

interface Timing {
  readonly p50: number;
  readonly p95: number;
}

async function timeEach<T>(items: readonly T[], run: (item: T) => unknown): Promise<Timing> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const item of items) {
      const began = performance.now();
      await run(item);
      times.push(performance.now() - began);
    }
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] as number;
  return { p50: at(0.5), p95: at(0.95) };
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;

/** Runs every benchmark and prints Markdown. Returns the process's exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const { corpusDir } = loadConfig();
  const suite = argv[0] ?? 'tests/regression/development';
  const questions = loadSuites([suite])
    .filter((c) => c.history.length === 0)
    .map((c) => c.question);
  const indexDir = mkdtempSync(join(tmpdir(), 'guiwen-bench-'));
  try {
    console.log(
      `# Benchmarks\n\nNode ${process.version}, ${cpus()[0]?.model ?? 'CPU'} × ${cpus().length}; ${questions.length} questions of ${suite}, ${ROUNDS} rounds after ${WARM_UP} to warm up. Made by \`npm run bench\`.\n`,
    );
    await ingestAndStart(corpusDir, indexDir);
    const index = await openIndex(indexDir, corpusDir, builtinEmbedding());
    await overHttp(corpusDir, indexDir, questions);
    await lexicalBesideMiniSearch(index, questions);
    await vectorsBesideDefaults(index, indexDir, questions);
    return 0;
  } finally {
    rmSync(indexDir, { recursive: true, force: true });
  }
}

async function ingestAndStart(corpusDir: string, indexDir: string): Promise<void> {
  const began = performance.now();
  const report = await ingest({ corpusDir, indexDir, force: true });
  const built = performance.now() - began;
  const again = performance.now();
  const assistant = await openAssistant({ corpusDir, indexDir });
  const opened = performance.now() - again;
  await assistant.close();
  console.log('## Ingest and start\n');
  console.log(row('what', 'time'));
  console.log(row('---', '---:'));
  console.log(
    row(
      `ingest of ${report.documents} documents, ${report.passages} passages, from nothing (with jieba's dictionary)`,
      ms(built),
    ),
  );
  console.log(row('opening the unchanged index (dictionary loaded)', ms(opened)));
  console.log();
}

async function overHttp(corpusDir: string, indexDir: string, questions: readonly string[]): Promise<void> {
  const assistant = await openAssistant({ corpusDir, indexDir });
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  const dataDir = mkdtempSync(join(tmpdir(), 'guiwen-bench-'));
  const state = await openState({ dataDir });
  server.use({ assistant, state, logger: createLogger({ level: 'silent' }) });
  const post = async (path: string, body: unknown) => {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
  };
  const get = async (path: string) => {
    await (await fetch(server.url + path)).arrayBuffer();
  };
  const ask = (question: string) => post('/api/v1/ask', { question });
  const search = (query: string) => post('/api/v1/search', { query });
  try {
    for (const question of questions.slice(0, WARM_UP)) {
      await ask(question);
      await search(question);
    }
    console.log('## Over HTTP, one client\n');
    console.log(row('route', 'p50', 'p95'));
    console.log(row('---', '---:', '---:'));
    for (const [name, run] of [
      ['POST /api/v1/search', search],
      ['POST /api/v1/ask', ask],
      ['GET /healthz', () => get('/healthz')],
    ] as const) {
      const { p50, p95 } = await timeEach(questions, run);
      console.log(row(`\`${name}\``, ms(p50), ms(p95)));
    }
    console.log();
  } finally {
    await server.stop();
    await assistant.close();
    await state.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function lexicalBesideMiniSearch(index: WholeIndex, questions: readonly string[]): Promise<void> {
  const mini = new MiniSearch<{ id: number; text: string }>({
    fields: ['text'],
    tokenize: terms,
    processTerm: (term) => term,
  });
  const began = performance.now();
  mini.addAll(index.passages.map((p, id) => ({ id, text: `${p.path.join('\n')}\n${p.context}\n${p.text}` })));
  const built = performance.now() - began;
  console.log(
    `## Lexical search, same terms, top 10\n\n(Cutting the question into terms included in both. MiniSearch built in ${ms(built)}; ours is part of the ingest above.)\n`,
  );
  console.log(row('index', 'p50', 'p95'));
  console.log(row('---', '---:', '---:'));
  const ours = await timeEach(questions, (q) =>
    index.lexical.search(
      terms(q).map((term) => ({ term, weight: 1 })),
      10,
    ),
  );
  console.log(row('typed-array BM25', ms(ours.p50), ms(ours.p95)));
  const theirs = await timeEach(questions, (q) => mini.search(q).slice(0, 10));
  console.log(row('MiniSearch', ms(theirs.p50), ms(theirs.p95)));
  console.log();
}

async function vectorsBesideDefaults(
  index: WholeIndex,
  indexDir: string,
  questions: readonly string[],
): Promise<void> {
  const { embeddings, id } = index.embedding;
  const vectors = await Promise.all(questions.map((q) => embeddings.embedQuery(q)));
  const generation = currentGeneration(indexDir) as string;
  const defaults = await HNSWLib.load(join(generation, 'vectors'), embeddings);
  const all = index.planVectors.flatMap(({ values, owners }) =>
    owners.map((owner, i) => ({ owner, at: i, values })),
  );
  const exact = (query: readonly number[]) =>
    all
      .map(({ owner, at, values }) => {
        let dot = 0;
        for (let d = 0; d < query.length; d++)
          dot += (values[at * query.length + d] as number) * (query[d] as number);
        return { key: `${owner.doc}/${owner.nth}`, dot };
      })
      .sort((a, b) => b.dot - a.dot)
      .slice(0, 10);
  const recall = async (find: (query: number[]) => Promise<string[]>) => {
    let found = 0;
    let wanted = 0;
    for (const query of vectors) {
      const best = exact(query);
      const least = best.at(-1)?.dot ?? 0;
      if (least <= 0) continue;
      const keys = new Set(best.map((b) => b.key));
      found += (await find(query)).filter((key) => keys.has(key)).length;
      wanted += best.length;
    }
    return found / wanted;
  };
  const keysOf = (store: HNSWLib) => async (query: number[]) =>
    (await store.similaritySearchVectorWithScore(query, 10)).map(
      ([d]) => `${d.metadata.doc}/${d.metadata.nth}`,
    );
  console.log(`## Vector search, ${all.length} vectors of ${id}\n`);
  console.log(row('index', 'recall@10 against exact', 'p50', 'p95'));
  console.log(row('---', '---:', '---:', '---:'));
  const ours = await timeEach(vectors, (v) => nearest(index.vectors, v, 10));
  const { m, efConstruction, ef } = index.manifest.hnsw;
  console.log(
    row(
      `HNSW, M ${m}, efConstruction ${efConstruction}, ef ${ef}`,
      (await recall(keysOf(index.vectors))).toFixed(4),
      ms(ours.p50),
      ms(ours.p95),
    ),
  );
  const theirs = await timeEach(vectors, (v) => defaults.similaritySearchVectorWithScore(v, 10));
  console.log(
    row(
      "LangChain's HNSWLib as loaded (ef 10)",
      (await recall(keysOf(defaults))).toFixed(4),
      ms(theirs.p50),
      ms(theirs.p95),
    ),
  );
  const scan = await timeEach(vectors.slice(0, 50), (v) => exact(v));
  console.log(row('exact scan', '1.0000', ms(scan.p50), ms(scan.p95)));
  console.log();
}
