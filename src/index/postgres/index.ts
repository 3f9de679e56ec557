/**
 * The index in PostgreSQL, shared by any number of servers: built, opened, brought there and back.
 * @module
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedEmbedding } from '../../embedding/index.ts';
import type { Postgres, Query } from '../../postgres/connect.ts';
import { openMigrated, openPostgres } from '../../postgres/connect.ts';
import type { IngestOptions, IngestReport } from '../build.ts';
import { buildIndex } from '../build.ts';
import type { Manifest } from '../manifest.ts';
import type { OpenIndex } from '../open.ts';
import { foreignness, openCopy, openIndex } from '../open.ts';
import { searchBy } from '../shared.ts';
import { GRAPH_FILE } from '../vectors.ts';
import { builtAtOf, fetchGeneration, generationInUse, putGeneration } from './generations.ts';
import { searchIn, sessionFor } from './search.ts';
import type { Layout } from './tables.ts';

/** Files that a server does not need: these the database searches, the others are read here, too. */
const SEARCHED_THERE = [GRAPH_FILE];

const MIGRATIONS = join(import.meta.dirname, 'migrations');

const connect = (store: string): Promise<Postgres> => openMigrated(store, 'index', MIGRATIONS);

async function using<T>(store: string, work: (database: Postgres) => Promise<T>): Promise<T> {
  const database = await connect(store);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The embedding that the index in the database was built with, if there is one. @throws PostgresError */
export function sharedEmbedding(store: string): Promise<Manifest['embedding'] | undefined> {
  return using(store, async ({ query }) => (await manifestInUse(query))?.embedding);
}

async function manifestInUse(query: Query): Promise<Manifest | undefined> {
  const generation = await generationInUse(query);
  return generation && (JSON.parse(generation.manifest) as Manifest);
}

/**
 * What there is at `store`, looked at without making anything.
 * @returns whether pgvector can be used, and the manifest of the index in use, if there is one
 * @throws PostgresError
 */
export async function inspectStore(
  store: string,
): Promise<{ readonly pgvector: boolean; readonly manifest: Manifest | undefined }> {
  const { query, close } = openPostgres(store, { connections: 1 });
  try {
    const { rows } = await query<{ pgvector: boolean; made: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector') AS pgvector,
              to_regclass('guiwen.in_use') IS NOT NULL AS made`,
    );
    const { pgvector = false, made = false } = rows[0] ?? {};
    return { pgvector, manifest: made ? await manifestInUse(query) : undefined };
  } finally {
    await close();
  }
}

/** Tells, over one connection, when the index in use in the database was built; undefined if there is none. */
export function watchStore(store: string): {
  builtAt(): Promise<string | undefined>;
  close(): Promise<void>;
} {
  const { query, close } = openPostgres(store, { connections: 1 });
  return { builtAt: () => builtAtOf(query), close };
}

/**
 * Builds the index of a corpus in `indexDir`, taking over from it what is unchanged, and puts it in use in the database.
 * @throws what `buildIndex` does; PostgresError
 */
export async function buildShared(
  store: string,
  options: IngestOptions,
  layout?: Layout,
): Promise<IngestReport> {
  const report = await buildIndex(options);
  await bringIn(store, options, layout);
  return report;
}

/**
 * Puts the index in use in `indexDir` in use in the database.
 * @returns false if it was there already
 * @throws IndexError if there is none of this corpus; PostgresError
 */
export function bringIn(
  store: string,
  { indexDir, corpusDir, embedding }: Pick<IngestOptions, 'indexDir' | 'corpusDir' | 'embedding'>,
  layout?: Layout,
): Promise<boolean> {
  return using(store, async (database) => {
    const index = await openIndex(indexDir, corpusDir, embedding);
    return putGeneration(database, indexDir, corpusDir, index, layout);
  });
}

/**
 * Fetches the index in use in the database and puts it in use in `indexDir`.
 * @throws IndexError if the database holds none; PostgresError
 */
export function bringOut(store: string, indexDir: string): Promise<void> {
  return using(store, async (database) => {
    await fetchGeneration(database, indexDir);
  });
}

/**
 * Opens the index in use in the database: texts and word statistics from a local copy in `indexDir`, fetched if need
 * be; what is searched is searched in SQL. No corpus is needed. A copy that is damaged is fetched again.
 * @returns the index and what closes its connections
 * @throws IndexError if the database holds none, or one of another program or embedding; PostgresError
 */
export async function openSharedIndex(
  store: string,
  indexDir: string,
  embedding: NamedEmbedding,
  log: (line: string) => void = () => {},
): Promise<{ readonly index: OpenIndex; close(): Promise<void> }> {
  const fetch = () => using(store, (database) => fetchGeneration(database, indexDir, SEARCHED_THERE));
  let fetched = await fetch();
  const index = await openCopy(fetched.dir, embedding).catch(async (error) => {
    const { manifest } = fetched.generation;
    if (!fetched.kept || foreignness(JSON.parse(manifest) as Manifest, fetched.dir, embedding)) throw error;
    rmSync(fetched.dir, { recursive: true, force: true });
    fetched = await fetch();
    return openCopy(fetched.dir, embedding);
  });
  const database = openPostgres(store, { session: sessionFor(index.manifest.counts.vectors) });
  const search = searchIn(database, fetched.generation.id, (message) =>
    log(`改在本机副本中查找：${message}`),
  );
  searchBy(index, search);
  return { index, close: () => search.close() };
}
