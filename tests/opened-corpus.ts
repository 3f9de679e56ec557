/**
 * The project's own corpus over an index that all test files of a run share: the first file builds it, the others
 * wait for it. A run clears away what runs before it left.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Assistant } from '../src/assistant.ts';
import { assistantOver } from '../src/assistant.ts';
import { builtinEmbedding } from '../src/embedding/index.ts';
import { buildIndex } from '../src/index/build.ts';
import { IndexError } from '../src/index/manifest.ts';
import type { OpenIndex } from '../src/index/open.ts';
import { openIndex } from '../src/index/open.ts';

/** The corpus that comes with the project. */
export const CORPUS = join(import.meta.dirname, '../corpus');

/** Within the period of every plan that has one. */
export const IN_2024 = () => new Date('2024-06-01T12:00:00+08:00');

const PREFIX = 'guiwen-shared-index-';

/** Where the shared index is; vitest's own process names the run. */
export const sharedIndexDir = () => join(tmpdir(), `${PREFIX}${process.ppid}`);

/** The index of {@link CORPUS}. */
export async function openSharedIndex(): Promise<OpenIndex> {
  const indexDir = sharedIndexDir();
  const lock = `${indexDir}.lock`;
  for (let tries = 0; tries < 200; tries++) {
    try {
      return await openIndex(indexDir, CORPUS, builtinEmbedding());
    } catch (error) {
      if (!(error instanceof IndexError)) throw error;
    }
    if (tryLock(lock)) {
      try {
        removeOfEndedRuns();
        await buildIndex({ corpusDir: CORPUS, indexDir, embedding: builtinEmbedding() });
      } finally {
        rmSync(lock, { recursive: true, force: true });
      }
    } else {
      await sleep(100);
    }
  }
  throw new Error(`the shared index was not built: ${indexDir}`);
}

/** An assistant over the shared index, in the middle of the plans' period unless told otherwise. */
export async function openShared(
  now: () => Date = IN_2024,
): Promise<{ index: OpenIndex; assistant: Assistant }> {
  const index = await openSharedIndex();
  return { index, assistant: assistantOver(index, now) };
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

function removeOfEndedRuns(): void {
  for (const name of readdirSync(tmpdir())) {
    const run = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (!Number.isNaN(run) && !runs(run)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
