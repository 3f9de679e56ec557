/**
 * Long work that lets other work go on: an index is built while the one before it is served, and many questions that
 * come at once are answered by turns.
 * @module
 */
// Not the global ones, which a test may stop.
import { setImmediate } from 'node:timers';

/** How long work goes on without a pause, in milliseconds. */
const STRETCH = 12;

/** To be awaited often: pauses when the last pause is long enough ago, so that waiting events get their turn. */
export function breather(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < STRETCH) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        last = performance.now();
        resolve();
      });
    });
  };
}

const waiting: (() => void)[] = [];
let isTaken = false;

/**
 * To be awaited before work of some milliseconds. Work that many ask for at once would otherwise go on without a
 * pause until all of it is done: one may begin in each turn of the event loop, in the order they asked.
 */
export function turn(): Promise<void> | undefined {
  if (isTaken) {
    return new Promise((resolve) => {
      waiting.push(resolve);
    });
  }
  isTaken = true;
  setImmediate(nextTurn);
  return undefined;
}

function nextTurn(): void {
  const goOn = waiting.shift();
  isTaken = goOn !== undefined;
  if (!goOn) return;
  setImmediate(nextTurn);
  goOn();
}
