/** What is removed: by age, by person, by conversation; and what a store that cannot be written says. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanerOf, keepFor } from '../../src/channels/retention.ts';
import { runForget } from '../../src/operate.ts';
import { openState } from '../../src/state/index.ts';
import { signingSecret } from '../../src/state/secret.ts';
import { explained, openDatabase } from '../../src/state/sqlite/database.ts';
import type { AnswerRecord, State } from '../../src/state/types.ts';
import { StateError } from '../../src/state/types.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);

let dataDir: string;
let state: State;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'guiwen-removal-'));
  state = await openState({ dataDir });
});
afterEach(async () => {
  await state.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const answer = (id: string, at: number, more: Partial<AnswerRecord> = {}): AnswerRecord => ({
  id,
  at,
  channel: 'http',
  question: `问题${id}`,
  understood: `问题${id}`,
  status: 'answered',
  mode: 'extractive',
  answer: '答',
  citations: [],
  version: '0.1.0',
  index: '',
  tookMs: 1,
  ...more,
});
/** Everything in the store's files, as bytes. */
const onDisk = () => Buffer.concat(readdirSync(dataDir).map((file) => readFileSync(join(dataDir, file))));

/** An answer with feedback, a conversation and a finished event, all of this age. */
async function keep(id: string, at: number, more: Partial<AnswerRecord> = {}) {
  await state.answers.add(answer(id, at, { conversationId: `c-${id}`, ...more }));
  await state.feedback.add({ answerId: id, rating: 'up', comment: `评语${id}`, at });
  await state.conversations.append(`c-${id}`, [{ role: 'user', content: `话${id}` }], at);
  await state.events.take({ id: `e-${id}`, channel: 'slack', at, payload: { text: `事${id}` } });
  await state.events.finish(`e-${id}`, 'done', at);
}

describe('by age', () => {
  test('goes what is older than it should be, of every kind, and leaves no trace on disk; the rest stays', async () => {
    await keep('旧的甲', NOW - 31 * DAY);
    await keep('新的乙', NOW - 29 * DAY);
    expect(onDisk().includes('问题旧的甲')).toBe(true);
    expect(await state.prune(NOW - 30 * DAY)).toEqual({
      answers: 1,
      feedback: 1,
      conversations: 1,
      events: 1,
    });
    expect(await state.answers.get('旧的甲')).toBeUndefined();
    expect(await state.answers.get('新的乙')).toBeDefined();
    expect(await state.feedback.list()).toHaveLength(1);
    expect((await state.conversations.get('c-旧的甲', 9)).turns).toEqual([]);
    expect((await state.conversations.get('c-新的乙', 9)).turns).toHaveLength(1);
    for (const trace of ['问题旧的甲', '评语旧的甲', '话旧的甲', '事旧的甲'])
      expect([trace, onDisk().includes(trace)]).toEqual([trace, false]);
  });

  test('stays an event that is still to be answered', async () => {
    await state.events.take({ id: 'e', channel: 'slack', at: 0, payload: {} });
    await state.prune(NOW);
    expect(await state.events.unfinished('slack')).toHaveLength(1);
  });

  test('goes more than fits into one transaction', async () => {
    for (let i = 0; i < 1100; i++) await state.conversations.append(`c${i}`, [], i);
    expect((await state.prune(NOW)).conversations).toBe(1100);
  });
});

describe('retention', () => {
  const silent = { onRemoved() {}, onError() {} };

  test('begins at the start and tells what it removed', async () => {
    await keep('a', Date.now() - 3 * DAY);
    const removed = await new Promise((resolve, reject) => {
      keepFor(state, { days: 2, onRemoved: resolve, onError: reject }).stop();
    });
    expect(removed).toMatchObject({ answers: 1 });
  });

  test('of 0 days is for ever', async () => {
    let pruned = 0;
    const counting = { ...state, prune: () => Promise.reject(new Error(`${++pruned}`)) };
    keepFor(counting, { days: 0, ...silent }).stop();
    expect(pruned).toBe(0);
  });

  test('removes nothing by a clock that jumped while the server ran, and says so', async () => {
    const befores: number[] = [];
    const errors: unknown[] = [];
    let wall = NOW;
    let up = 1000;
    const clean = cleanerOf(
      {
        prune: async (before) => {
          befores.push(before);
          return { answers: 0, feedback: 0, conversations: 0, events: 0 };
        },
      },
      { days: 30, onRemoved() {}, onError: (error) => errors.push(error), now: () => wall, uptime: () => up },
    );
    await clean();
    up += DAY;
    wall += DAY + 60_000;
    await clean();
    expect(befores).toEqual([NOW - 30 * DAY, NOW - 29 * DAY]);
    wall += 3650 * DAY;
    await clean();
    expect(befores).toHaveLength(2);
    expect(String(errors[0])).toContain('the clock jumped');
  });

  test('goes on after a failure, which is told', async () => {
    const errors: unknown[] = [];
    const clean = cleanerOf(
      { prune: () => Promise.reject(new StateError('磁盘已满')) },
      { days: 1, onRemoved() {}, onError: (error) => errors.push(error) },
    );
    await clean();
    expect(errors).toHaveLength(1);
  });
});

describe('forgetting', () => {
  test('a person: their answers, the feedback on them and the conversations, nothing of others', async () => {
    await keep('甲1', NOW, { asker: 'user:甲' });
    await keep('乙1', NOW, { asker: 'user:乙' });
    expect(await runForget({ dataDir }, { asker: 'user:甲' })).toBe('已删除 1 次问答、1 条反馈、1 段对话。');
    expect(await state.answers.get('甲1')).toBeUndefined();
    expect(await state.answers.get('乙1')).toBeDefined();
    expect(await state.feedback.list()).toHaveLength(1);
    expect((await state.conversations.get('c-乙1', 9)).turns).toHaveLength(1);
    for (const trace of ['问题甲1', '评语甲1', '话甲1'])
      expect([trace, onDisk().includes(trace)]).toEqual([trace, false]);
  });

  test('a conversation', async () => {
    await keep('a', NOW);
    await keep('b', NOW);
    expect(await runForget({ dataDir }, { conversation: 'c-a' })).toContain('1 次问答');
    expect([await state.answers.get('a'), (await state.conversations.get('c-a', 9)).turns]).toEqual([
      undefined,
      [],
    ]);
    expect(await state.answers.get('b')).toBeDefined();
  });

  test('nobody is refused', async () => {
    await expect(runForget({ dataDir }, {})).rejects.toThrow('--asker');
    await expect(runForget({ dataDir }, { asker: '' })).rejects.toThrow('--asker');
  });
});

describe('a full disk', () => {
  test('is told as such by every write, and what was written before is there', async () => {
    await keep('a', NOW);
    const database = openDatabase(dataDir);
    // SQLite refuses to grow, as it does when the disk is full.
    database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`);
    const write = () => {
      try {
        database
          .prepare("INSERT INTO events (id, channel, at, payload) VALUES ('x', 'slack', 0, ?)")
          .run('长'.repeat(100_000));
        return 'written';
      } catch (error) {
        return explained(error, dataDir);
      }
    };
    for (const told of [write(), write()]) {
      expect(told).toBeInstanceOf(StateError);
      expect(String(told)).toContain('磁盘已满');
    }
    database.close();
    expect(await state.answers.get('a')).toBeDefined();
    await state.check();
  });

  test.runIf(process.getuid?.() !== 0)(
    'and a folder that cannot be written are found by the check',
    async () => {
      await state.close();
      chmodSync(dataDir, 0o500);
      await expect(openState({ dataDir })).rejects.toThrow('不能写入');
      chmodSync(dataDir, 0o700);
      state = await openState({ dataDir });
    },
  );

  test('is found by the check, as is a store that has been closed', async () => {
    const other = await openState({ dataDir });
    await other.close();
    await expect(other.check()).rejects.toThrow(StateError);
  });
});

describe('the secret that is signed with', () => {
  test('is made once, and read by its owner only', () => {
    const secret = signingSecret(dataDir);
    expect(secret).toHaveLength(32);
    expect(signingSecret(dataDir)).toEqual(secret);
    expect(statSync(join(dataDir, 'signing.key')).mode & 0o077).toBe(0);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('signing.key'))).toEqual(['signing.key']);
  });

  test('that is damaged is not signed with', () => {
    writeFileSync(join(dataDir, 'signing.key'), 'short');
    expect(() => signingSecret(dataDir)).toThrow('已损坏');
  });
});
