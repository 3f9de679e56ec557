/**
 * Several processes answering side by side: this one, which has the assistant open already, and helpers that join
 * as soon as they have opened theirs.
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { SuiteCase } from './suite.ts';
import type { Observation, Target } from './target.ts';

/** What a helper is told to open. */
export interface HelperOptions {
  readonly corpusDir: string;
  readonly indexDir: string;
}

/** What goes to a helper: a question with a ticket. */
export interface HelperTask {
  readonly ticket: number;
  readonly entry: SuiteCase;
}

/** What comes from a helper: first that it is ready, then observations. */
export type HelperMessage =
  | { readonly ready: true }
  | { readonly ticket: number; readonly seen: Observation };

type Observe = (entry: SuiteCase) => Promise<Observation>;

/**
 * The target, helped by `helpers` more processes on the same corpus and index. A helper that cannot start or ends
 * early costs time only: its question is asked again elsewhere.
 */
export function pooled(target: Target, helpers: number, options: HelperOptions): Target {
  const idle: Observe[] = [];
  const waiting: ((observe: Observe) => void)[] = [];
  const release = (observe: Observe) => {
    const next = waiting.shift();
    if (next) next(observe);
    else idle.push(observe);
  };
  const acquire = (): Promise<Observe> => {
    const free = idle.pop();
    return free ? Promise.resolve(free) : new Promise((resolve) => waiting.push(resolve));
  };
  const own: Observe = (entry) => target.observe(entry);
  release(own);
  const children = Array.from({ length: helpers }, () => startHelper(options, release));
  return {
    ...target,
    name: `${target.name}, ${helpers + 1} processes`,
    jobs: helpers + 1,
    async observe(entry) {
      for (;;) {
        const observe = await acquire();
        try {
          const seen = await observe(entry);
          release(observe);
          // Let messages of the helpers in before this process is busy with its next question.
          await new Promise((resolve) => setImmediate(resolve));
          return seen;
        } catch {
          // The helper is gone; it is not released again.
        }
      }
    },
    async close() {
      for (const child of children) child.kill();
      await target.close();
    },
  };
}

function startHelper(options: HelperOptions, release: (observe: Observe) => void): ChildProcess {
  const child = fork(join(import.meta.dirname, 'helper.ts'), [options.corpusDir, options.indexDir], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const open = new Map<number, { resolve: (seen: Observation) => void; reject: (error: Error) => void }>();
  let last = 0;
  const observe: Observe = (entry) =>
    new Promise((resolve, reject) => {
      const ticket = ++last;
      open.set(ticket, { resolve, reject });
      const task: HelperTask = { ticket, entry };
      child.send(task, (error) => error && fail());
    });
  const fail = () => {
    for (const { reject } of open.values()) reject(new Error('helper ended'));
    open.clear();
  };
  child.on('message', (message: HelperMessage) => {
    if ('ready' in message) release(observe);
    else {
      open.get(message.ticket)?.resolve(message.seen);
      open.delete(message.ticket);
    }
  });
  child.on('exit', fail);
  child.on('error', fail);
  return child;
}
