/**
 * What is removed from SQLite: what is too old, and what was kept of a person or a conversation.
 * @module
 */
import type { Database } from 'better-sqlite3';
import type { Removed, State } from '../types.ts';
import type { Doing } from './keys.ts';

/** Rows deleted in one transaction, so that nobody who writes waits long. */
const BATCH = 500;

/** The removals from `database`. */
export function removalFrom(database: Database, doing: Doing): Pick<State, 'prune' | 'forget'> {
  const old = (table: string, where: string) =>
    database.prepare<[number]>(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${where} LIMIT ${BATCH})`,
    );
  const oldOnes = {
    answers: old('answers', 'at < ?'),
    feedback: old('feedback', 'at < ?'),
    conversations: old('conversations', 'at < ?'),
    events: old('events', 'outcome IS NOT NULL AND at < ?'),
  };
  const count = (sql: string) => {
    const statement = database.prepare<{ value: string }>(sql);
    return (value: string) => statement.run({ value }).changes;
  };
  const ofAsker = {
    conversations: count(
      'DELETE FROM conversations WHERE id IN (SELECT conversation_id FROM answers WHERE asker = @value)',
    ),
    feedback: count(
      'DELETE FROM feedback WHERE asker = @value OR answer_id IN (SELECT id FROM answers WHERE asker = @value)',
    ),
    answers: count('DELETE FROM answers WHERE asker = @value'),
  };
  const ofConversation = {
    conversations: count('DELETE FROM conversations WHERE id = @value'),
    feedback: count(
      'DELETE FROM feedback WHERE answer_id IN (SELECT id FROM answers WHERE conversation_id = @value)',
    ),
    answers: count('DELETE FROM answers WHERE conversation_id = @value'),
  };
  const forget = database.transaction((of: typeof ofAsker, value: string): Removed => {
    const conversations = of.conversations(value);
    const feedback = of.feedback(value);
    return { conversations, feedback, answers: of.answers(value), events: 0 };
  });
  // Until it is moved into the file, the write-ahead log still holds what was deleted.
  const emptyLog = () => database.pragma('wal_checkpoint(TRUNCATE)');

  return {
    async prune(before) {
      const removed = { answers: 0, feedback: 0, conversations: 0, events: 0 };
      for (const kind of Object.keys(oldOnes) as (keyof typeof oldOnes)[]) {
        for (let changes = BATCH; changes === BATCH; ) {
          changes = await doing(() => oldOnes[kind].run(before).changes);
          removed[kind] += changes;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      if (Object.values(removed).some((n) => n > 0)) await doing(emptyLog);
      return removed;
    },
    forget: (whom) =>
      doing(() => {
        const removed =
          'asker' in whom ? forget(ofAsker, whom.asker) : forget(ofConversation, whom.conversationId);
        emptyLog();
        return removed;
      }),
  };
}
