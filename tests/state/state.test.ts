/** What every store of the state does alike: SQLite in a folder, and PostgreSQL over TCP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runForget, runKeys } from '../../src/operate.ts';
import { openSecret, openState } from '../../src/state/index.ts';
import type { State } from '../../src/state/types.ts';
import { StateError } from '../../src/state/types.ts';
import type { TestDatabase } from '../postgres/database.ts';
import { startDatabase } from '../postgres/database.ts';
import { record } from './record.ts';

describe.each(['sqlite', 'postgres'])('in %s', (kind) => {
  let database: TestDatabase | undefined;
  let dataDir: string;
  let state: State;
  const open = () => openState({ dataDir, ...(database && { store: database.url }) });
  const reopen = async () => {
    await state.close();
    state = await open();
  };

  beforeAll(async () => {
    if (kind === 'postgres') database = await startDatabase();
  }, 120_000);
  afterAll(async () => {
    await database?.stop();
  });
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'guiwen-state-'));
    state = await open();
  });
  afterEach(async () => {
    await state.close();
    await database?.exec('DROP SCHEMA guiwen CASCADE');
    rmSync(dataDir, { recursive: true, force: true });
  });

  describe('what is written', () => {
    it('is there after reopening', async () => {
      await state.answers.add(record);
      await state.feedback.add({ answerId: 'a1', rating: 'down', comment: '数不对', at: 5 });
      await state.conversations.append(
        'c1',
        [
          { role: 'user', content: '问' },
          { role: 'assistant', content: '答', answerId: 'a1' },
        ],
        6,
      );
      await state.conversations.restrict('c1', ['p'], 7);
      await reopen();
      expect(await state.answers.get('a1')).toEqual(record);
      expect(await state.feedback.list({ rating: 'down' })).toEqual([
        { answerId: 'a1', rating: 'down', comment: '数不对', at: 5, asker: undefined },
      ]);
      expect(await state.feedback.list({ rating: 'up' })).toEqual([]);
      expect(await state.feedback.list({ since: 6 })).toEqual([]);
      expect(await state.conversations.get('c1', 10)).toEqual({
        plans: ['p'],
        turns: [
          { role: 'user', content: '问', answerId: undefined },
          { role: 'assistant', content: '答', answerId: 'a1' },
        ],
      });
      expect((await state.conversations.get('c1', 1)).turns).toHaveLength(1);
      await state.conversations.clear('c1');
      expect(await state.conversations.get('c1', 10)).toEqual({ plans: [], turns: [] });
    });

    it('is nothing for what is unknown', async () => {
      expect(await state.answers.get('?')).toBeUndefined();
      expect(await state.conversations.get('?', 3)).toEqual({ plans: [], turns: [] });
      expect(await state.events.begin('?')).toBe(false);
    });
  });

  describe('an event', () => {
    const event = { id: 'slack:Ev1', channel: 'slack', at: 1, payload: { text: '问' } };

    it('is taken once, however often it comes', async () => {
      expect(await state.events.take(event)).toBe(true);
      expect(await state.events.take({ ...event, at: 2 })).toBe(false);
      await reopen();
      expect(await state.events.take(event)).toBe(false);
    });

    it('stays unfinished through a restart until it is finished', async () => {
      await state.events.take(event);
      expect(await state.events.begin(event.id)).toBe(true);
      await reopen();
      expect(await state.events.unfinished('slack')).toEqual([{ ...event, attempts: 1 }]);
      expect(await state.events.unfinished('wecom')).toEqual([]);
      await state.events.finish(event.id, 'done', 9);
      expect(await state.events.unfinished('slack')).toEqual([]);
      expect(await state.events.begin(event.id)).toBe(false);
    });

    it('keeps through a restart what was noted of it last', async () => {
      await state.events.take(event);
      await state.events.note(event.id, { step: 1 });
      await state.events.note(event.id, { step: 2 });
      await reopen();
      expect(await state.events.unfinished('slack')).toEqual([{ ...event, attempts: 0, notes: { step: 2 } }]);
    });

    it('keeps what was noted of it after it is finished', async () => {
      await state.events.take(event);
      expect(await state.events.noted(event.id)).toBeUndefined();
      await state.events.note(event.id, { step: 1 });
      await state.events.finish(event.id, 'done', 7);
      await reopen();
      expect(await state.events.noted(event.id)).toEqual({ step: 1 });
      expect(await state.events.noted('another')).toBeUndefined();
    });
  });

  describe('at the same time', () => {
    it('two of a kind take an event once', async () => {
      const other = await open();
      const event = { id: 'slack:Ev2', channel: 'slack', at: 1, payload: {} };
      const taken = await Promise.all([state, other, state, other].map((s) => s.events.take(event)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      await other.close();
    });

    it('turns of two appends do not mix', async () => {
      const other = await open();
      const pair = (n: number) => [
        { role: 'user' as const, content: `问${n}` },
        { role: 'assistant' as const, content: `答${n}` },
      ];
      await Promise.all(
        [1, 2, 3, 4].map((n) => (n % 2 ? state : other).conversations.append('c', pair(n), n)),
      );
      const { turns } = await state.conversations.get('c', 100);
      expect(turns).toHaveLength(8);
      for (let i = 0; i < 8; i += 2)
        expect(turns[i + 1]?.content).toBe(turns[i]?.content.replace('问', '答'));
      await other.close();
    });

    it('what one writes the other reads', async () => {
      const other = await open();
      await state.answers.add(record);
      expect(await other.answers.get('a1')).toEqual(record);
      await other.close();
    });
  });

  describe('a key', () => {
    const key = { id: 'k1', name: '门户', hash: new Uint8Array(32).fill(7), createdAt: 5 };

    it('is kept as it was made, and changed in what is given only', async () => {
      await state.keys.add({ ...key, scopes: ['ask', 'search'], plans: ['p'], expiresAt: 2e12 });
      await state.keys.add({ ...key, id: 'k0', scopes: [], createdAt: 9 });
      await reopen();
      const { hash, ...rest } = (await state.keys.get('k1'))!;
      expect(Buffer.from(hash).equals(Buffer.from(key.hash))).toBe(true);
      expect(rest).toEqual({
        id: 'k1',
        name: '门户',
        scopes: ['ask', 'search'],
        plans: ['p'],
        createdAt: 5,
        expiresAt: 2e12,
        revokedAt: undefined,
        usedAt: undefined,
      });
      expect(await state.keys.update('k1', { usedAt: 1_700_000_000_000 })).toBe(true);
      expect(await state.keys.update('k1', { revokedAt: 8 })).toBe(true);
      expect(await state.keys.update('?', { revokedAt: 8 })).toBe(false);
      expect(await state.keys.get('k1')).toMatchObject({
        usedAt: 1_700_000_000_000,
        revokedAt: 8,
        expiresAt: 2e12,
      });
      expect((await state.keys.list()).map(({ id, plans }) => [id, plans])).toEqual([
        ['k1', ['p']],
        ['k0', undefined],
      ]);
      expect(await state.keys.get('?')).toBeUndefined();
    });

    it('made and revoked at the terminal is one of this store', async () => {
      const where = { dataDir, ...(database && { store: database.url }) };
      const shown = await runKeys(where, ['add', '门户'], { plans: 'p' });
      const [made] = await state.keys.list();
      expect(shown).toContain(`gw_${made?.id}_`);
      await runKeys(where, ['revoke', made?.id ?? ''], {});
      expect((await state.keys.get(made?.id ?? ''))?.revokedAt).toBeGreaterThan(0);
    });
  });

  describe('what is removed', () => {
    /** An answer of this person, with feedback, a conversation and a finished event, all of this age. */
    const keep = async (id: string, at: number, asker?: string) => {
      await state.answers.add({ ...record, id, at, asker, conversationId: `c-${id}` });
      await state.feedback.add({ answerId: id, rating: 'up', at });
      await state.conversations.append(`c-${id}`, [{ role: 'user', content: '问' }], at);
      await state.events.take({ id: `e-${id}`, channel: 'slack', at, payload: {} });
      await state.events.finish(`e-${id}`, 'done', at);
    };
    const left = async (id: string) => [
      await state.answers.get(id).then(Boolean),
      (await state.feedback.list()).some(({ answerId }) => answerId === id),
      (await state.conversations.get(`c-${id}`, 9)).turns.length > 0,
    ];
    const ALL = [true, true, true];
    const NONE = [false, false, false];

    it('by age is what is older, of every kind, but no event still to be answered', async () => {
      await keep('old', 99);
      await keep('new', 100);
      await state.events.take({ id: 'e', channel: 'slack', at: 1, payload: {} });
      expect(await state.prune(100)).toEqual({ answers: 1, feedback: 1, conversations: 1, events: 1 });
      expect([await left('old'), await left('new')]).toEqual([NONE, ALL]);
      expect((await state.events.unfinished('slack')).map(({ id }) => id)).toEqual(['e']);
      expect(await state.events.take({ id: 'e-new', channel: 'slack', at: 1, payload: {} })).toBe(false);
    });

    it('by age is all of it, also by two at once', async () => {
      const other = await open();
      for (let i = 0; i < 700; i++) await state.feedback.add({ answerId: 'a', rating: 'up', at: i });
      const removed = await Promise.all([state.prune(700), other.prune(700)]);
      expect(removed[0].feedback + removed[1].feedback).toBe(700);
      expect(await state.feedback.list()).toEqual([]);
      await other.close();
    });

    it('of a person is theirs, nothing of others; so of a conversation', async () => {
      await keep('甲', 1, 'user:甲');
      await keep('乙', 1, 'user:乙');
      await keep('丙', 1);
      await state.feedback.add({ answerId: '丙', rating: 'down', at: 1, asker: 'user:甲' });
      const where = { dataDir, ...(database && { store: database.url }) };
      expect(await runForget(where, { asker: 'user:甲' })).toBe('已删除 1 次问答、2 条反馈、1 段对话。');
      expect([await left('甲'), await left('乙'), await left('丙')]).toEqual([NONE, ALL, ALL]);
      expect(await state.forget({ conversationId: 'c-乙' })).toEqual({
        answers: 1,
        feedback: 1,
        conversations: 1,
        events: 0,
      });
      expect([await left('乙'), await left('丙')]).toEqual([NONE, ALL]);
      expect(await state.forget({ asker: 'user:甲' })).toMatchObject({ answers: 0, feedback: 0 });
    });
  });

  it('the check passes while it can be written, and fails when it cannot', async () => {
    await state.check();
    await state.check();
    const other = await open();
    await other.close();
    await expect(other.check()).rejects.toThrow(StateError);
  });

  it('what is signed with is made once, also by several at once', async () => {
    const where = { dataDir, ...(database && { store: database.url }) };
    const secrets = await Promise.all([1, 2, 3].map(() => openSecret(where)));
    expect(secrets[0]).toHaveLength(32);
    for (const secret of [...secrets, await openSecret(where)])
      expect(Buffer.from(secret).equals(Buffer.from(secrets[0]!))).toBe(true);
  });

  describe('what people type', () => {
    it('is kept whatever the characters; none breaks the store', async () => {
      const question = "'; DROP TABLE answers; -- 😀\u202e\n\ud800";
      await state.answers.add({ ...record, question, answer: `空\0字符` });
      await state.conversations.append('c\0', [{ role: 'user', content: 'a\0b' }], 1);
      const kept = await state.answers.get('a1');
      // A lone surrogate is no character; what stands for it is the store's choice.
      expect(kept?.question.startsWith(question.slice(0, -1))).toBe(true);
      expect(kept?.answer).toMatch(/^空.字符$/s);
      expect((await state.conversations.get('c\0', 1)).turns[0]?.content).toMatch(/^a.b$/s);
    });
  });
});
