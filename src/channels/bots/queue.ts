/**
 * The queue that all bots share: so many at a time, one conversation in order, no conversation ahead of the others.
 * @module
 */

/** Work waiting for its turn. */
export interface Queue {
  /** False if the queue is full: try again later. */
  readonly hasRoom: boolean;
  /**
   * Runs `work` when its turn has come: after everything added for `conversation` before. Conversations take turns.
   * `work` must not reject.
   */
  add(conversation: string, work: () => Promise<void>): void;
  /** Resolves when nothing runs and nothing that may still start waits. */
  idle(): Promise<void>;
  /** Starts nothing more; what runs goes on. What waits is forgotten. */
  close(): void;
}

/** How many messages may wait in memory; each is about as large as the message. */
const CAPACITY = 10_000;

/**
 * A queue that runs `concurrency` works at a time.
 * @param capacity how many may wait or run before `hasRoom` says no
 */
export function createQueue(concurrency: number, capacity: number = CAPACITY): Queue {
  /** Of every conversation with work: what waits, in order. */
  const waiting = new Map<string, (() => Promise<void>)[]>();
  /** Conversations whose next work may start, in the order of their turns. */
  const ready: string[] = [];
  const idlers: (() => void)[] = [];
  let running = 0;
  let size = 0;
  let closed = false;

  const next = (): void => {
    while (!closed && running < concurrency && ready.length > 0) {
      const conversation = ready.shift() as string;
      const work = waiting.get(conversation)?.shift();
      if (!work) continue;
      running++;
      void work().finally(() => {
        running--;
        size--;
        if (waiting.get(conversation)?.length) ready.push(conversation);
        else waiting.delete(conversation);
        next();
      });
    }
    if (running === 0 && (closed || size === 0)) for (const resolve of idlers.splice(0)) resolve();
  };

  return {
    get hasRoom() {
      return !closed && size < capacity;
    },
    add(conversation, work) {
      if (closed) return;
      size++;
      const before = waiting.get(conversation);
      if (before) before.push(work);
      else {
        waiting.set(conversation, [work]);
        ready.push(conversation);
      }
      next();
    },
    idle() {
      return new Promise((resolve) => {
        idlers.push(resolve);
        next();
      });
    },
    close() {
      closed = true;
      next();
    },
  };
}
