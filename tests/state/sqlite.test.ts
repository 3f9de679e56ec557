import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState } from '../../src/state/index.ts';
import type { State } from '../../src/state/types.ts';
import { StateError } from '../../src/state/types.ts';

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

it('numbers no two migrations alike: the second would never be applied', () => {
  const numbers = readdirSync(new URL('../../src/state/sqlite/migrations', import.meta.url)).map((name) =>
    name.slice(0, 4),
  );
  expect(new Set(numbers).size).toBe(numbers.length);
});
