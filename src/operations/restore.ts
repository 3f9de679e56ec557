/**
 * `npm run restore`: puts a backup's state and corpus in the place of those there are, which are set aside.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkDatabase, isDatabaseInUse } from '../state/sqlite/backup.ts';
import { FILE } from '../state/sqlite/database.ts';
import { checkBackup, copyDurably, PARTS } from './contents.ts';
import { OperationError } from './errors.ts';

/** Which backup, and where to. */
export interface RestoreOptions {
  /** The backup's folder. */
  readonly from: string;
  readonly dataDir: string;
  readonly corpusDir: string;
  readonly now?: Date;
}

/** What a restore did. */
export interface RestoreReport {
  /** When the backup was made, ISO 8601. */
  readonly at: string;
  readonly files: number;
  /** Where what was there before now lies. */
  readonly setAside: readonly string[];
}

/**
 * Checks the whole backup, copies it beside what is there, and only then swaps, by renaming. The index is left as it
 * is: it does not agree with another corpus, and the next start builds it anew.
 * @throws OperationError if the backup is not whole or a server runs; StateError if its database is not sound
 */
export function restore({ from, dataDir, corpusDir, now = new Date() }: RestoreOptions): RestoreReport {
  const { at, files } = checkBackup(from);
  if (isDatabaseInUse(dataDir))
    throw new OperationError(`数据目录 ${dataDir} 正在使用。请先停止服务，再恢复。`);
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const targets = [
    { part: PARTS.data, folder: dataDir },
    { part: PARTS.corpus, folder: corpusDir },
  ];
  const fresh = `.restoring-${stamp}`;
  try {
    for (const { part, folder } of targets) {
      mkdirSync(join(folder, fresh), { recursive: true, mode: 0o700 });
      for (const { path } of files.filter((file) => file.path.startsWith(`${part}/`)))
        copyDurably(join(from, path), join(folder, fresh, path.slice(part.length + 1)));
    }
    const database = join(dataDir, fresh, FILE);
    if (existsSync(database)) checkDatabase(database);
    const setAside = targets.flatMap(({ folder }) => swap(folder, fresh, `.before-${stamp}`));
    return { at, files: files.length, setAside };
  } finally {
    for (const { folder } of targets) rmSync(join(folder, fresh), { recursive: true, force: true });
  }
}

/**
 * Moves what is in `folder` to its subfolder `aside` and what is in its subfolder `fresh` in its place: entry by
 * entry, since the folder itself may be a mounted volume, which cannot be renamed.
 */
function swap(folder: string, fresh: string, aside: string): string[] {
  const before = readdirSync(folder).filter((name) => !/^\.(?:restoring|before)-/.test(name));
  if (before.length > 0) mkdirSync(join(folder, aside), { mode: 0o700 });
  for (const name of before) renameSync(join(folder, name), join(folder, aside, name));
  for (const name of readdirSync(join(folder, fresh))) {
    const to = join(folder, name);
    mkdirSync(dirname(to), { recursive: true });
    renameSync(join(folder, fresh, name), to);
  }
  return before.length > 0 ? [join(folder, aside)] : [];
}
