/**
 * What the API gives, as far as browsers use it. The server's own shapes are in `/openapi.json`.
 * @module
 */

/** A verbatim quote and where it stands. */
export interface Citation {
  readonly n: number;
  readonly plan: { readonly id: string; readonly title: string };
  /** Headings, outermost first. */
  readonly path: readonly string[];
  readonly label: string;
  readonly quote: string;
  /** Offsets in the plan's text, UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

/** An answer; `answer` is Markdown with [n] marks that refer to `citations`. */
export interface Answer {
  readonly id: string;
  readonly status: 'answered' | 'not_found';
  readonly reason?: string;
  readonly mode: 'extractive' | 'generated';
  /** As understood. */
  readonly question: string;
  readonly answer: string;
  readonly citations: readonly Citation[];
  readonly notices: readonly string[];
  readonly related: readonly Citation[];
  readonly followUps: readonly string[];
  readonly tookMs: number;
}

/** One turn of the conversation so far. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A plan as listed. */
export interface Plan {
  readonly id: string;
  readonly title: string;
  readonly shortNames: readonly string[];
  readonly issuer?: string;
  /** Largest first. */
  readonly regions: readonly string[];
  readonly period?: { readonly start: number; readonly end: number };
  readonly status: 'in_force' | 'draft';
  /** Length of the text in UTF-16 code units. */
  readonly characters: number;
  readonly indicators: number;
}

/** A heading of a plan and what stands under it. */
export interface OutlineNode {
  readonly id: string;
  /** root, part, chapter, section, article, item, box, table, annex, front, lead. */
  readonly kind: string;
  readonly number: string;
  readonly heading: string;
  readonly start: number;
  readonly end: number;
  readonly children: readonly OutlineNode[];
}

/** A value of an indicator, as the table prints it. */
export interface IndicatorValue {
  readonly year?: number;
  readonly header: string;
  readonly value: string;
}

/** A row of an indicator table. */
export interface Indicator {
  readonly planId: string;
  readonly plan: { readonly id: string; readonly title: string };
  readonly number?: string;
  readonly category?: string;
  readonly name: string;
  readonly unit?: string;
  readonly baseline?: IndicatorValue;
  readonly target?: IndicatorValue;
  readonly others: readonly IndicatorValue[];
  /** 约束性 or 预期性. */
  readonly attribute?: string;
  readonly notes: readonly string[];
  readonly citation: Citation;
}
