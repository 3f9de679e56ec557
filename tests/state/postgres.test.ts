/** What only the state in PostgreSQL can meet with: a database that is not there, not ours, or newer. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openState } from '../../src/state/index.ts';
import { StateError } from '../../src/state/types.ts';
import type { TestDatabase } from '../postgres/database.ts';
import { startDatabase } from '../postgres/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase();
}, 120_000);
afterAll(() => database.stop());

const open = (store: string) => openState({ dataDir: '/nowhere', store });

describe('opening', () => {
  it('says that the database cannot be reached, without its address or password', async () => {
    const free = await freePort();
    const error = await open(`postgres://guiwen:hunter2@127.0.0.1:${free}/plans`).catch((e) => e);
    expect(error).toBeInstanceOf(StateError);
    expect(error.message).toMatch(/^连不上 STORE 所指的数据库。/);
    expect(error.message).not.toMatch(/hunter2|127\.0\.0\.1/);
  });

  it('refuses a database of a newer version, and leaves it as it is', async () => {
    await (await open(database.url)).close();
    await database.exec("UPDATE guiwen.migrations SET number = number + 9000 WHERE part = 'state'");
    await expect(open(database.url)).rejects.toThrow(StateError);
    await expect(open(database.url)).rejects.toThrow(/更新的版本/);
    await database.exec("UPDATE guiwen.migrations SET number = number - 9000 WHERE part = 'state'");
    await (await open(database.url)).close();
  });

  it('by several servers at once makes the tables once', async () => {
    await database.exec('DROP SCHEMA guiwen CASCADE');
    const states = await Promise.all([1, 2, 3, 4].map(() => open(database.url)));
    await Promise.all(states.map((s) => s.close()));
  });
});

describe('a write', () => {
  it('that fails half way leaves nothing behind', async () => {
    const state = await open(database.url);
    const turns = [
      { role: 'user' as const, content: '问' },
      { role: 'nobody' as 'user', content: '无' },
    ];
    await expect(state.conversations.append('c', turns, 1)).rejects.toThrow(StateError);
    expect(await state.conversations.get('c', 10)).toEqual({ plans: [], turns: [] });
    // The connection is fit for use again.
    await state.conversations.append('c', turns.slice(0, 1), 1);
    expect((await state.conversations.get('c', 10)).turns).toHaveLength(1);
    await state.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 1;
}
