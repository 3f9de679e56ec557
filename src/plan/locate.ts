/**
 * From offsets to a locator: which node a stretch of text stands in, its path and its label.
 * @module
 */
import type { Chain } from './labels.ts';
import { blockLabel, nodeLabel, pathOf } from './labels.ts';
import type { Block, OutlineNode, Passage, Plan, Span } from './types.ts';

/** Where a stretch of text stands. */
export interface Locator extends Span {
  readonly nodeId: string;
  /** Headings, outermost first. */
  readonly path: readonly string[];
  /** What a person cites. */
  readonly label: string;
}

/** The chain of nodes, outermost first and without the root, down to the deepest heading that holds `offset`. */
export function chainAt(outline: OutlineNode, offset: number): OutlineNode[] {
  const chain: OutlineNode[] = [];
  let node: OutlineNode | undefined = outline;
  while (node) {
    node = node.children.find(
      (c) => c.kind !== 'lead' && c.start <= offset && offset < Math.max(c.end, c.start + 1),
    );
    if (node) chain.push(node);
  }
  return chain;
}

/** Locates `span` in a plan's outline. */
export function locate(outline: OutlineNode, span: Span): Locator {
  const chain: Chain = chainAt(outline, span.start);
  const node = chain.at(-1) ?? outline;
  const labelChain = chain.length === 0 ? [outline] : chain;
  const first = node.blocks.find((b) => b.start < span.end && span.start < b.end);
  const last = node.blocks.findLast((b) => b.start < span.end && span.start < b.end);
  const label =
    first && last
      ? blockLabel(labelChain, first, sameKind(first, last) ? last : first)
      : nodeLabel(labelChain);
  return { start: span.start, end: span.end, nodeId: node.id, path: pathOf(chain), label };
}

const sameKind = (a: Block, b: Block) =>
  a.kind === b.kind || (a.kind !== 'row' && b.kind !== 'row' && a.kind !== 'note' && b.kind !== 'note');

/** The passage of a plan that holds `offset`. */
export function passageAt(plan: Plan, offset: number): Passage | undefined {
  return plan.passages.find((p) => p.start <= offset && offset < p.end);
}
