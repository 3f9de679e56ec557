/**
 * The shapes a plan is made of once it has been read. All offsets are UTF-16 code units into `Plan.text`,
 * all are half open: `text.slice(start, end)`.
 * @module
 */

/** A stretch of the plan's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How far a plan reaches: several provinces, one province, a city, a district or county. */
export type PlanLevel = 'national' | 'regional' | 'provincial' | 'municipal' | 'district';

/** Whether a plan is in force or was only published for comments. */
export type PlanStatus = 'in_force' | 'draft';

/** What is known of a plan beyond its text. */
export interface PlanFacts {
  readonly id: string;
  readonly title: string;
  /** Names people use for it, e.g. 成渝规划. */
  readonly shortNames: readonly string[];
  readonly issuer?: string;
  /** The places it is about, widest first, e.g. 成渝地区, 重庆, 四川. */
  readonly regions: readonly string[];
  readonly level?: PlanLevel;
  /** First and last year of the planning period. */
  readonly period?: { readonly start: number; readonly end: number };
  /** The year its long-term outlook is for. */
  readonly outlookYear?: number;
  readonly status: PlanStatus;
  /** The document's file name inside the corpus. */
  readonly file: string;
}

/**
 * What a heading is. `lead` is a bold lead sentence that opens a paragraph and names it; unlike the others it
 * is part of the body.
 */
export type NodeKind =
  | 'root'
  | 'part'
  | 'chapter'
  | 'section'
  | 'article'
  | 'item'
  | 'box'
  | 'table'
  | 'annex'
  | 'front'
  | 'lead';

/** What a block of body text is within its node. */
export type BlockKind = 'paragraph' | 'item' | 'row' | 'note';

/** What a passage is made of: blocks of one kind, or a heading (with a table's header) that stands by itself. */
export type PassageKind = BlockKind | 'heading';

/**
 * One paragraph, list item, table row or note (of a table; also the caption of a figure); blocks of a node are
 * numbered per kind from 1.
 */
export interface Block extends Span {
  readonly kind: BlockKind;
  readonly n: number;
  /** End of the lead sentence, if the block opens with one. */
  readonly leadEnd?: number;
  /** For an item inside an article: the number of the paragraph (款) it belongs to. */
  readonly under?: number;
  /** The item's own number as printed, e.g. （三）. */
  readonly marker?: string;
  /** A table row's own number as printed; `line` counts the rows that share one. */
  readonly printed?: { readonly item: string; readonly line?: number };
}

/** One heading with what stands under it. */
export interface OutlineNode extends Span {
  /** Stable within the plan: the child numbers from the root, e.g. `3.1.2`. */
  readonly id: string;
  readonly kind: NodeKind;
  /** The number as printed, e.g. 第三章, 专栏2, （四）; empty for unnumbered headings. */
  readonly number: string;
  /** The whole heading, number included; white space, and a colon or point after the number, tidied for display. */
  readonly heading: string;
  /** Where the heading stands; for an article whose text shares the line, only its number (and title). */
  readonly headingSpan: Span;
  readonly blocks: readonly Block[];
  readonly children: readonly OutlineNode[];
}

/** A cell of a table row; `text` is tidied for display, the span is what is printed. */
export interface Cell extends Span {
  readonly text: string;
  /** Where the cell goes on after a page break. */
  readonly rest?: readonly Span[];
  /** The cell is empty and takes its text from a merged cell above it. */
  readonly inherited?: boolean;
}

/** One row of a table, its cells aligned with the table's columns. */
export interface TableRow extends Span {
  readonly cells: readonly Cell[];
}

/** A table with one header line; rows that repeat the header after a page break are gone. */
export interface Table extends Span {
  /** The outline node (box or table) it stands in. */
  readonly nodeId: string;
  readonly title: string;
  readonly header: readonly string[];
  readonly headerSpan: Span;
  readonly rows: readonly TableRow[];
  readonly notes: readonly Span[];
}

/** A stretch of text within one outline node, cut at sentence ends; what is indexed and found. */
export interface Passage extends Span {
  /** `planId#start-end`. */
  readonly id: string;
  readonly planId: string;
  readonly nodeId: string;
  readonly kind: PassageKind;
  /** Headings, outermost first. */
  readonly path: readonly string[];
  /** What a person cites, unique within the plan. */
  readonly label: string;
  readonly text: string;
  /** A table row's header and the headings of merged cells: read with the passage, not part of it. */
  readonly context: string;
}

/** A value of an indicator for a year. */
export interface IndicatorValue {
  readonly year?: number;
  readonly header: string;
  readonly value: string;
}

/** One row of an indicator table. */
export interface Indicator extends Span {
  readonly planId: string;
  readonly number?: string;
  readonly category?: string;
  readonly name: string;
  readonly unit?: string;
  readonly baseline?: IndicatorValue;
  readonly target?: IndicatorValue;
  /** Values of further columns. */
  readonly others: readonly IndicatorValue[];
  /** 约束性 or 预期性. */
  readonly attribute?: string;
  /** The table's notes that bear on this row. */
  readonly notes: readonly Span[];
}

/** One document, read. */
export interface Plan {
  readonly facts: PlanFacts;
  readonly text: string;
  readonly outline: OutlineNode;
  readonly tables: readonly Table[];
  readonly passages: readonly Passage[];
  readonly indicators: readonly Indicator[];
}
