/**
 * Lists whose items are made when they are asked for, so that an index of any size opens at once and takes no more
 * memory than what is looked at.
 * @module
 */

/**
 * A list of `length` items. One with at most `keep` items is made whole; a longer one makes each item when it is
 * asked for, and keeps between `keep` and twice as many, those asked for last. An item that is kept is the same
 * object each time.
 */
export function lazyList<T extends object>(
  length: number,
  make: (at: number) => T,
  keep: number,
): readonly T[] {
  if (length <= keep) return Array.from({ length }, (_x, at) => make(at));
  let recent = new Map<number, T>();
  let older = new Map<number, T>();
  const item = (at: number): T => {
    let found = recent.get(at);
    if (found) return found;
    found = older.get(at) ?? make(at);
    if (recent.size >= keep) {
      older = recent;
      recent = new Map();
    }
    recent.set(at, found);
    return found;
  };
  const place = (key: string | symbol): number | undefined => {
    const at = typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : undefined;
    return at !== undefined && at < length ? at : undefined;
  };
  return new Proxy([] as T[], {
    get(target, key, receiver) {
      if (key === 'length') return length;
      const at = place(key);
      return at === undefined ? Reflect.get(target, key, receiver) : item(at);
    },
    has: (target, key) => place(key) !== undefined || Reflect.has(target, key),
    set: () => false,
    ownKeys: () => [...Array.from({ length }, (_x, at) => String(at)), 'length'],
    getOwnPropertyDescriptor(target, key) {
      const at = place(key);
      return at === undefined
        ? Reflect.getOwnPropertyDescriptor(target, key)
        : { value: item(at), enumerable: true, configurable: true, writable: false };
    },
  });
}

/** Lists up to this length are made whole. */
const WHOLE = 8192;

/** A list of `length` items that `of` gives at once; a long one asks it each time. */
export function listOf<T>(length: number, of: (at: number) => T): readonly T[] {
  if (length <= WHOLE) return Array.from({ length }, (_x, at) => of(at));
  return new Proxy([] as T[], {
    get(target, key, receiver) {
      if (key === 'length') return length;
      if (typeof key === 'symbol' || !/^\d+$/.test(key)) return Reflect.get(target, key, receiver);
      const at = Number(key);
      return at < length ? of(at) : undefined;
    },
    has: (target, key) =>
      (typeof key === 'string' && /^\d+$/.test(key) && Number(key) < length) || Reflect.has(target, key),
    set: () => false,
  });
}
