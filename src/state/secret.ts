/**
 * The secret that this installation signs with.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StateError } from './types.ts';

const BYTES = 32;

/**
 * The 32 bytes in `signing.key` of `dataDir`, made at the first call and readable by their owner only.
 * @throws StateError if the file cannot be made or read, or holds something else
 */
export function signingSecret(dataDir: string): Uint8Array {
  const path = join(dataDir, 'signing.key');
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const fresh = `${path}.${process.pid}`;
    writeFileSync(fresh, randomBytes(BYTES).toString('base64url'), { mode: 0o600 });
    try {
      // Linked, not written: of two servers that start at once, both get the same.
      linkSync(fresh, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(fresh, { force: true });
    }
    const secret = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url');
    if (secret.length === BYTES) return secret;
  } catch (error) {
    throw new StateError(`数据目录 ${dataDir} 不能写入。请检查权限，或用 DATA_DIR 换一个目录。`, {
      cause: error,
    });
  }
  throw new StateError(`${path} 已损坏。请删除它后重新启动（网页组件的令牌会随之失效）。`);
}
