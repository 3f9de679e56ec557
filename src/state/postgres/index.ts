/**
 * State in PostgreSQL, shared by any number of servers.
 * @module
 */
import { join } from 'node:path';
import type { Postgres, Query } from '../../postgres/connect.ts';
import { openMigrated, PostgresError } from '../../postgres/connect.ts';
import type { AnswerRow, EventRow, FeedbackRow, TurnRow } from '../rows.ts';
import { answerOf, eventOf, feedbackOf, turnOf } from '../rows.ts';
import type { State } from '../types.ts';
import { StateError } from '../types.ts';
import { keysIn } from './keys.ts';
import { removalFrom } from './removal.ts';

const MIGRATIONS = join(import.meta.dirname, 'migrations');

/**
 * Opens the state kept in the database at `url`, making its tables if need be.
 * @throws StateError if it cannot be reached or written, or a newer version wrote it
 */
export async function openPostgresState(url: string): Promise<State> {
  return stateOver(await connectState(url));
}

/** The database at `url` with the tables of the state. @throws StateError */
export async function connectState(url: string): Promise<Postgres> {
  return openMigrated(url, 'state', MIGRATIONS).catch((error) => {
    throw asStateError(error);
  });
}

function stateOver(database: Postgres): State {
  const query: Query = (sql, values) =>
    database.query<never>(sql, values).catch((error) => {
      throw asStateError(error);
    });
  const transaction = <T>(work: (query: Query) => Promise<T>) =>
    database.transaction(work).catch((error) => {
      throw asStateError(error);
    });
  const run = async (sql: string, values: readonly unknown[]) => {
    await query(sql, values);
  };
  // The row of the conversation is locked by it, so that turns of two appends do not mix.
  const touch = `
    INSERT INTO guiwen.conversations (id, at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET at = $2`;
  return {
    answers: {
      add: (r) =>
        run(
          `INSERT INTO guiwen.answers VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
          [
            r.id,
            r.at,
            r.channel,
            r.asker ?? null,
            r.conversationId ?? null,
            r.question,
            r.understood,
            r.status,
            r.reason ?? null,
            r.mode,
            r.answer,
            JSON.stringify(r.citations),
            r.model ?? null,
            r.version,
            r.index,
            r.tookMs,
          ],
        ),
      async get(id) {
        const { rows } = await query<AnswerRow>('SELECT * FROM guiwen.answers WHERE id = $1', [id]);
        return rows[0] && answerOf(rows[0]);
      },
    },
    feedback: {
      add: ({ answerId, rating, comment = null, at, asker = null }) =>
        run(
          'INSERT INTO guiwen.feedback (answer_id, rating, comment, at, asker) VALUES ($1, $2, $3, $4, $5)',
          [answerId, rating, comment, at, asker],
        ),
      async list({ rating, since = 0 } = {}) {
        const { rows } = await query<FeedbackRow>(
          'SELECT * FROM guiwen.feedback WHERE ($1::text IS NULL OR rating = $1) AND at >= $2 ORDER BY n',
          [rating ?? null, since],
        );
        return rows.map(feedbackOf);
      },
    },
    conversations: {
      async get(id, last) {
        const { rows: turns } = await query<TurnRow>(
          `SELECT role, content, answer_id FROM guiwen.turns WHERE conversation_id = $1 ORDER BY n DESC LIMIT $2`,
          [id, last],
        );
        const { rows } = await query<{ plans: string }>(
          'SELECT plans FROM guiwen.conversations WHERE id = $1',
          [id],
        );
        return {
          turns: turns.reverse().map(turnOf),
          plans: JSON.parse(rows[0]?.plans ?? '[]') as string[],
        };
      },
      append: (id, turns, at) =>
        transaction(async (inside) => {
          await inside(touch, [id, at]);
          for (const { role, content, answerId = null } of turns) {
            await inside(
              'INSERT INTO guiwen.turns (conversation_id, role, content, answer_id) VALUES ($1, $2, $3, $4)',
              [id, role, content, answerId],
            );
          }
        }),
      restrict: (id, plans, at) =>
        run(
          `INSERT INTO guiwen.conversations (id, at, plans) VALUES ($1, $2, $3)
           ON CONFLICT (id) DO UPDATE SET at = $2, plans = $3`,
          [id, at, JSON.stringify(plans)],
        ),
      clear: (id) => run('DELETE FROM guiwen.conversations WHERE id = $1', [id]),
    },
    events: {
      async take({ id, channel, at, payload }) {
        const { rowCount } = await query(
          `INSERT INTO guiwen.events (id, channel, at, payload) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`,
          [id, channel, at, JSON.stringify(payload)],
        );
        return rowCount === 1;
      },
      async begin(id) {
        const { rowCount } = await query(
          'UPDATE guiwen.events SET attempts = attempts + 1 WHERE id = $1 AND outcome IS NULL',
          [id],
        );
        return rowCount === 1;
      },
      note: (id, notes) =>
        run('UPDATE guiwen.events SET notes = $2 WHERE id = $1', [id, JSON.stringify(notes)]),
      async noted(id) {
        const { rows } = await query<{ notes: string | null }>(
          'SELECT notes FROM guiwen.events WHERE id = $1',
          [id],
        );
        const notes = rows[0]?.notes;
        return notes ? (JSON.parse(notes) as unknown) : undefined;
      },
      finish: (id, outcome, at) =>
        run('UPDATE guiwen.events SET outcome = $2, finished_at = $3 WHERE id = $1', [id, outcome, at]),
      async unfinished(channel) {
        const { rows } = await query<EventRow>(
          `SELECT id, channel, at, payload, attempts, notes FROM guiwen.events
           WHERE channel = $1 AND outcome IS NULL ORDER BY at`,
          [channel],
        );
        return rows.map(eventOf);
      },
    },
    keys: keysIn(query),
    ...removalFrom(query, transaction),
    check: () =>
      run('INSERT INTO guiwen.probe VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = $1', [Date.now()]),
    close: () => database.close(),
  };
}

const asStateError = (error: unknown): unknown =>
  error instanceof PostgresError ? new StateError(error.message, { cause: error }) : error;
