/**
 * Reading long texts in a thread, so that one made to take for ever ends as an error.
 * @module
 */
import type { Worker } from 'node:worker_threads';
import type { Source } from './decode/index.ts';
import { DocumentError } from './decode/index.ts';
import { SECONDS, threadOf } from './decode/isolate.ts';
import type { Plan, PlanFacts } from './types.ts';

/** What the thread is given. */
export interface Task {
  readonly source: Source;
  readonly file: string;
  readonly known: Partial<PlanFacts>;
}

/** What it answers: `plan` is undefined if no text is left. */
export type Told = { readonly plan: Plan | undefined } | { readonly error: unknown };

/** How long a thread without work is kept, in milliseconds: starting one takes longer than reading most documents. */
const IDLE_MS = 3_000;

/** A thread without work, which does not keep the process alive. */
let idle: { readonly worker: Worker; readonly timer: NodeJS.Timeout } | undefined;

/** Forgets who listened. All listeners at once would take away the worker's own, and it would never answer again. */
function silence(worker: Worker): Worker {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
  return worker;
}

/** A thread, the idle one if there is one. */
function takeThread(): Worker {
  if (!idle) return threadOf(new URL('./thread-worker.ts', import.meta.url));
  const { worker, timer } = idle;
  clearTimeout(timer);
  idle = undefined;
  silence(worker).ref();
  return worker;
}

function putBack(worker: Worker): void {
  if (idle) {
    void worker.terminate();
    return;
  }
  silence(worker).unref();
  const timer = setTimeout(() => {
    idle = undefined;
    void worker.terminate();
  }, IDLE_MS).unref();
  idle = { worker, timer };
  // It has no work that could be lost.
  worker
    .on('error', () => {})
    .on('exit', () => {
      if (idle?.worker !== worker) return;
      clearTimeout(timer);
      idle = undefined;
    });
}

/**
 * `planOf` in a thread.
 * @throws DocumentError if it takes longer than `seconds`, or more memory than a document for people needs
 */
export async function inThread(
  source: Source,
  file: string,
  known: Partial<PlanFacts>,
  seconds = SECONDS,
): Promise<Plan | undefined> {
  const worker = takeThread();
  const tooHard = () =>
    new DocumentError('too_large', file, '过大或过于复杂，无法读完。请检查文件，拆成几个后再放入。');
  let timer: NodeJS.Timeout | undefined;
  try {
    const told = await new Promise<Told>((resolve, reject) => {
      timer = setTimeout(() => reject(tooHard()), seconds * 1000);
      worker.once('message', resolve);
      worker.once('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooHard() : error);
      });
      worker.once('exit', () => reject(tooHard()));
      worker.postMessage({ source, file, known } satisfies Task);
    });
    putBack(worker);
    if ('error' in told) throw told.error;
    return told.plan;
  } catch (error) {
    if (idle?.worker !== worker) await worker.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
