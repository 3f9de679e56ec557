/**
 * What must last: answers given, what people thought of them, conversations, and events a bot has taken on.
 * Times are milliseconds since 1970. A promise resolves once the write is on disk, and rejects with
 * {@link StateError} if it is not.
 * @module
 */
import type { Citation } from '../answer/types.ts';

/** The store cannot be opened or written; the message is one line in Chinese with the remedy. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/** An answer as given: who was told what, on the strength of which quotes. */
export interface AnswerRecord {
  readonly id: string;
  readonly at: number;
  /** The channel's folder: http, openai, mcp, slack, wecom, cli. */
  readonly channel: string;
  /** The asker as the channel knows them; undefined when it does not. */
  readonly asker?: string | undefined;
  readonly conversationId?: string | undefined;
  /** As typed. */
  readonly question: string;
  /** As understood. */
  readonly understood: string;
  readonly status: 'answered' | 'not_found';
  readonly reason?: string | undefined;
  readonly mode: 'extractive' | 'generated';
  readonly answer: string;
  readonly citations: readonly Citation[];
  /** The chat model's name; undefined when none wrote the answer. */
  readonly model?: string | undefined;
  /** Version of the product. */
  readonly version: string;
  /** When the index was built, ISO 8601. */
  readonly index: string;
  readonly tookMs: number;
}

/** What a person thought of an answer. */
export interface Feedback {
  readonly answerId: string;
  readonly rating: 'up' | 'down';
  readonly comment?: string | undefined;
  readonly at: number;
  readonly asker?: string | undefined;
}

/** One turn of a kept conversation. */
export interface KeptTurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** Of an assistant's turn: the answer it gave. */
  readonly answerId?: string | undefined;
}

/** A conversation as a bot keeps it. */
export interface Conversation {
  /** Oldest first. */
  readonly turns: readonly KeptTurn[];
  /** Plans the conversation is restricted to; empty for all. */
  readonly plans: readonly string[];
}

/** A message from a platform, taken on to be answered. */
export interface TakenEvent {
  /** Unique for one message of one platform, whatever number of times it is delivered. */
  readonly id: string;
  readonly channel: string;
  readonly at: number;
  /** What the channel needs to answer it, as JSON. */
  readonly payload: unknown;
  /** How many times answering it was begun. */
  readonly attempts: number;
  /** What answering it has come to so far, as noted last; undefined before anything was. */
  readonly notes?: unknown;
}

/** What a key lets its holder do. */
export type Scope = 'ask' | 'search' | 'admin' | 'metrics';

/** A key of the API as kept: whose it is and what it opens, but not the key. */
export interface ApiKeyRecord {
  /** The part of the key that is no secret. */
  readonly id: string;
  /** For whom or what, in a person's words. */
  readonly name: string;
  /** SHA-256 of the whole key. */
  readonly hash: Uint8Array;
  readonly scopes: readonly Scope[];
  /** Ids of the plans it opens; undefined for all. */
  readonly plans?: readonly string[] | undefined;
  readonly createdAt: number;
  /** Undefined: it does not expire. */
  readonly expiresAt?: number | undefined;
  readonly revokedAt?: number | undefined;
  /** When it was last used, to the minute or so. */
  readonly usedAt?: number | undefined;
}

/** How many records of each kind were removed. */
export interface Removed {
  readonly answers: number;
  readonly feedback: number;
  readonly conversations: number;
  readonly events: number;
}

/** Everything that lasts. */
export interface State {
  readonly answers: {
    add(record: AnswerRecord): Promise<void>;
    get(id: string): Promise<AnswerRecord | undefined>;
  };
  readonly feedback: {
    add(feedback: Feedback): Promise<void>;
    /** Oldest first. */
    list(filter?: { readonly rating?: 'up' | 'down'; readonly since?: number }): Promise<readonly Feedback[]>;
  };
  readonly conversations: {
    /** An unknown one is empty. `last` turns at most. */
    get(id: string, last: number): Promise<Conversation>;
    append(id: string, turns: readonly KeptTurn[], at: number): Promise<void>;
    restrict(id: string, plans: readonly string[], at: number): Promise<void>;
    /** Forgets turns and restriction. */
    clear(id: string): Promise<void>;
  };
  readonly events: {
    /** False if an event of this id was taken before. */
    take(event: Omit<TakenEvent, 'attempts' | 'notes'>): Promise<boolean>;
    /** Counts an attempt; false if the event is finished or unknown. */
    begin(id: string): Promise<boolean>;
    /** Keeps, as JSON, what answering it has come to, in place of what was noted before. */
    note(id: string, notes: unknown): Promise<void>;
    /** What was noted of it last, whether or not it is finished; undefined if nothing was. */
    noted(id: string): Promise<unknown>;
    finish(id: string, outcome: 'done' | 'failed', at: number): Promise<void>;
    /** Taken but not finished, oldest first. */
    unfinished(channel: string): Promise<readonly TakenEvent[]>;
  };
  readonly keys: {
    add(key: ApiKeyRecord): Promise<void>;
    get(id: string): Promise<ApiKeyRecord | undefined>;
    /** Oldest first, revoked and expired ones too. */
    list(): Promise<readonly ApiKeyRecord[]>;
    /** Sets what is given; false if there is no such key. */
    update(
      id: string,
      change: { readonly expiresAt?: number; readonly revokedAt?: number; readonly usedAt?: number },
    ): Promise<boolean>;
  };
  /** Removes answers, feedback, conversations and finished events older than `before`. */
  prune(before: number): Promise<Removed>;
  /** Removes what was kept of one asker (with their conversations) or of one conversation. */
  forget(whom: { readonly asker: string } | { readonly conversationId: string }): Promise<Removed>;
  /** Writes a little, to see whether it can. */
  check(): Promise<void>;
  close(): Promise<void>;
}
