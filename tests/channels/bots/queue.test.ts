/** The queue that all bots share. */
import { expect, test } from 'vitest';
import { createQueue } from '../../../src/channels/bots/queue.ts';

/** Work that ends when told to, and what has begun. */
function bench() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve) => ends.set(name, resolve));
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, work, end };
}

test('no more than the given number run at a time', async () => {
  const { begun, work, end } = bench();
  const queue = createQueue(2);
  for (const name of ['a', 'b', 'c']) queue.add(name, work(name));
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('one conversation is answered in order, one message after the other', async () => {
  const { begun, work, end } = bench();
  const queue = createQueue(4);
  for (const name of ['a1', 'a2', 'a3']) queue.add('a', work(name));
  expect(begun).toEqual(['a1']);
  await end('a1');
  await end('a2');
  expect(begun).toEqual(['a1', 'a2', 'a3']);
});

test('a conversation with many messages does not keep the others waiting', async () => {
  const { begun, work, end } = bench();
  const queue = createQueue(1);
  for (const name of ['a1', 'a2', 'a3']) queue.add('a', work(name));
  queue.add('b', work('b1'));
  await end('a1');
  expect(begun).toEqual(['a1', 'b1']);
  await end('b1');
  expect(begun).toEqual(['a1', 'b1', 'a2']);
});

test('it says when it is full, and has room again when something is done', async () => {
  const { work, end } = bench();
  const queue = createQueue(1, 2);
  queue.add('a', work('a'));
  expect(queue.hasRoom).toBe(true);
  queue.add('b', work('b'));
  expect(queue.hasRoom).toBe(false);
  await end('a');
  expect(queue.hasRoom).toBe(true);
});

test('closed, it starts nothing more and is idle when what runs has ended', async () => {
  const { begun, work, end } = bench();
  const queue = createQueue(1);
  queue.add('a', work('a'));
  queue.add('b', work('b'));
  queue.close();
  let idle = false;
  const done = queue.idle().then(() => {
    idle = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(idle).toBe(false);
  await end('a');
  await done;
  expect(begun).toEqual(['a']);
  expect(queue.hasRoom).toBe(false);
});
