import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState } from '../../src/state/index.ts';
import type { State } from '../../src/state/types.ts';
import { StateError } from '../../src/state/types.ts';
import { record } from './record.ts';

let dataDir: string;
let state: State;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'guiwen-state-'));
  state = await openState({ dataDir });
});

afterEach(async () => {
  await state.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const reopen = async () => {
  await state.close();
  state = await openState({ dataDir });
};

describe('opening', () => {
  it('refuses a file that is no database, and says what to do', async () => {
    await state.close();
    rmSync(dataDir, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), 'guiwen-state-'));
    writeFileSync(
      join(dataDir, 'guiwen.sqlite'),
      'no database at all, but long enough to be looked at'.repeat(40),
    );
    await expect(openState({ dataDir })).rejects.toThrow(/已损坏.*备份/);
    rmSync(join(dataDir, 'guiwen.sqlite'));
    state = await openState({ dataDir });
  });

  it('refuses a file of a newer version', async () => {
    await state.close();
    const database = new Database(join(dataDir, 'guiwen.sqlite'));
    const version = database.pragma('user_version', { simple: true });
    database.pragma('user_version = 9999');
    database.close();
    await expect(openState({ dataDir })).rejects.toThrow(StateError);
    await expect(openState({ dataDir })).rejects.toThrow(/更新的版本/);
    const again = new Database(join(dataDir, 'guiwen.sqlite'));
    again.pragma(`user_version = ${version}`);
    again.close();
    state = await openState({ dataDir });
  });

  it('refuses a folder that is a file', async () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    await expect(openState({ dataDir: file })).rejects.toThrow(/不能写入/);
  });
});

describe('answers that come at once', () => {
  it('share a commit, and each is there when it is acknowledged', async () => {
    const reading = new Database(join(dataDir, 'guiwen.sqlite'), { readonly: true });
    const count = reading.prepare('SELECT count(*) FROM answers').pluck();
    const seen: unknown[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_x, n) => {
        await state.answers.add({ ...record, id: `many-${n}` });
        seen.push(count.get());
      }),
    );
    reading.close();
    expect(seen).toEqual(Array(50).fill(50));
  });

  it('fail alone: one id twice takes nobody else with it', async () => {
    const results = await Promise.allSettled(
      ['one', 'two', 'one', 'three'].map((id) => state.answers.add({ ...record, id })),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect((results[2] as PromiseRejectedResult).reason).toBeInstanceOf(StateError);
    for (const id of ['one', 'two', 'three']) expect(await state.answers.get(id)).toBeDefined();
  });

  it('are kept when the store is closed in the same moment', async () => {
    const kept = state.answers.add({ ...record, id: 'last' });
    await reopen();
    await kept;
    expect(await state.answers.get('last')).toBeDefined();
  });
});

it('opens an up-to-date store without waiting for whoever writes to it', async () => {
  const writing = new Database(join(dataDir, 'guiwen.sqlite'));
  writing.exec('BEGIN IMMEDIATE');
  try {
    await (await openState({ dataDir })).close();
  } finally {
    writing.exec('ROLLBACK');
    writing.close();
  }
});

it('numbers no two migrations alike: the second would never be applied', () => {
  const numbers = readdirSync(new URL('../../src/state/sqlite/migrations', import.meta.url)).map((name) =>
    name.slice(0, 4),
  );
  expect(new Set(numbers).size).toBe(numbers.length);
});
