/**
 * `npm run backup`: the state and the corpus as one folder, while the server goes on. The index is not in it: it is
 * built from the corpus.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { backupDatabase } from '../state/sqlite/backup.ts';
import { FILE } from '../state/sqlite/database.ts';
import { StateError } from '../state/types.ts';
import { VERSION } from '../version.ts';
import type { BackupList } from './contents.ts';
import { copyDurably, filesBelow, hashOf, LIST, PARTS, syncFile } from './contents.ts';
import { OperationError } from './errors.ts';

const NAME = /^guiwen-\d{8}T\d{6}Z$/;

/** What to back up, and where to. */
export interface BackupOptions {
  readonly dataDir: string;
  readonly corpusDir: string;
  /** The folder that backups are kept in, one folder each. */
  readonly to: string;
  /** Of the backups in `to` this many of the newest stay; all if left out. */
  readonly keep?: number | undefined;
  readonly now?: Date;
}

/** A backup that was made. */
export interface BackupReport {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** Older backups that were removed. */
  readonly removed: readonly string[];
}

/**
 * Makes a backup, under its final name only when it is whole and on the disk.
 * @throws OperationError, StateError
 */
export async function backup(options: BackupOptions): Promise<BackupReport> {
  const { dataDir, corpusDir, to, keep, now = new Date() } = options;
  if (!existsSync(corpusDir))
    throw new OperationError(`找不到规划目录 ${corpusDir}。请用 CORPUS_DIR 指定要备份的目录。`);
  for (const folder of [dataDir, corpusDir]) {
    if (!relative(resolve(folder), resolve(to)).startsWith('..'))
      throw new OperationError(`备份不能放在要备份的目录 ${folder} 里面。请用 --to 换一个目录。`);
  }
  const folder = join(to, `guiwen-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`);
  if (existsSync(folder)) throw new OperationError(`备份 ${folder} 已经有了。请过一秒再试。`);
  const making = `${folder}.making`;
  try {
    // What people asked is for nobody else on this machine.
    mkdirSync(join(making, PARTS.data), { recursive: true, mode: 0o700 });
    if (await backupDatabase(dataDir, join(making, PARTS.data, FILE)))
      syncFile(join(making, PARTS.data, FILE));
    // The database's own files are copied by SQLite.
    for (const name of existsSync(dataDir) ? filesBelow(dataDir) : []) {
      if (!name.startsWith(FILE) && !isHidden(name))
        copyDurably(join(dataDir, name), join(making, PARTS.data, name));
    }
    for (const name of filesBelow(corpusDir)) {
      if (!isHidden(name)) copyDurably(join(corpusDir, name), join(making, PARTS.corpus, name));
    }
    const files = filesBelow(making).map((path) => {
      const file = join(making, path);
      return { path, bytes: statSync(file).size, sha256: hashOf(file) };
    });
    const list: BackupList = { format: 1, version: VERSION, at: now.toISOString(), files };
    writeFileSync(join(making, LIST), `${JSON.stringify(list, null, 1)}\n`);
    syncFile(join(making, LIST));
    renameSync(making, folder);
    const removed = keep === undefined ? [] : removeOld(to, keep);
    return { folder, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), removed };
  } catch (error) {
    if (existsSync(making)) rmSync(making, { recursive: true, force: true });
    throw explained(error, to);
  }
}

/** Among others what a restore has set aside. */
const isHidden = (name: string) => name.split('/').some((part) => part.startsWith('.'));

function removeOld(to: string, keep: number): string[] {
  const old = readdirSync(to)
    .filter((name) => NAME.test(name))
    .sort()
    .slice(0, -keep);
  for (const name of old) rmSync(join(to, name), { recursive: true, force: true });
  return old;
}

function explained(error: unknown, to: string): Error {
  if (error instanceof OperationError || error instanceof StateError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new OperationError(`磁盘已满，写不了备份目录 ${to}。请腾出空间，或用 --to 换一个目录。`);
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM' || code === 'ENOTDIR' || code === 'EEXIST')
    return new OperationError(`备份目录 ${to} 不能写入，或有文件不能读。请检查权限，或用 --to 换一个目录。`);
  return error as Error;
}
