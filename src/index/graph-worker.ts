/**
 * The thread that builds a large vector graph.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { GraphTask } from './graph.ts';
import { addTo } from './graph.ts';
import { emptyGraph } from './vectors.ts';

const { dimension, count, file } = workerData as GraphTask;
const graph = emptyGraph(dimension, count);
parentPort?.on('message', (message: Float32Array | 'finish') => {
  if (message === 'finish') {
    graph.writeIndexSync(file);
    parentPort?.close();
    return;
  }
  for (let at = 0; at < message.length; at += dimension) addTo(graph, message.subarray(at, at + dimension));
});
