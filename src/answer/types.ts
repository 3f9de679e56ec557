/**
 * The answer: the same object on every channel.
 * @module
 */
import type { PlanFacts } from '../plan/types.ts';

/** A verified quote and where it stands. `quote === planText.slice(start, end)`, always. */
export interface Citation {
  /** The number in the answer's text: [1], [2] …; in `related`, the rank. */
  readonly n: number;
  readonly passageId: string;
  readonly plan: { readonly id: string; readonly title: string };
  /** Headings, outermost first. */
  readonly path: readonly string[];
  /** Article-level, for people: 第三章第一节 第2段. */
  readonly label: string;
  readonly quote: string;
  readonly start: number;
  readonly end: number;
}

/** Why the plans do not say. */
export type NotFoundReason =
  | 'out_of_scope'
  | 'not_in_plan'
  | 'year_not_given'
  | 'place_not_covered'
  | 'detail_not_given'
  | 'false_premise'
  | 'nothing_found';

/** One turn of the conversation so far. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A question as it comes in from a channel. */
export interface AskRequest {
  readonly question: string;
  readonly history?: readonly Turn[];
  /** Restricts the answer to these plans (ids). */
  readonly plans?: readonly string[];
  readonly conversationId?: string;
}

/** The answer to a question, in the contract's shape. */
export interface Answer {
  readonly id: string;
  readonly status: 'answered' | 'not_found';
  readonly reason?: NotFoundReason;
  readonly mode: 'extractive' | 'generated';
  /** The chat model's name; only with `mode` generated. */
  readonly model?: string;
  /** The question as understood: follow-ups resolved. */
  readonly question: string;
  /** Markdown; [1], [2] … refer to `citations`. */
  readonly answer: string;
  readonly citations: readonly Citation[];
  /** E.g. a cited plan is a draft for comments, or its period has ended. */
  readonly notices: readonly string[];
  /** With `not_found`: the nearest passages, for the person to judge. */
  readonly related: readonly Citation[];
  readonly followUps: readonly string[];
  readonly tookMs: number;
}

/** What happens while an answer is made, in order; `delta` texts joined are the answer. */
export type AskEvent =
  | { readonly type: 'status'; readonly text: string }
  | { readonly type: 'delta'; readonly text: string };

/** A plan as listed to clients. */
export interface PlanSummary extends PlanFacts {
  /** Length of the text in UTF-16 code units. */
  readonly characters: number;
  readonly passages: number;
  readonly indicators: number;
}
