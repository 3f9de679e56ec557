/** What lasts, brought from SQLite into PostgreSQL and back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { stateToPostgres, stateToSqlite } from '../../src/state/copy.ts';
import { openState } from '../../src/state/index.ts';
import type { AnswerRecord, State } from '../../src/state/types.ts';
import { StateError } from '../../src/state/types.ts';
import type { TestDatabase } from '../postgres/database.ts';
import { startDatabase } from '../postgres/database.ts';

let database: TestDatabase;
const folders: string[] = [];
const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'guiwen-copy-'));
  folders.push(dir);
  return dir;
};
beforeAll(async () => {
  database = await startDatabase();
}, 120_000);
afterAll(async () => {
  await database.stop();
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => database.clear());

const answer = (n: number): AnswerRecord => ({
  id: `a${n}`,
  at: n,
  channel: 'http',
  asker: n % 2 ? `甲${n}` : undefined,
  conversationId: undefined,
  question: `问${n}`,
  understood: `问${n}`,
  status: 'answered',
  reason: undefined,
  mode: 'extractive',
  answer: '“引”\n答',
  citations: [],
  model: undefined,
  version: '1',
  index: 'i',
  tookMs: 0.25 * n,
});

async function fill(state: State): Promise<void> {
  // More than are brought over at a time.
  for (let n = 0; n < 1203; n++) await state.answers.add(answer(n));
  await state.feedback.add({ answerId: 'a1', rating: 'up', at: 3 });
  await state.feedback.add({ answerId: 'a2', rating: 'down', comment: '不对', at: 2, asker: '甲' });
  await state.conversations.append('c', [{ role: 'user', content: '问' }], 1);
  await state.conversations.append('c', [{ role: 'assistant', content: '答', answerId: 'a1' }], 2);
  await state.conversations.restrict('c', ['p'], 3);
  await state.events.take({ id: 'e1', channel: 'slack', at: 1, payload: { text: '问' } });
  await state.events.begin('e1');
  await state.events.note('e1', { step: 1 });
  await state.events.take({ id: 'e2', channel: 'slack', at: 2, payload: 2 });
  await state.events.finish('e2', 'done', 3);
  await state.keys.add({ id: 'k', name: '门户', hash: Buffer.alloc(32, 9), scopes: ['ask'], createdAt: 1 });
  await state.keys.update('k', { usedAt: 2 });
}

/** Everything a state can tell. */
async function told(state: State) {
  const answers = [];
  for (const n of [0, 1, 499, 500, 1202, 1203]) answers.push(await state.answers.get(`a${n}`));
  return {
    answers,
    feedback: await state.feedback.list(),
    conversation: await state.conversations.get('c', 10),
    unfinished: await state.events.unfinished('slack'),
    keys: await state.keys.list(),
    again: await state.events.take({ id: 'e2', channel: 'slack', at: 9, payload: 0 }),
  };
}

it('there and back tells the same, and goes on where it stopped', async () => {
  const here = folder();
  const first = await openState({ dataDir: here });
  await fill(first);
  const wanted = await told(first);
  expect(wanted.answers.slice(0, 5).every(Boolean)).toBe(true);
  await first.close();

  expect(await stateToPostgres(here, database.url)).toBe(1203 + 2 + 1 + 2 + 2 + 1);
  const middle = await openState({ dataDir: '/nowhere', store: database.url });
  expect(await told(middle)).toEqual(wanted);
  await middle.feedback.add({ answerId: 'a3', rating: 'up', at: 9 });
  await middle.conversations.append('c', [{ role: 'user', content: '又问' }], 9);
  const later = await told(middle);
  expect(later.conversation.turns.at(-1)?.content).toBe('又问');
  await middle.close();

  const there = folder();
  await stateToSqlite(database.url, there);
  const last = await openState({ dataDir: there });
  expect(await told(last)).toEqual(later);
  await last.close();
});

it('is refused where something is already, and changes nothing', async () => {
  const here = folder();
  const state = await openState({ dataDir: here });
  await state.answers.add(answer(1));
  await state.close();
  await stateToPostgres(here, database.url);
  await expect(stateToPostgres(here, database.url)).rejects.toThrow(/数据库里已有.*不能再搬入/);
  await expect(stateToSqlite(database.url, here)).rejects.toThrow(/数据目录里已有/);
  const kept = await openState({ dataDir: here });
  expect(await kept.answers.get('a1')).toEqual(answer(1));
  await kept.close();
});

it('is refused where there are keys, though nobody has asked anything', async () => {
  const here = folder();
  await (await openState({ dataDir: here })).close();
  const state = await openState({ dataDir: '/nowhere', store: database.url });
  await state.keys.add({ id: 'k', name: '门户', hash: Buffer.alloc(32), scopes: [], createdAt: 1 });
  await state.close();
  await expect(stateToPostgres(here, database.url)).rejects.toThrow(/密钥.*不能再搬入/);
});

it('that breaks half way leaves the database empty', async () => {
  const here = folder();
  const state = await openState({ dataDir: here });
  await state.answers.add(answer(1));
  await state.feedback.add({ answerId: 'a1', rating: 'up', at: 1 });
  await state.close();
  const empty = await openState({ dataDir: '/nowhere', store: database.url });
  await database.exec("ALTER TABLE guiwen.feedback ADD CHECK (rating = 'down')");
  await expect(stateToPostgres(here, database.url)).rejects.toThrow(StateError);
  expect(await empty.answers.get('a1')).toBeUndefined();
  await empty.close();
});
