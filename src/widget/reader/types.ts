/**
 * A plan as `GET /api/v1/plans/:id/blocks` gives it. All offsets are UTF-16 code units of `text`.
 * @module
 */
import type { Citation, OutlineNode, Plan } from '../types.ts';

/** A stretch of a plan's text; `end` is not part of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A heading on a line of its own. */
export interface HeadingBlock extends Span {
  readonly type: 'heading';
  readonly nodeId: string;
  readonly kind: string;
  /** From 1. */
  readonly level: number;
  readonly label: string;
}

/** A paragraph, list item or note. */
export interface TextBlock extends Span {
  readonly type: 'paragraph' | 'item' | 'note';
  readonly nodeId: string;
  readonly label: string;
  /** Where its number or lead sentence ends. */
  readonly leadEnd?: number;
}

/** A cell; `rest` is where it goes on after a page break. */
export interface Cell extends Span {
  readonly column: number;
  readonly rest?: readonly Span[];
  readonly rowSpan?: number;
}

/** A table with its notes. */
export interface TableBlock extends Span {
  readonly type: 'table';
  readonly nodeId: string;
  readonly title: string;
  readonly label: string;
  readonly columns: number;
  readonly header: readonly Cell[];
  readonly rows: readonly (Span & { readonly label: string; readonly cells: readonly Cell[] })[];
  readonly notes: readonly (Span & { readonly label: string })[];
}

export type Block = HeadingBlock | TextBlock | TableBlock;

/** A plan to read. */
export interface Source {
  readonly plan: Plan;
  readonly outline: OutlineNode;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Something of the text that is marked. */
export interface Highlight extends Span {
  /** A citation's quote, or what a search found. */
  readonly kind: 'quote' | 'found';
  /** The one the reader is at. */
  readonly current: boolean;
}

/** A quote to go to; its label is asked for if it is not known. */
export type Place = Pick<Citation, 'start' | 'end'> & {
  readonly plan: { readonly id: string; readonly title?: string };
  readonly label?: string;
};
