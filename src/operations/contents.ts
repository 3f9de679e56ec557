/**
 * What a backup is made of: a list of files with their hashes, and how files get to disk and are checked.
 * @module
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { OperationError } from './errors.ts';

/** The list's name within a backup. */
export const LIST = 'backup.json';

/** Folders within a backup. */
export const PARTS = { data: 'data', corpus: 'corpus' } as const;

/** Within the backed-up folder, with slashes, never upwards: a list that was tampered with writes nowhere else. */
const path = z
  .string()
  .min(1)
  .refine(
    (name) =>
      !/^\/|\\|^[A-Za-z]:|\0/.test(name) && !name.split('/').some((part) => ['', '.', '..'].includes(part)),
  );

const SCHEMA = z.object({
  format: z.literal(1),
  /** Version of the product that made it. */
  version: z.string(),
  /** ISO 8601. */
  at: z.string(),
  files: z.array(z.object({ path, bytes: z.number(), sha256: z.string() })),
});

/** What a backup holds. */
export type BackupList = z.infer<typeof SCHEMA>;

/** SHA-256 of a file in hexadecimal; it is never in memory as a whole. */
export function hashOf(file: string): string {
  const hash = createHash('sha256');
  const fd = openSync(file, 'r');
  try {
    const block = Buffer.allocUnsafe(1 << 20);
    for (let n = readSync(fd, block); n > 0; n = readSync(fd, block)) hash.update(block.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

/** The regular files below a folder, by their path within it, with slashes; links are not followed. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Copies a file, making its folder, and waits until it is on the disk. */
export function copyDurably(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  copyFileSync(from, to);
  syncFile(to);
}

/** Waits until what was written to a file is on the disk. */
export function syncFile(file: string): void {
  const fd = openSync(file, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads a backup's list and every file it names.
 * @throws OperationError if it is no backup, or a file is missing or is not as it was
 */
export function checkBackup(folder: string): BackupList {
  const list = join(folder, LIST);
  if (!existsSync(list)) throw new OperationError(`${folder} 不是备份：里面没有 ${LIST}。`);
  let parsed: BackupList;
  try {
    parsed = SCHEMA.parse(JSON.parse(readFileSync(list, 'utf8')));
  } catch (error) {
    throw new OperationError(`${list} 已损坏，或由更新的版本写成。请换一份备份，或先升级程序。`, {
      cause: error,
    });
  }
  for (const { path: name, sha256 } of parsed.files) {
    const file = join(folder, name);
    if (!existsSync(file)) throw new OperationError(`备份不完整：缺少 ${name}。请换一份备份。`);
    if (hashOf(file) !== sha256) throw new OperationError(`备份已损坏：${name} 与备份时不同。请换一份备份。`);
  }
  return parsed;
}
