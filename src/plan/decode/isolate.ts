import { Worker } from 'node:worker_threads';
import type { DocumentErrorCode } from './errors.ts';
import { Unreadable } from './errors.ts';

/** What a reading thread is given. */
export interface Task {
  readonly format: 'docx' | 'pdf';
  readonly bytes: Uint8Array;
}

/** What it answers. */
export type Answer =
  | { readonly text: string }
  | { readonly code: DocumentErrorCode; readonly reason: string };

/** How long reading one file may take. */
export const SECONDS = 180;
/** How much memory it may take, in MB. */
const MEMORY = 2048;

/**
 * A thread that runs the TypeScript of `file` and ends, by an error, when it takes too much memory. It does not
 * inherit tsx from the main thread: it registers it before it loads the file.
 */
export function threadOf(file: URL, workerData?: unknown): Worker {
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const script = `import(${tsx}).then(({ register }) => { register(); return import(${JSON.stringify(file.href)}); })`;
  return new Worker(script, {
    eval: true,
    execArgv: [],
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY },
  });
}

function tooHard(): Unreadable {
  return new Unreadable(
    'too_large',
    '过大或过于复杂，无法读完。请拆成几个文件，或另存为 .docx 或 .txt 后再放入。',
  );
}

/**
 * Reads a file in a thread of its own, so that a file made to exhaust time or memory (or merely a huge one)
 * ends as an error and the program goes on meanwhile.
 */
export async function readIsolated(task: Task, seconds = SECONDS): Promise<string> {
  const worker = threadOf(new URL('./worker.ts', import.meta.url), task);
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      timer = setTimeout(() => reject(tooHard()), seconds * 1000);
      worker.once('message', resolve);
      worker.once('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooHard() : error);
      });
      worker.once('exit', () => reject(tooHard()));
    });
    if ('code' in answer) throw new Unreadable(answer.code, answer.reason);
    return answer.text;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
