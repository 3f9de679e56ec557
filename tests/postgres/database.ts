/**
 * A PostgreSQL with pgvector in this process (PGlite), spoken to over TCP like any other; nothing is installed. With
 * TEST_POSTGRES=postgres://… the tests run in databases of their own on that server instead.
 */
import { randomUUID } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import pg from 'pg';

/** A running database. */
export interface TestDatabase {
  /** What `STORE` is set to. */
  readonly url: string;
  /** Runs SQL beside the program under test. */
  exec(sql: string): Promise<void>;
  rows<Row>(sql: string): Promise<Row[]>;
  /** Drops all that the program made. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts an empty database on a port of the system's choice. PGlite is one session: statements of all connections take
 * turns, and while one is in a transaction the others wait.
 */
export async function startDatabase(): Promise<TestDatabase> {
  const { TEST_POSTGRES: server } = process.env;
  return server ? onServer(server) : inProcess();
}

async function inProcess(): Promise<TestDatabase> {
  const db = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({ db: inTurn(db), host: '127.0.0.1', port: 0, maxConnections: 64 });
  await server.start();
  return {
    url: `postgres://postgres:postgres@${server.getServerConn()}/postgres`,
    async exec(sql) {
      await db.exec(sql);
    },
    async rows<Row>(sql: string) {
      return (await db.query<Row>(sql)).rows;
    },
    clear: async () => {
      for (const { name } of (await db.query<{ name: string }>(SCHEMAS)).rows) await db.exec(dropped(name));
    },
    async stop() {
      await server.stop();
      await db.close();
    },
  };
}

async function onServer(server: string): Promise<TestDatabase> {
  const name = `guiwen_test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const as = async <T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  await as(server, (client) => client.query(`CREATE DATABASE ${name}`));
  const rows = async <Row>(sql: string) =>
    as(url.href, async (client) => (await client.query(sql)).rows as Row[]);
  return {
    url: url.href,
    rows,
    exec: async (sql) => {
      await rows(sql);
    },
    clear: async () => {
      for (const { name } of await rows<{ name: string }>(SCHEMAS)) await rows(dropped(name));
    },
    stop: async () => {
      await as(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

/** The schemas that the program makes. */
const SCHEMAS =
  "SELECT nspname AS name FROM pg_namespace WHERE nspname = 'guiwen' OR nspname LIKE 'guiwen\\_%'";
const dropped = (schema: string) => `DROP SCHEMA ${schema} CASCADE`;

/**
 * The database, which counts as in a transaction while a statement's messages (parse, bind, …, sync) are coming in:
 * else the server would let those of another connection come between.
 */
function inTurn(db: PGlite): PGlite {
  let within = false;
  return new Proxy(db, {
    get(target, name) {
      if (name === 'isInTransaction') return () => within || target.isInTransaction();
      const value = Reflect.get(target, name, target);
      if (name === 'execProtocolRawStream')
        return (message: Uint8Array, ...rest: []) => {
          const kind = String.fromCharCode(message[0] ?? 0);
          if ('PBDEC'.includes(kind)) within = true;
          else if (kind === 'S') within = false;
          return value.call(target, message, ...rest);
        };
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
