/**
 * The SQLite file: opened with a write-ahead log, brought up to date by numbered migrations.
 * @module
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { StateError } from '../types.ts';

const FILE = 'guiwen.sqlite';
const MIGRATIONS = join(import.meta.dirname, 'migrations');
/** How long a write waits for another process's, in milliseconds. */
const BUSY_MS = 5_000;

/**
 * Opens `guiwen.sqlite` in `dataDir`, making both if need be, and applies the migrations it lacks.
 * A commit is on disk when it returns (`synchronous = FULL`).
 * @throws StateError if the folder cannot be written, the file is no database, or a newer version made it
 */
export function openDatabase(dataDir: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    // What people asked is for nobody else on this machine.
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    database = new Database(join(dataDir, FILE), { timeout: BUSY_MS });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    // What is deleted is overwritten, not only unlinked.
    database.pragma('secure_delete = ON');
    migrate(database);
    return database;
  } catch (error) {
    database?.close();
    throw explained(error, dataDir);
  }
}

/** Applies, in one transaction each, the migrations whose number is above the file's `user_version`. */
function migrate(database: Database.Database): void {
  const migrations = readdirSync(MIGRATIONS)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => ({ number: Number(name.slice(0, 4)), sql: readFileSync(join(MIGRATIONS, name), 'utf8') }));
  const newest = migrations.at(-1)?.number ?? 0;
  const versionOf = () => database.pragma('user_version', { simple: true }) as number;
  if (versionOf() > newest) {
    throw new StateError(
      `数据文件由更新的版本写成（第 ${versionOf()} 版，本程序认识到第 ${newest} 版）。请升级程序，或从备份恢复。`,
    );
  }
  for (const { number, sql } of migrations) {
    // Another process may have migrated since: the version is read again under the lock.
    const apply = database.transaction(() => {
      if (versionOf() >= number) return;
      database.exec(sql);
      database.pragma(`user_version = ${number}`);
    });
    apply.immediate();
  }
}

/** A database error in words a person can act upon. */
export function explained(error: unknown, dataDir: string): StateError {
  if (error instanceof StateError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const is = (...codes: string[]) => codes.some((known) => code.startsWith(known));
  if (is('SQLITE_FULL', 'ENOSPC')) {
    return new StateError(`磁盘已满，写不了数据目录 ${dataDir}。请腾出空间后重试。`, { cause: error });
  }
  if (is('SQLITE_READONLY', 'SQLITE_CANTOPEN', 'EACCES', 'EROFS', 'EPERM', 'ENOTDIR', 'EEXIST')) {
    return new StateError(`数据目录 ${dataDir} 不能写入。请检查权限，或用 DATA_DIR 换一个目录。`, {
      cause: error,
    });
  }
  if (is('SQLITE_NOTADB', 'SQLITE_CORRUPT')) {
    return new StateError(`数据目录 ${dataDir} 里的 ${FILE} 已损坏。请从备份恢复，或移走它后重新启动。`, {
      cause: error,
    });
  }
  if (is('SQLITE_BUSY')) {
    return new StateError(`数据目录 ${dataDir} 正被另一个程序占用。请稍后再试。`, { cause: error });
  }
  return new StateError(`读写数据目录 ${dataDir} 时出错：${message}`, { cause: error });
}
