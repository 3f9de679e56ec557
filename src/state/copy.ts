/**
 * Bringing what lasts from SQLite into PostgreSQL and back: all of it, in one transaction, into a store that is empty.
 * @module
 */
import type Database from 'better-sqlite3';
import type { Postgres, Query } from '../postgres/connect.ts';
import { PostgresError } from '../postgres/connect.ts';
import { connectState } from './postgres/index.ts';
import { openDatabase } from './sqlite/database.ts';
import { StateError } from './types.ts';

/** Tables in the order that their references ask for; both stores have them with the same columns. */
const TABLES = ['answers', 'feedback', 'conversations', 'turns', 'events', 'api_keys'] as const;
/** Those whose rows are numbered by the store. */
const NUMBERED = ['feedback', 'turns'] as const;
/** Rows brought over at a time. */
const ROWS = 500;

type Row = Readonly<Record<string, unknown>>;

/**
 * Copies the state of `dataDir` into the database at `url`.
 * @returns how many rows
 * @throws StateError if the database holds any already, or either cannot be used
 */
export function stateToPostgres(dataDir: string, url: string): Promise<number> {
  return between(dataDir, url, async (sqlite, postgres) =>
    postgres.transaction(async (query) => {
      let copied = 0;
      for (const table of TABLES) {
        // Nobody adds to a table while it is filled.
        await query(`LOCK TABLE guiwen.${table} IN SHARE ROW EXCLUSIVE MODE`);
        const { rows } = await query(`SELECT 1 FROM guiwen.${table} LIMIT 1`);
        if (rows.length > 0) throw notEmpty('数据库');
      }
      for (const table of TABLES) {
        const select = sqlite.prepare<[], Row>(`SELECT * FROM ${table}`);
        const columns = select.columns().map(({ name }) => name);
        const list = columns.map((name) => `"${name}"`).join(', ');
        for (const rows of batches(select.iterate())) {
          const places = rows.map(
            (_row, i) => `(${columns.map((_name, c) => `$${i * columns.length + c + 1}`).join(', ')})`,
          );
          await query(
            `INSERT INTO guiwen.${table} (${list}) VALUES ${places.join(', ')}`,
            rows.flatMap((row) => columns.map((name) => row[name])),
          );
          copied += rows.length;
        }
      }
      for (const table of NUMBERED) {
        await query(
          `SELECT setval(pg_get_serial_sequence('guiwen.${table}', 'n'), max(n)) FROM guiwen.${table} HAVING max(n) > 0`,
        );
      }
      return copied;
    }),
  );
}

/**
 * Copies the state in the database at `url` into `dataDir`.
 * @returns how many rows
 * @throws StateError if `dataDir` holds any already, or either cannot be used
 */
export function stateToSqlite(url: string, dataDir: string): Promise<number> {
  return between(dataDir, url, (sqlite, postgres) =>
    postgres.transaction(async (query) => {
      await query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      let copied = 0;
      sqlite.exec('BEGIN IMMEDIATE');
      try {
        for (const table of TABLES) {
          if (sqlite.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get()) throw notEmpty('数据目录');
        }
        for (const table of TABLES) {
          const columns = sqlite
            .prepare(`SELECT * FROM ${table}`)
            .columns()
            .map(({ name }) => name);
          const list = columns.map((name) => `"${name}"`).join(', ');
          const insert = sqlite.prepare(
            `INSERT INTO ${table} (${list}) VALUES (${columns.map(() => '?').join(', ')})`,
          );
          await query(`DECLARE ${table}_rows CURSOR FOR SELECT ${list} FROM guiwen.${table}`);
          for (let rows = await next(query, table); rows.length > 0; rows = await next(query, table)) {
            for (const row of rows) insert.run(columns.map((name) => row[name]));
            copied += rows.length;
          }
        }
        sqlite.exec('COMMIT');
        return copied;
      } catch (error) {
        sqlite.exec('ROLLBACK');
        throw error;
      }
    }),
  );
}

async function next(query: Query, table: string): Promise<readonly Row[]> {
  const { rows } = await query<Row>(`FETCH ${ROWS} FROM ${table}_rows`);
  return rows;
}

const notEmpty = (where: string) =>
  new StateError(`${where}里已有问答记录、反馈、对话或密钥，不能再搬入。请换一个空的，或先清空它。`);

async function between<T>(
  dataDir: string,
  url: string,
  work: (sqlite: Database.Database, postgres: Postgres) => Promise<T>,
): Promise<T> {
  const sqlite = openDatabase(dataDir);
  try {
    const postgres = await connectState(url);
    try {
      return await work(sqlite, postgres);
    } finally {
      await postgres.close();
    }
  } catch (error) {
    throw error instanceof PostgresError ? new StateError(error.message, { cause: error }) : error;
  } finally {
    sqlite.close();
  }
}

function* batches(rows: Iterable<Row>): Generator<Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
