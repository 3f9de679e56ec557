/** The token a site gives the widget: asked for when it is needed, kept, and renewed before it ends. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Token } from '../../src/widget/credentials.ts';
import { keepToken } from '../../src/widget/credentials.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const MINUTE = 60_000;

/** A site that gives tokens of fifteen minutes, one after another. */
function site(give: (n: number) => Partial<Token> = () => ({})) {
  let asked = 0;
  const kept = keepToken(async () => {
    const n = ++asked;
    return { token: `t${n}`, expiresAt: new Date(Date.now() + 15 * MINUTE).toISOString(), ...give(n) };
  });
  return { ...kept, asked: () => asked };
}

test('is kept until it is about to end, and then renewed', async () => {
  const { current } = site();
  expect([await current(), await current()]).toEqual(['t1', 't1']);
  vi.setSystemTime(Date.now() + 13.9 * MINUTE);
  expect(await current()).toBe('t1');
  vi.setSystemTime(Date.now() + 0.2 * MINUTE);
  expect([await current(), await current()]).toEqual(['t2', 't2']);
});

test('is asked for once by all who wait for it', async () => {
  const { current, asked } = site();
  expect(await Promise.all([current(), current(), current()])).toEqual(['t1', 't1', 't1']);
  expect(asked()).toBe(1);
});

test('that was refused is not used again; a refusal of the one before says nothing', async () => {
  const { current, refused } = site();
  refused(await current());
  expect(await current()).toBe('t2');
  refused('t1');
  expect(await current()).toBe('t2');
});

test('without an end is used until it is refused', async () => {
  const { current } = site(() => ({ expiresAt: undefined }));
  await current();
  vi.setSystemTime(Date.now() + 1000 * MINUTE);
  expect(await current()).toBe('t1');
});

test.each([undefined, null, {}, { token: '' }, { token: 7 }])('that is none fails: %j', async (given) => {
  await expect(keepToken(async () => given as Token).current()).rejects.toThrow();
});

test('that could not be had is asked for anew', async () => {
  let up = false;
  const { current } = site(() => {
    if (!up) throw new Error('down');
    return {};
  });
  await expect(current()).rejects.toThrow('down');
  up = true;
  expect(await current()).toBe('t2');
});
