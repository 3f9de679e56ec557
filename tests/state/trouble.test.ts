/** A full disk, a folder that cannot be written, a clock that jumps: told clearly, and nothing is lost. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openState } from '../../src/state/index.ts';
import { explained } from '../../src/state/sqlite/database.ts';
import { StateError } from '../../src/state/types.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'guiwen-trouble-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dataDir, { recursive: true, force: true });
});

const rating = (comment: string) => ({ answerId: 'a', rating: 'up', comment, at: Date.now() }) as const;

/** A file system of 2 MB of its own, if this machine lets us have one. */
function smallDisk(): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dataDir], { stdio: 'ignore' });
    return () => execFileSync('umount', [dataDir]);
  } catch {
    return undefined;
  }
}

describe('a full disk', () => {
  it('refuses the write in words, keeps what was written, and takes writes again once there is room', async (test) => {
    const unmount = smallDisk();
    if (!unmount) return test.skip();
    try {
      const state = await openState({ dataDir });
      await state.feedback.add(rating('before'));
      const { bavail, bsize } = statfsSync(dataDir);
      writeFileSync(join(dataDir, 'filler'), Buffer.alloc(bavail * bsize));
      // The log may have some room of its own left.
      const fill = async () => {
        for (let n = 0; n < 100; n++) await state.feedback.add(rating('x'.repeat(10_000)));
      };
      const error = await fill().catch((reason) => reason);
      expect(error).toBeInstanceOf(StateError);
      expect(error.message).toMatch(/磁盘已满.*腾出空间/);
      expect((await state.feedback.list())[0]?.comment).toBe('before');
      rmSync(join(dataDir, 'filler'));
      await state.feedback.add(rating('after'));
      await state.close();
      const again = await openState({ dataDir });
      const comments = (await again.feedback.list()).map(({ comment }) => comment);
      await again.close();
      expect(comments.at(0)).toBe('before');
      expect(comments.at(-1)).toBe('after');
    } finally {
      unmount();
    }
  });

  it('is what SQLite says of a database that may not grow', async () => {
    await (await openState({ dataDir })).close();
    const database = new Database(join(dataDir, 'guiwen.sqlite'));
    database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`);
    const insert = database.prepare(
      "INSERT INTO feedback (answer_id, rating, comment, at) VALUES ('a', 'up', ?, 1)",
    );
    let error: unknown;
    try {
      for (let n = 0; n < 100; n++) insert.run('x'.repeat(10_000));
    } catch (reason) {
      error = reason;
    }
    database.close();
    expect(explained(error, dataDir).message).toMatch(/磁盘已满/);
  });
});

it('a folder that cannot be written is told at the start, with the variable to change', async (test) => {
  const mounted = smallDisk();
  if (!mounted) return test.skip();
  try {
    await (await openState({ dataDir })).close();
    execFileSync('mount', ['-o', 'remount,ro', dataDir]);
    await expect(openState({ dataDir })).rejects.toThrow(/不能写入.*DATA_DIR/);
  } finally {
    mounted();
  }
});

it('a clock that jumps back and forth changes neither order nor what is kept', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const state = await openState({ dataDir });
  for (const [comment, at] of [
    ['first', '2026-01-01'],
    ['second', '1970-01-02'],
    ['third', '2099-12-31'],
    ['fourth', '2026-01-01'],
  ] as const) {
    vi.setSystemTime(new Date(at));
    await state.feedback.add(rating(comment));
    await state.conversations.append('c', [{ role: 'user', content: comment }], Date.now());
    expect(await state.events.take({ id: comment, channel: 'slack', at: Date.now(), payload: {} })).toBe(
      true,
    );
    expect(await state.events.take({ id: comment, channel: 'slack', at: Date.now(), payload: {} })).toBe(
      false,
    );
  }
  const order = ['first', 'second', 'third', 'fourth'];
  expect((await state.feedback.list()).map(({ comment }) => comment)).toEqual(order);
  expect((await state.conversations.get('c', 10)).turns.map(({ content }) => content)).toEqual(order);
  expect(await state.events.unfinished('slack')).toHaveLength(4);
  await state.close();
});
