/**
 * Rows of the state's tables, which have the same columns in every store, and what they mean.
 * @module
 */
import type { Citation } from '../answer/types.ts';
import type { AnswerRecord, ApiKeyRecord, Feedback, KeptTurn, Scope, TakenEvent } from './types.ts';

/** A row of `answers`. */
export interface AnswerRow {
  id: string;
  at: number;
  channel: string;
  asker: string | null;
  conversation_id: string | null;
  question: string;
  understood: string;
  status: AnswerRecord['status'];
  reason: string | null;
  mode: AnswerRecord['mode'];
  answer: string;
  citations: string;
  model: string | null;
  version: string;
  index_built: string;
  took_ms: number;
}

/** A row of `feedback`, without its number. */
export interface FeedbackRow {
  answer_id: string;
  rating: Feedback['rating'];
  comment: string | null;
  at: number;
  asker: string | null;
}

/** A row of `turns`, as far as it is read. */
export interface TurnRow {
  role: KeptTurn['role'];
  content: string;
  answer_id: string | null;
}

/** A row of `events`, as far as it is read. */
export interface EventRow {
  id: string;
  channel: string;
  at: number;
  payload: string;
  attempts: number;
  notes: string | null;
}

/** A row of `api_keys`. */
export interface KeyRow {
  id: string;
  name: string;
  hash: Buffer;
  scopes: string;
  plans: string | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  used_at: number | null;
}

/** The answer of a row. */
export const answerOf = (row: AnswerRow): AnswerRecord => ({
  id: row.id,
  at: row.at,
  channel: row.channel,
  asker: row.asker ?? undefined,
  conversationId: row.conversation_id ?? undefined,
  question: row.question,
  understood: row.understood,
  status: row.status,
  reason: row.reason ?? undefined,
  mode: row.mode,
  answer: row.answer,
  citations: JSON.parse(row.citations) as Citation[],
  model: row.model ?? undefined,
  version: row.version,
  index: row.index_built,
  tookMs: row.took_ms,
});

/** The feedback of a row. */
export const feedbackOf = (row: FeedbackRow): Feedback => ({
  answerId: row.answer_id,
  rating: row.rating,
  comment: row.comment ?? undefined,
  at: row.at,
  asker: row.asker ?? undefined,
});

/** The turn of a row. */
export const turnOf = (row: TurnRow): KeptTurn => ({
  role: row.role,
  content: row.content,
  answerId: row.answer_id ?? undefined,
});

/** The event of a row. */
export const eventOf = ({ payload, notes, ...row }: EventRow): TakenEvent => ({
  ...row,
  payload: JSON.parse(payload) as unknown,
  ...(notes === null ? {} : { notes: JSON.parse(notes) as unknown }),
});

/** The key of a row. */
export const keyOf = (row: KeyRow): ApiKeyRecord => ({
  id: row.id,
  name: row.name,
  hash: row.hash,
  scopes: JSON.parse(row.scopes) as Scope[],
  plans: row.plans === null ? undefined : (JSON.parse(row.plans) as string[]),
  createdAt: row.created_at,
  expiresAt: row.expires_at ?? undefined,
  revokedAt: row.revoked_at ?? undefined,
  usedAt: row.used_at ?? undefined,
});
