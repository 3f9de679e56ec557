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
const SECONDS = 180;
/** How much memory it may take, in MB. */
const MEMORY = 2048;

/** A thread does not inherit tsx from the main thread: it registers it before it loads the TypeScript. */
function bootScript(): string {
  const tsx = import.meta.resolve('tsx/esm/api');
  const worker = new URL('./worker.ts', import.meta.url).href;
  return `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(worker)}); })`;
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
  const worker = new Worker(bootScript(), {
    eval: true,
    execArgv: [],
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY },
  });
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
