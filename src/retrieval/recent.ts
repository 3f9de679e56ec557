/**
 * Results that are asked for again and again are kept for a while: an opened index never changes, so the same request
 * finds the same passages.
 * @module
 */

/** A bounded memory of results by their request; what was not asked for longest is forgotten first. */
export interface Recent<T> {
  get(key: string): T | undefined;
  keep(key: string, value: T): void;
}

/** @param size results kept at most */
export function recentResults<T extends object>(size: number): Recent<T> {
  const kept = new Map<string, T>();
  return {
    get(key) {
      const found = kept.get(key);
      if (found) {
        kept.delete(key);
        kept.set(key, found);
      }
      return found;
    },
    keep(key, value) {
      kept.set(key, value);
      if (kept.size > size) kept.delete(kept.keys().next().value as string);
    },
  };
}
