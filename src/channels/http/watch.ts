/**
 * Watching the corpus: tells when documents were added, changed or taken away and everything has come to rest.
 *
 * It looks at names, sizes and times at intervals instead of waiting for the file system to tell, which network
 * folders and containers never do.
 *
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How to watch. */
export interface WatchOptions {
  /** Called at first and once for every change; the next look waits until it is done. */
  readonly onChange: () => Promise<unknown>;
  readonly everyMs?: number;
}

/** A watch that goes on until it is stopped. */
export interface Watch {
  stop(): void;
}

const EVERY_MS = 2_000;
/** A look that takes long is taken less often: at most this share of the time is spent looking. */
const SHARE = 0.05;

/**
 * Watches the files below `directory`. A change counts once two looks in a row see the same. What is there at first
 * counts as one: it may be newer than what is served.
 */
export function watchFiles(directory: string, { onChange, everyMs = EVERY_MS }: WatchOptions): Watch {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let served: string | undefined;
  let before: string | undefined;
  const look = async () => {
    const began = performance.now();
    const seen = await fingerprint(directory);
    const settled = seen !== served && seen === before;
    before = seen;
    const took = performance.now() - began;
    if (settled && !stopped) {
      // Before the call: what changes while it runs is seen afterwards.
      served = seen;
      // Whoever does the work logs what goes wrong with it.
      await onChange().catch(() => {});
    }
    if (!stopped) timer = setTimeout(look, Math.max(everyMs, took / SHARE)).unref();
  };
  void look();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Names, sizes and times of all files below a folder, in one string; of a folder that cannot be read, nothing. */
async function fingerprint(directory: string): Promise<string> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const lines: string[] = [];
    for (const entry of entries) {
      if (entry.isDirectory()) continue;
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs, ino } = await stat(path);
      lines.push(`${path}\0${size}\0${mtimeMs}\0${ino}`);
    }
    return lines.sort().join('\n');
  } catch {
    // A file went away between being listed and being looked at: the next look will tell.
    return '';
  }
}
