/** Server-Sent Events as they come over the wire: in pieces of any size. */
import { expect, test } from 'vitest';
import { readEvents } from '../../src/widget/stream.ts';

const STREAM = 'event: delta\ndata: {"text":"森林"}\n\n:\n\nevent: done\r\ndata: {"a":\r\ndata: 1}\r\n\r\n';

function inPieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function all(stream: ReadableStream<Uint8Array>) {
  const events = [];
  for await (const event of readEvents(stream)) events.push(event);
  return events;
}

test.each([1, 2, 7, 1000])('pieces of %i bytes give the same events, characters whole', async (size) => {
  expect(await all(inPieces(STREAM, size))).toEqual([
    { name: 'delta', data: { text: '森林' } },
    { name: 'done', data: { a: 1 } },
  ]);
});

test('an event cut off by the end is not given', async () => {
  expect(
    await all(inPieces('event: delta\ndata: {"text":"a"}\n\nevent: done\ndata: {"answer', 9)),
  ).toHaveLength(1);
});

test('who stops listening cancels the stream', async () => {
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\ndata: 2\n\n')),
    cancel() {
      cancelled = true;
    },
  });
  for await (const _event of readEvents(stream)) break;
  expect(cancelled).toBe(true);
});
