/** How long a session is kept, and how many. */
import { expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { keepSessions } from '../../../src/channels/mcp/sessions.ts';
import type { State } from '../../../src/state/types.ts';

/** Sessions over a clock that is set by hand; nothing is asked. */
function keeping(limits: { idleMs?: number; max?: number }) {
  let time = 0;
  const answers = {} as State['answers'];
  const sessions = keepSessions({ answers, log: () => {} }, { ...limits, now: () => time });
  const begin = async () => {
    const session = await sessions.create();
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    };
    const response = await session.handle(
      new Request('http://localhost/mcp', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
      }),
      {} as Assistant,
    );
    await response.text();
    return session.id as string;
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { begin, pass, has: (id: string) => sessions.find(id) !== undefined };
}

test('one that is used goes on; one that is not is dropped', async () => {
  const { begin, pass, has } = keeping({ idleMs: 100 });
  const [used, unused] = [await begin(), await begin()];
  for (let i = 0; i < 3; i++) {
    pass(60);
    expect(has(used)).toBe(true);
  }
  expect(has(unused)).toBe(false);
  expect(has(used)).toBe(true);
});

test('when there are too many, the one unused the longest is dropped', async () => {
  const { begin, has } = keeping({ max: 2 });
  const [first, second] = [await begin(), await begin()];
  expect(has(first)).toBe(true);
  const third = await begin();
  expect([has(first), has(second), has(third)]).toEqual([true, false, true]);
});
