/**
 * Outline nodes while they are being written, and how they become the outline.
 * @module
 */
import type { Block, NodeKind, OutlineNode, Span } from './types.ts';

/** A node being written. `rank` orders headings: a smaller one ends those with larger ones. */
export interface Draft {
  kind: NodeKind;
  rank: number;
  number: string;
  heading: string;
  headingSpan: Span;
  start: number;
  /** Where its own heading, blocks and tables end; its children may reach further. */
  end: number;
  blocks: Block[];
  children: Draft[];
  /** The last （N） seen directly in this box. */
  lastItem: number;
  /** The box holds items that are whole paragraphs, so an unmarked paragraph after them is not its own. */
  wholeItems: boolean;
  hasTable: boolean;
  titleItems: boolean;
}

/** The span of a heading that is not written yet. */
export const NOWHERE: Span = { start: 0, end: 0 };

/** A node without content. */
export function draft(
  kind: NodeKind,
  rank: number,
  number: string,
  heading: string,
  headingSpan: Span,
): Draft {
  return {
    kind,
    rank,
    number,
    heading,
    headingSpan,
    start: 0,
    end: 0,
    blocks: [],
    children: [],
    lastItem: 0,
    wholeItems: false,
    hasTable: false,
    titleItems: false,
  };
}

/** Visits nodes with the ids they will have: child numbers from the root. */
export function indexNodes(node: Draft, id: string, visit: (node: Draft, id: string) => void): void {
  visit(node, id);
  node.children.forEach((child, n) => {
    indexNodes(child, id === '' ? `${n + 1}` : `${id}.${n + 1}`, visit);
  });
}

/**
 * Turns drafts into nodes with ids and extents. A node ends where the last thing that belongs to it ends, not where
 * the next one begins: a section may go on after a box that stands in it.
 */
export function finish(node: Draft, id: string): OutlineNode {
  const children = node.children.map((child, n) => finish(child, id === '' ? `${n + 1}` : `${id}.${n + 1}`));
  return {
    id,
    kind: node.kind,
    number: node.number,
    heading: node.heading,
    headingSpan: node.headingSpan,
    start: node.start,
    end: Math.max(node.end, children.at(-1)?.end ?? 0),
    blocks: node.blocks,
    children,
  };
}
