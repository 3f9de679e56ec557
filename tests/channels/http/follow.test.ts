/** Servers that share an index take what another has put in use. */
import { afterEach, expect, test } from 'vitest';
import { followIndex } from '../../../src/channels/http/follow.ts';

const watches: { stop(): void }[] = [];
afterEach(() => {
  for (const watch of watches.splice(0)) watch.stop();
});

/** A follower of what `shared.at` says, that notes what it took. */
function follower(shared: { at: string | undefined; fails?: number; reachable?: boolean }) {
  const taken: string[] = [];
  const errors: string[] = [];
  let looks = 0;
  let served = '1';
  watches.push(
    followIndex({
      newest: async () => {
        looks++;
        if (shared.reachable === false) throw new Error('unreachable');
        return shared.at;
      },
      served: () => served,
      take: async () => {
        if ((shared.fails ?? 0) > 0) {
          shared.fails = (shared.fails ?? 0) - 1;
          throw new Error('cannot be opened');
        }
        served = shared.at as string;
        taken.push(served);
      },
      onError: (error) => errors.push((error as Error).message),
      everyMs: 2,
    }),
  );
  return { taken, errors, looked: (times: number) => expect.poll(() => looks >= times).toBe(true) };
}

test('what is new is taken once; what is served already, or nothing, is not', async () => {
  const shared = { at: undefined as string | undefined };
  const { taken, looked } = follower(shared);
  await looked(3);
  shared.at = '1';
  await looked(6);
  expect(taken).toEqual([]);
  shared.at = '2';
  await expect.poll(() => taken).toEqual(['2']);
  await looked(12);
  expect(taken).toEqual(['2']);
});

test('what cannot be opened is told and tried again, less and less often', async () => {
  const { taken, errors } = follower({ at: '2', fails: 3 });
  await expect.poll(() => taken).toEqual(['2']);
  expect(errors).toEqual(Array(3).fill('cannot be opened'));
});

test('a store that is away for a while is looked at again', async () => {
  const shared = { at: '2', reachable: false };
  const { taken, errors, looked } = follower(shared);
  await looked(3);
  shared.reachable = true;
  await expect.poll(() => taken).toEqual(['2']);
  expect(errors).toEqual([]);
});

test('a stopped one takes nothing', async () => {
  const shared = { at: '1' };
  const { taken, looked } = follower(shared);
  await looked(2);
  watches[0]?.stop();
  shared.at = '2';
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(taken).toEqual([]);
});
