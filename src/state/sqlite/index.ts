/**
 * State in one SQLite file.
 * @module
 */
import type { AnswerRow, EventRow, FeedbackRow, TurnRow } from '../rows.ts';
import { answerOf, eventOf, feedbackOf, turnOf } from '../rows.ts';
import type { AnswerRecord, State } from '../types.ts';
import { explained, openDatabase } from './database.ts';
import { keysIn } from './keys.ts';
import { removalFrom } from './removal.ts';
import { together } from './together.ts';

/**
 * Opens the state kept in `dataDir`.
 * @throws StateError if it cannot be opened or written
 */
export function openSqliteState(dataDir: string): State {
  const database = openDatabase(dataDir);
  // better-sqlite3 is synchronous: a promise that resolves means the commit is on disk.
  const doing = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (error) {
      throw explained(error, dataDir);
    }
  };

  const addAnswer = database.prepare(`
    INSERT INTO answers VALUES (@id, @at, @channel, @asker, @conversationId, @question, @understood, @status,
      @reason, @mode, @answer, @citations, @model, @version, @index, @tookMs)`);
  const answers = together(database, (record: AnswerRecord) => {
    addAnswer.run({
      ...record,
      asker: record.asker ?? null,
      conversationId: record.conversationId ?? null,
      reason: record.reason ?? null,
      model: record.model ?? null,
      citations: JSON.stringify(record.citations),
    });
  });
  const getAnswer = database.prepare<[string], AnswerRow>('SELECT * FROM answers WHERE id = ?');
  const addFeedback = database.prepare(`
    INSERT INTO feedback (answer_id, rating, comment, at, asker)
    VALUES (@answerId, @rating, @comment, @at, @asker)`);
  const listFeedback = database.prepare<unknown[], FeedbackRow>(`
    SELECT * FROM feedback WHERE (@rating IS NULL OR rating = @rating) AND at >= @since ORDER BY n`);
  const touch = database.prepare(`
    INSERT INTO conversations (id, at) VALUES (@id, @at) ON CONFLICT (id) DO UPDATE SET at = @at`);
  const restrict = database.prepare('UPDATE conversations SET plans = @plans WHERE id = @id');
  const addTurn = database.prepare(`
    INSERT INTO turns (conversation_id, role, content, answer_id) VALUES (@id, @role, @content, @answerId)`);
  const lastTurns = database.prepare<[string, number], TurnRow>(
    'SELECT role, content, answer_id FROM turns WHERE conversation_id = ? ORDER BY n DESC LIMIT ?',
  );
  const plansOf = database.prepare<[string], { plans: string }>(
    'SELECT plans FROM conversations WHERE id = ?',
  );
  const forget = database.prepare('DELETE FROM conversations WHERE id = ?');
  const takeEvent = database.prepare(`
    INSERT INTO events (id, channel, at, payload) VALUES (@id, @channel, @at, @payload)
    ON CONFLICT (id) DO NOTHING`);
  const beginEvent = database.prepare(
    'UPDATE events SET attempts = attempts + 1 WHERE id = ? AND outcome IS NULL',
  );
  const noteEvent = database.prepare('UPDATE events SET notes = ? WHERE id = ?');
  const notesOf = database.prepare<[string], { notes: string | null }>(
    'SELECT notes FROM events WHERE id = ?',
  );
  const finishEvent = database.prepare('UPDATE events SET outcome = ?, finished_at = ? WHERE id = ?');
  const unfinished = database.prepare<[string], EventRow>(`
    SELECT id, channel, at, payload, attempts, notes FROM events WHERE channel = ? AND outcome IS NULL ORDER BY at`);

  const probe = database.prepare(
    'INSERT INTO probe (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at',
  );

  return {
    answers: {
      add: (record) =>
        answers.add(record).catch((error) => {
          throw explained(error, dataDir);
        }),
      get: (id) =>
        doing(() => {
          const row = getAnswer.get(id);
          return row && answerOf(row);
        }),
    },
    feedback: {
      add: (feedback) =>
        doing(() => {
          addFeedback.run({ ...feedback, comment: feedback.comment ?? null, asker: feedback.asker ?? null });
        }),
      list: ({ rating, since = 0 } = {}) =>
        doing(() => listFeedback.all({ rating: rating ?? null, since }).map(feedbackOf)),
    },
    conversations: {
      get: (id, last) =>
        doing(() => ({
          turns: lastTurns.all(id, last).reverse().map(turnOf),
          plans: JSON.parse(plansOf.get(id)?.plans ?? '[]') as string[],
        })),
      append: (id, turns, at) =>
        doing(
          database.transaction(() => {
            touch.run({ id, at });
            for (const { role, content, answerId = null } of turns)
              addTurn.run({ id, role, content, answerId });
          }),
        ),
      restrict: (id, plans, at) =>
        doing(
          database.transaction(() => {
            touch.run({ id, at });
            restrict.run({ id, plans: JSON.stringify(plans) });
          }),
        ),
      clear: (id) =>
        doing(() => {
          forget.run(id);
        }),
    },
    events: {
      take: ({ id, channel, at, payload }) =>
        doing(() => takeEvent.run({ id, channel, at, payload: JSON.stringify(payload) }).changes === 1),
      begin: (id) => doing(() => beginEvent.run(id).changes === 1),
      note: (id, notes) =>
        doing(() => {
          noteEvent.run(JSON.stringify(notes), id);
        }),
      noted: (id) =>
        doing(() => {
          const notes = notesOf.get(id)?.notes;
          return notes ? (JSON.parse(notes) as unknown) : undefined;
        }),
      finish: (id, outcome, at) =>
        doing(() => {
          finishEvent.run(outcome, at, id);
        }),
      unfinished: (channel) => doing(() => unfinished.all(channel).map(eventOf)),
    },
    keys: keysIn(database, doing),
    ...removalFrom(database, doing),
    check: () =>
      doing(() => {
        probe.run(Date.now());
      }),
    async close() {
      answers.flush();
      database.close();
    },
  };
}
