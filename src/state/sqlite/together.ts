/**
 * Writes that come in the same moment share one commit: waiting for the disk is most of what a small one costs.
 * @module
 */
import type { Database } from 'better-sqlite3';

interface Waiting<T> {
  readonly value: T;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * `add` keeps a value by `insert` and resolves once the commit is on disk; what `insert` throws is that value's alone.
 * `flush` commits at once what waits.
 */
export function together<T>(
  database: Database,
  insert: (value: T) => void,
): { add(value: T): Promise<void>; flush(): void } {
  let waiting: Waiting<T>[] = [];
  const commit = database.transaction((batch: readonly Waiting<T>[]) =>
    batch.map(({ value }) => {
      try {
        insert(value);
        return undefined;
      } catch (error) {
        // On a full disk SQLite gives up the whole transaction.
        if (!database.inTransaction) throw error;
        return { error };
      }
    }),
  );
  const flush = () => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      const failures = commit.immediate(batch);
      for (const [i, { resolve, reject }] of batch.entries()) {
        const failure = failures[i];
        if (failure) reject(failure.error);
        else resolve();
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  return {
    add: (value) =>
      new Promise((resolve, reject) => {
        if (waiting.push({ value, resolve, reject }) === 1) setImmediate(flush);
      }),
    flush,
  };
}
