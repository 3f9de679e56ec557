/** Many pieces of work at once are done by turns, and what waits for the event loop gets in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { turn } from '../../src/index/breathe.ts';

/** Keeps the event loop busy. */
function work(ms: number): void {
  const began = performance.now();
  while (performance.now() - began < ms);
}

it('a single piece of work does not wait', async () => {
  await nextTurn();
  expect(turn()).toBeUndefined();
});

it('of many the event loop gets its turn between one and the next, and all are done in order', async () => {
  await nextTurn();
  const done: number[] = [];
  let turns = 0;
  let isCounting = true;
  const count = async () => {
    while (isCounting) {
      await nextTurn();
      turns++;
    }
  };
  const counting = count();
  await Promise.all(
    Array.from({ length: 12 }, async (_x, n) => {
      await turn();
      work(15);
      done.push(n);
    }),
  );
  isCounting = false;
  await counting;
  expect(done).toEqual(Array.from({ length: 12 }, (_x, n) => n));
  expect(turns).toBeGreaterThanOrEqual(10);
});
