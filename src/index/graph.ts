/**
 * Building the vector graph: a small one between other work, a large one in a thread of its own while the documents
 * are still being read.
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { HierarchicalNSW } from 'hnswlib-node';
import { breather } from './breathe.ts';
import { checkGraphFile, emptyGraph } from './vectors.ts';

/** From this many vectors on a thread is worth its start. */
const WORTH_A_THREAD = 20_000;

/** What the thread is started with. */
export interface GraphTask {
  readonly dimension: number;
  readonly count: number;
  readonly file: string;
}

/** Takes vectors in their order and writes the graph. */
export interface GraphBuilder {
  /** @param values vectors one after the other */
  add(values: Float32Array): Promise<void>;
  /** Writes the file; until then there is none. @throws if it cannot be written, which hnswlib does not tell */
  finish(): Promise<void>;
  /** Gives up; to be called whether finished or not. */
  stop(): Promise<void>;
}

/** Begins a graph of `count` vectors. The same vectors make the same file, in a thread or not. */
export function graphBuilder(task: GraphTask, threadFrom = WORTH_A_THREAD): GraphBuilder {
  return task.count < threadFrom ? besideOtherWork(task) : inThread(task);
}

function besideOtherWork({ dimension, count, file }: GraphTask): GraphBuilder {
  const graph = emptyGraph(dimension, count);
  const breathe = breather();
  return {
    async add(values) {
      for (let at = 0; at < values.length; at += dimension) {
        addTo(graph, values.subarray(at, at + dimension));
        await breathe();
      }
    },
    async finish() {
      await graph.writeIndex(file);
      checkGraphFile(file, dimension, count);
    },
    async stop() {},
  };
}

/** Adds one vector under the next number. */
export function addTo(graph: HierarchicalNSW, vector: Float32Array): void {
  graph.addPoint(Array.from(vector), graph.getCurrentCount());
}

/** A thread does not inherit tsx from the main thread: it registers it before it loads the TypeScript. */
function bootScript(): string {
  const tsx = import.meta.resolve('tsx/esm/api');
  const worker = new URL('./graph-worker.ts', import.meta.url).href;
  return `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(worker)}); })`;
}

function inThread(task: GraphTask): GraphBuilder {
  const worker = new Worker(bootScript(), { eval: true, execArgv: [], workerData: task });
  // A failure is told to whoever waits next.
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the graph's thread ended with ${code}`)),
    );
  });
  ended.catch(() => {});
  return {
    async add(values) {
      const copy = values.slice();
      worker.postMessage(copy, [copy.buffer as ArrayBuffer]);
    },
    async finish() {
      worker.postMessage('finish');
      await ended;
      checkGraphFile(task.file, task.dimension, task.count);
    },
    async stop() {
      await worker.terminate();
    },
  };
}
