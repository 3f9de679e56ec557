/**
 * What every part of the benchmark measures with: times of single calls, memory, the event loop, and tables.
 * @module
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Milliseconds that half, and 95 of 100, of the calls stay within. */
export interface Timing {
  readonly p50: number;
  readonly p95: number;
  /** Milliseconds of processor a call takes on average, all threads together: other work does not add to it as much. */
  readonly cpu: number;
}

/** Calls `run` with each item in turn, after a third of them to warm up. */
export async function timeEach<T>(items: readonly T[], run: (item: T) => unknown): Promise<Timing> {
  for (const item of items.slice(0, Math.ceil(items.length / 3))) await run(item);
  const times: number[] = [];
  const before = process.cpuUsage();
  for (const item of items) {
    const began = performance.now();
    await run(item);
    times.push(performance.now() - began);
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] as number;
  return { p50: at(0.5), p95: at(0.95), cpu: (user + system) / 1000 / items.length };
}

/** How long something takes, in milliseconds, with what it gives. */
export async function timed<T>(run: () => T | Promise<T>): Promise<{ value: T; ms: number }> {
  const began = performance.now();
  const value = await run();
  return { value, ms: performance.now() - began };
}

let collect: (() => void) | undefined;

/** Resident memory in bytes, garbage collected first. */
export function resident(): number {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  return process.memoryUsage().rss;
}

/** Runs something and tells how long the event loop was blocked at most meanwhile, in milliseconds. */
export async function withDelay<T>(run: () => Promise<T>): Promise<{ value: T; blockedMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  // The histogram sees only whole turns of the loop.
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.reset();
  const value = await run();
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.disable();
  return { value, blockedMs: delay.max / 1e6 };
}

/** A time for people. */
export const ms = (value: number) =>
  value < 10_000 ? `${value.toFixed(value < 10 ? 2 : 0)} ms` : `${(value / 1000).toFixed(1)} s`;
/** Bytes for people. */
export const mb = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
/** Prints a row of a Markdown table. */
export const row = (...cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);
/** Prints a table's head; the first column is text, the others numbers. */
export function head(...cells: readonly string[]): void {
  row(...cells);
  row(...cells.map((_c, i) => (i === 0 ? '---' : '---:')));
}
/** A share for people. */
export const percentOf = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
