/**
 * A copy of the state's database while it is in use, and whether a copy is sound.
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { StateError } from '../types.ts';
import { explained, FILE, newestMigration } from './database.ts';

/**
 * Copies the database of `dataDir` to the new file `to` with SQLite's online backup, while servers go on writing:
 * the copy is the database as it stood at one moment. False if there is none to copy.
 * @throws StateError if it cannot be read, or the copy cannot be written or is not sound
 */
export async function backupDatabase(dataDir: string, to: string): Promise<boolean> {
  const from = join(dataDir, FILE);
  if (!existsSync(from)) return false;
  let database: Database.Database | undefined;
  try {
    database = new Database(from, { fileMustExist: true });
    // One view of it from first page to last: otherwise every write of a server would start the copy anew.
    database.exec('BEGIN');
    database.pragma('user_version');
    await database.backup(to);
  } catch (error) {
    throw explained(error, dataDir);
  } finally {
    database?.close();
  }
  checkDatabase(to);
  return true;
}

/**
 * Reads the whole database `file` and leaves it as one file without a log beside it.
 * @throws StateError if it is damaged, no database, or made by a newer version
 */
export function checkDatabase(file: string): void {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { fileMustExist: true });
    database.pragma('journal_mode = DELETE');
    const version = database.pragma('user_version', { simple: true }) as number;
    if (version > newestMigration()) {
      throw new StateError(
        `备份里的数据由更新的版本写成（第 ${version} 版，本程序认识到第 ${newestMigration()} 版）。请先升级程序。`,
      );
    }
    if (database.pragma('integrity_check', { simple: true }) !== 'ok') {
      throw new StateError('备份里的数据已损坏。请换一份备份。');
    }
  } catch (error) {
    if (error instanceof StateError) throw error;
    throw new StateError('备份里的数据已损坏，或不是数据文件。请换一份备份。', { cause: error });
  } finally {
    database?.close();
  }
}

/** Whether a program has the database of `dataDir` open: SQLite gives up the write-ahead log only to the last one. */
export function isDatabaseInUse(dataDir: string): boolean {
  const file = join(dataDir, FILE);
  if (!existsSync(file)) return false;
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { fileMustExist: true, timeout: 0 });
    database.pragma('journal_mode = DELETE');
    return false;
  } catch (error) {
    // A damaged one is nobody's.
    return String((error as NodeJS.ErrnoException).code).startsWith('SQLITE_BUSY');
  } finally {
    database?.close();
  }
}
