/**
 * What is removed from PostgreSQL: what is too old, and what was kept of a person or a conversation.
 * @module
 */
import type { Query } from '../../postgres/connect.ts';
import type { Removed, State } from '../types.ts';

/** Rows deleted in one statement, so that nobody who writes waits long. */
const BATCH = 500;

/** Of what is too old, by the kind that is counted. */
const OLD = {
  answers: 'at < $1',
  feedback: 'at < $1',
  conversations: 'at < $1',
  events: 'outcome IS NOT NULL AND at < $1',
} as const satisfies Record<keyof Removed, string>;

const OF_ASKER = {
  conversations: 'id IN (SELECT conversation_id FROM guiwen.answers WHERE asker = $1)',
  feedback: 'asker = $1 OR answer_id IN (SELECT id FROM guiwen.answers WHERE asker = $1)',
  answers: 'asker = $1',
} as const;

const OF_CONVERSATION = {
  conversations: 'id = $1',
  feedback: 'answer_id IN (SELECT id FROM guiwen.answers WHERE conversation_id = $1)',
  answers: 'conversation_id = $1',
} as const;

/** The removals from the database that `query` asks, and whose transactions `inOne` makes. */
export function removalFrom(
  query: Query,
  inOne: <T>(work: (query: Query) => Promise<T>) => Promise<T>,
): Pick<State, 'prune' | 'forget'> {
  return {
    async prune(before) {
      const removed = { answers: 0, feedback: 0, conversations: 0, events: 0 };
      for (const kind of Object.keys(OLD) as (keyof Removed)[]) {
        for (let count = BATCH; count === BATCH; ) {
          // Rows that another server is removing at the same moment are left to it.
          const { rowCount } = await query(
            `DELETE FROM guiwen.${kind} WHERE ctid = ANY (ARRAY(
               SELECT ctid FROM guiwen.${kind} WHERE ${OLD[kind]} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
            [before],
          );
          count = rowCount;
          removed[kind] += count;
        }
      }
      return removed;
    },
    forget: (whom) =>
      inOne(async (inside) => {
        const [of, value] = 'asker' in whom ? [OF_ASKER, whom.asker] : [OF_CONVERSATION, whom.conversationId];
        const removed = { answers: 0, feedback: 0, conversations: 0, events: 0 };
        // Answers last: they tell which feedback and conversations are meant.
        for (const kind of ['conversations', 'feedback', 'answers'] as const)
          removed[kind] = (await inside(`DELETE FROM guiwen.${kind} WHERE ${of[kind]}`, [value])).rowCount;
        return removed;
      }),
  };
}
