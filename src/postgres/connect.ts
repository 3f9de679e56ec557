/**
 * The way to PostgreSQL: a pool of connections, transactions, numbered migrations, and errors in words. The address
 * of the store holds a password: nothing here prints or throws it.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolClient } from 'pg';
import pg from 'pg';

/** The database cannot be reached or used; the message is one line in Chinese with the remedy. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
}

/** Rows of one statement; values are passed as `$1`, `$2`, never written into the SQL. */
export type Query = <Row extends object = Record<string, never>>(
  sql: string,
  values?: readonly unknown[],
) => Promise<{ readonly rows: Row[]; readonly rowCount: number }>;

/** An open database. */
export interface Postgres {
  readonly query: Query;
  /** All that `work` does in one transaction, undone if it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** How long a connection may take to come about, in milliseconds. */
const CONNECT_MS = 10_000;
/** Connections of one process; a server's questions wait for one another beyond this. */
const CONNECTIONS = 8;
/** PostgreSQL's type number of `bigint`: counts and times, which stay far below 2^53. */
const BIGINT = 20;
/** Taken while migrating, so that servers that start together migrate one after the other. */
const MIGRATION_LOCK = 7_160_001;

/**
 * A pool of connections to `url`; none is made before it is needed.
 * @param options.connections how many at most
 * @param options.session what each connection is told first
 */
export function openPostgres(
  url: string,
  { connections = CONNECTIONS, session }: { readonly connections?: number; readonly session?: string } = {},
): Postgres {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'guiwen',
    ...(session && {
      verify: (client, done) => {
        client.query(session).then(() => done(), done);
      },
    }),
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === BIGINT ? Number : pg.types.getTypeParser(oid, format as 'text'),
    } as pg.CustomTypesConfig,
  });
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  pool.on('error', () => {});
  const through =
    (client: PoolClient | pg.Pool): Query =>
    async (sql, values = []) => {
      const result = await client.query(sql, values.map(storable)).catch((error) => {
        throw explained(error);
      });
      return { rows: result.rows, rowCount: result.rowCount ?? 0 };
    };
  return {
    query: through(pool),
    async transaction(work) {
      const client = await pool.connect().catch((error) => {
        throw explained(error);
      });
      let broken: Error | undefined;
      try {
        await client.query('BEGIN');
        const result = await work(through(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((failed: Error) => {
          broken = failed;
        });
        throw explained(error);
      } finally {
        // One that cannot even roll back is not given to the next.
        client.release(broken);
      }
    },
    async close() {
      await pool.end();
    },
  };
}

/** PostgreSQL's text holds every character but U+0000. */
const storable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(storable);
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
};

/**
 * The database at `url` with the tables that the migrations in `folder` make.
 * @param part whose migrations they are; each part counts for itself
 * @throws PostgresError as {@link migrate}
 */
export async function openMigrated(url: string, part: string, folder: string): Promise<Postgres> {
  const database = openPostgres(url);
  try {
    await migrate(database, part, folder);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * Applies the files `0001-….sql` … of `folder` that the database lacks, each in a transaction, under a lock.
 * @param part whose migrations they are; each part counts for itself
 * @throws PostgresError if the database cannot be used, or a newer version wrote it
 */
async function migrate(database: Postgres, part: string, folder: string): Promise<void> {
  const migrations = readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => ({ number: Number(name.slice(0, 4)), sql: readFileSync(join(folder, name), 'utf8') }));
  const newest = migrations.at(-1)?.number ?? 0;
  await database.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await query('CREATE SCHEMA IF NOT EXISTS guiwen');
    await query('CREATE TABLE IF NOT EXISTS guiwen.migrations (part text PRIMARY KEY, number int NOT NULL)');
    const { rows } = await query<{ number: number }>('SELECT number FROM guiwen.migrations WHERE part = $1', [
      part,
    ]);
    const done = rows[0]?.number ?? 0;
    if (done > newest) {
      throw new PostgresError(
        `数据库由更新的版本写成（第 ${done} 版，本程序认识到第 ${newest} 版）。请升级程序，或从备份恢复。`,
      );
    }
    for (const { number, sql } of migrations.filter((m) => m.number > done)) {
      for (const statement of statementsOf(sql)) await query(statement);
      await query(
        `INSERT INTO guiwen.migrations VALUES ($1, $2) ON CONFLICT (part) DO UPDATE SET number = $2`,
        [part, number],
      );
    }
  });
}

/** A migration's statements; each ends at a semicolon that ends a line. */
const statementsOf = (sql: string): string[] =>
  sql
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

/** What to do about an error, by PostgreSQL's or the network's code. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EAI_AGAIN)$/,
    '连不上 STORE 所指的数据库。请检查地址和端口，以及数据库是否在运行。',
  ],
  [/^28/, 'STORE 里的数据库用户名或密码不对。请改正后重试。'],
  [/^3D000$/, 'STORE 所指的数据库不存在。请先建立它。'],
  [/^42501$/, '数据库用户没有所需的权限。请让它能在这个数据库里建模式和表。'],
  [/^53100$/, '数据库的磁盘已满。请腾出空间后重试。'],
  [/^53300$/, '数据库的连接数已满。请减少服务的个数，或调大 max_connections。'],
  [/^(?:57P0[1-3]|08|ECONNRESET|EPIPE)/, '数据库的连接断了，或数据库正在启动、停止。请稍后重试。'],
  [
    /^(?:0A000|58P01|42704)$/,
    '数据库没有 pgvector 扩展，或它早于 0.5 版。请安装新的 pgvector，并由管理员执行 CREATE EXTENSION vector。',
  ],
];

/** An error of the database in words a person can act upon; without the address. */
export function explained(error: unknown): PostgresError {
  if (error instanceof PostgresError) return error;
  // Errors of this program pass through a transaction unchanged.
  if (!isDatabaseError(error)) return error as PostgresError;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1];
  const timeout = /timeout|Connection terminated|after calling end/i.test(message);
  return new PostgresError(
    remedy ??
      (timeout
        ? '数据库没有及时应答，或断开了连接。请检查数据库是否在运行，然后重试。'
        : `数据库出错（${code || '没有代码'}）。详情见数据库的日志。`),
    { cause: error },
  );
}

const isDatabaseError = (error: unknown): boolean =>
  error instanceof pg.DatabaseError ||
  (error instanceof Error &&
    ((error as NodeJS.ErrnoException).syscall !== undefined ||
      /^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? '') ||
      /timeout|Connection terminated|Client (?:was|has)|after calling end/i.test(error.message)));
