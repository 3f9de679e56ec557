/** A PostgreSQL with pgvector in this process (PGlite), spoken to over TCP like any other; nothing is installed. */
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

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
    async clear() {
      const { rows } = await db.query<{ name: string }>(
        "SELECT nspname AS name FROM pg_namespace WHERE nspname = 'guiwen' OR nspname LIKE 'guiwen\\_%'",
      );
      for (const { name } of rows) await db.exec(`DROP SCHEMA ${name} CASCADE`);
    },
    async stop() {
      await server.stop();
      await db.close();
    },
  };
}

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
