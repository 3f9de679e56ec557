/**
 * The thread that makes plans of long texts, one after the other.
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { planOf } from './plan-of.ts';
import type { Task, Told } from './thread.ts';

parentPort?.on('message', ({ source, file, known }: Task) => {
  let told: Told;
  try {
    told = { plan: planOf(source, file, known) };
  } catch (error) {
    told = { error };
  }
  parentPort?.postMessage(told);
});
