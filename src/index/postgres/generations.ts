/**
 * Generations of the index in PostgreSQL: put in use whole or not at all, one ingest after the other, and fetched by
 * servers into files of their own.
 * @module
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Postgres, Query } from '../../postgres/connect.ts';
import {
  currentGeneration,
  IndexError,
  MANIFEST_FILE,
  MANIFEST_HASH_FILE,
  pointerPath,
} from '../manifest.ts';
import type { OpenIndex } from '../open.ts';
import type { Layout } from './tables.ts';
import { schemaOf, writeTables } from './tables.ts';

/** Held while a generation is written: a second ingest waits for the first. */
const INGEST_LOCK = 7_160_002;
/** Bytes of a file kept in one row. */
const PART = 1 << 20;
/** Generations kept: the one in use, and the one before it, which servers may still be searching. */
const KEPT = 2;
/** The name under which a fetched generation holds the glossary it was built with. */
const GLOSSARY_FILE = 'glossary.yaml';

/** The generation in use. */
export interface SharedGeneration {
  readonly id: number;
  readonly name: string;
  readonly sha256: string;
  readonly manifest: string;
}

/** The generation in use, if an index was ever put there. */
export async function generationInUse(query: Query): Promise<SharedGeneration | undefined> {
  const { rows } = await query<SharedGeneration>(
    `SELECT g.id, g.name, g.sha256, g.manifest FROM guiwen.in_use u JOIN guiwen.generations g ON g.id = u.generation`,
  );
  return rows[0];
}

/** When the generation in use was built, ISO 8601, if there is one. */
export async function builtAtOf(query: Query): Promise<string | undefined> {
  const { rows } = await query<{ built_at: string }>(
    'SELECT g.built_at FROM guiwen.in_use u JOIN guiwen.generations g ON g.id = u.generation',
  );
  return rows[0]?.built_at;
}

/**
 * Puts the index in use in `indexDir` in use in the database, in one transaction; what is there already is left alone.
 * @param index the same index, opened
 * @returns whether anything was written
 */
export async function putGeneration(
  database: Postgres,
  indexDir: string,
  corpusDir: string,
  index: OpenIndex,
  layout?: Layout,
): Promise<boolean> {
  const generation = currentGeneration(indexDir);
  if (!generation) throw new IndexError('还没有索引');
  const sha256 = readFileSync(join(generation, MANIFEST_HASH_FILE), 'utf8').trim();
  const manifest = readFileSync(join(generation, MANIFEST_FILE), 'utf8');
  const glossary = index.manifest.glossary === '' ? '' : readFileSync(join(corpusDir, GLOSSARY_FILE), 'utf8');
  const name = relative(indexDir, generation);
  return database.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [INGEST_LOCK]);
    if ((await generationInUse(query))?.sha256 === sha256) return false;
    const { rows } = await query<{ id: number }>(
      `INSERT INTO guiwen.generations (name, sha256, manifest, glossary, built_at)
       VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [name, sha256, manifest, glossary, index.manifest.builtAt],
    );
    const { id } = rows[0] as { id: number };
    for (const file of filesIn(generation)) await putFile(query, id, generation, file);
    await writeTables(query, id, index, layout);
    await query(
      'INSERT INTO guiwen.in_use VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET generation = $1',
      [id],
    );
    const { rows: old } = await query<{ id: number }>(
      'SELECT id FROM guiwen.generations ORDER BY id DESC OFFSET $1',
      [KEPT],
    );
    for (const { id: gone } of old) {
      await query(`DROP SCHEMA IF EXISTS ${schemaOf(gone)} CASCADE`);
      await query('DELETE FROM guiwen.generations WHERE id = $1', [gone]);
    }
    return true;
  });
}

async function putFile(query: Query, id: number, generation: string, file: string): Promise<void> {
  const fd = openSync(join(generation, file), 'r');
  try {
    const bytes = Buffer.alloc(PART);
    for (let part = 0; ; part++) {
      const read = readSync(fd, bytes, 0, PART, part * PART);
      // An empty file has one part, too.
      if (read === 0 && part > 0) return;
      await query('INSERT INTO guiwen.files VALUES ($1, $2, $3, $4)', [
        id,
        file.split(sep).join('/'),
        part,
        bytes.subarray(0, read),
      ]);
    }
  } finally {
    closeSync(fd);
  }
}

/** A generation in a folder of this machine, which holds its glossary, too. */
export interface Fetched {
  readonly generation: SharedGeneration;
  readonly dir: string;
  /** It was there before. */
  readonly kept: boolean;
}

/**
 * Fetches the generation in use into `indexDir`, unless it is there, and puts it in use there in place of what was.
 * @param without files that are left where they are
 * @throws IndexError if the database holds no index
 */
export async function fetchGeneration(
  database: Postgres,
  indexDir: string,
  without: readonly string[] = [],
): Promise<Fetched> {
  mkdirSync(indexDir, { recursive: true });
  // What is read belongs together even when another generation is put in use meanwhile: the one before is kept.
  const generation = await generationInUse(database.query);
  if (!generation || !/^gen-[\w-]+$/.test(generation.name)) throw new IndexError('数据库里还没有索引');
  const dir = join(indexDir, generation.name);
  const { rows } = await database.query<{ name: string }>(
    'SELECT name FROM guiwen.files WHERE generation = $1 AND part = 0 AND name <> ALL ($2::text[])',
    [generation.id, without],
  );
  const names = rows.map(({ name }) => name);
  const kept = holds(dir, generation, names);
  if (!kept) {
    // Named as a build of this process, so that what dies half way is cleared away with those.
    const target = join(indexDir, `building-${generation.name.replace(/-\d+$/, '')}-${process.pid}`);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    for (const name of names) await fetchFile(database, generation.id, name, target);
    const { rows: found } = await database.query<{ glossary: string }>(
      'SELECT glossary FROM guiwen.generations WHERE id = $1',
      [generation.id],
    );
    if (found[0]?.glossary) writeFileSync(join(target, GLOSSARY_FILE), found[0].glossary);
    rmSync(dir, { recursive: true, force: true });
    renameSync(target, dir);
  }
  const before = currentGeneration(indexDir);
  writeFileSync(`${pointerPath(indexDir)}.${process.pid}`, `${generation.name}\n`);
  renameSync(`${pointerPath(indexDir)}.${process.pid}`, pointerPath(indexDir));
  // Whoever still reads it has its files open.
  if (before && before !== dir) rmSync(before, { recursive: true, force: true });
  return { generation, dir, kept };
}

async function fetchFile(database: Postgres, id: number, name: string, target: string): Promise<void> {
  // Names come from a database: none may lead out of the folder.
  if (name.split('/').some((step) => step === '' || step === '.' || step === '..' || /[\\:]/.test(step)))
    throw new IndexError('数据库里的索引有不合法的文件名');
  const path = join(target, name);
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'w');
  try {
    for (let part = 0; ; part++) {
      const { rows } = await database.query<{ bytes: Uint8Array }>(
        'SELECT bytes FROM guiwen.files WHERE generation = $1 AND name = $2 AND part = $3',
        [id, name, part],
      );
      if (!rows[0]) return;
      writeSync(fd, rows[0].bytes);
    }
  } finally {
    closeSync(fd);
  }
}

/** Whether a folder holds these files of a generation; a built one lacks the glossary and is fetched once more. */
function holds(dir: string, generation: SharedGeneration, names: readonly string[]): boolean {
  try {
    const same = readFileSync(join(dir, MANIFEST_HASH_FILE), 'utf8').trim() === generation.sha256;
    const { glossary } = JSON.parse(generation.manifest) as { glossary: string };
    return (
      same && [...names, ...(glossary === '' ? [] : [GLOSSARY_FILE])].every((n) => existsSync(join(dir, n)))
    );
  } catch {
    return false;
  }
}

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== GLOSSARY_FILE)
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)));
}
