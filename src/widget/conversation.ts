/**
 * A conversation, and how it survives a reload: kept in the tab's session storage, so that it is gone with the tab,
 * which on a shared machine is what people expect.
 * @module
 */
import type { Answer, Turn } from './types.ts';

/** A question and what became of it. */
export interface Entry {
  readonly id: string;
  /** As typed. */
  readonly question: string;
  readonly state: 'asking' | 'answered' | 'stopped' | 'failed';
  /** What came before the whole answer did. */
  readonly partial: string;
  /** While asking: what the server is doing. */
  readonly status?: string | undefined;
  readonly answer?: Answer;
  /** When it failed: why, for the person. */
  readonly error?: string | undefined;
  readonly rating?: 'up' | 'down' | undefined;
}

/** Entries, oldest first. */
export interface Conversation {
  readonly id: string;
  readonly entries: readonly Entry[];
}

/** How many turns the server is told, and how much of each: enough for a follow-up. */
const HISTORY_TURNS = 12;
const HISTORY_CHARACTERS = 4000;
/** How many entries are kept. */
const KEPT = 60;

/** An id nobody else has. */
export function newId(): string {
  // `randomUUID` exists on https only, and intranets are often http.
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const newConversation = (): Conversation => ({ id: newId(), entries: [] });

/** The conversation with an entry changed. */
export function withChange(conversation: Conversation, id: string, change: Partial<Entry>): Conversation {
  return {
    ...conversation,
    entries: conversation.entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)),
  };
}

/** What was said before the entry `id`, for the server to understand a follow-up by. */
export function historyBefore({ entries }: Conversation, id: string): readonly Turn[] {
  const before = entries.slice(
    0,
    entries.findIndex((entry) => entry.id === id),
  );
  return before
    .flatMap(({ question, answer }): Turn[] =>
      answer
        ? [
            { role: 'user', content: question },
            { role: 'assistant', content: answer.answer.slice(0, HISTORY_CHARACTERS) },
          ]
        : [],
    )
    .slice(-HISTORY_TURNS);
}

const keyOf = (server: string) => `guiwen:1:${server}`;

/** Keeps the conversation with `server`; a browser that keeps nothing is no error. */
export function keep(server: string, { id, entries }: Conversation): void {
  try {
    sessionStorage.setItem(keyOf(server), JSON.stringify({ id, entries: entries.slice(-KEPT) }));
  } catch {
    // Full or forbidden: the conversation lasts as long as the page.
  }
}

/** The conversation kept for `server`, or a new one. What was under way when the page went counts as stopped. */
export function recall(server: string): Conversation {
  try {
    const kept = JSON.parse(sessionStorage.getItem(keyOf(server)) ?? '') as Conversation;
    if (typeof kept.id !== 'string' || !kept.entries.every(isEntry)) return newConversation();
    const entries = kept.entries.map(
      (entry): Entry => (entry.state === 'asking' ? { ...entry, state: 'stopped' } : entry),
    );
    return { id: kept.id, entries };
  } catch {
    return newConversation();
  }
}

function isEntry({ id, question, state, partial, answer }: Entry): boolean {
  const texts = [id, question, state, partial].every((value) => typeof value === 'string');
  return texts && (state !== 'answered' || (typeof answer?.answer === 'string' && isList(answer)));
}

const isList = ({ citations, related, notices, followUps }: Answer) =>
  [citations, related, notices, followUps].every(Array.isArray);
