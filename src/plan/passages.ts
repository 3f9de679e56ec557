/**
 * Cutting a plan into passages along its outline: within one node, at sentence ends, at most 600 characters.
 * @module
 */
import type { Chain } from './labels.ts';
import { blockLabel, nodeLabel, pathOf, uniqueLabels } from './labels.ts';
import type { Block, OutlineNode, Passage, PassageKind, Span, Table } from './types.ts';

/** The contract's limit for a passage, in characters. */
export const PASSAGE_MAX = 600;
/** Short list items stand together up to this length, so that an enumeration is found as one. */
const LIST_MAX = 360;
const SHORT_ITEM = 90;

interface Piece extends Span {
  readonly kind: PassageKind;
  readonly label: string;
  readonly chain: Chain;
  readonly context: string;
}

/** Passages of a plan, in order, without overlap; together they cover all headings and body text. */
export function cutPassages(
  planId: string,
  text: string,
  outline: OutlineNode,
  tables: readonly Table[],
): Passage[] {
  const pieces: Piece[] = [];
  walk(outline, [], (node, chain) => {
    pieces.push(...nodePieces(text, node, chain, tables));
  });
  pieces.sort((a, b) => a.start - b.start);
  const labels = uniqueLabels(pieces.map((p) => ({ label: p.label, path: pathOf(p.chain) })));
  return pieces.map((piece, i) => ({
    id: `${planId}#${piece.start}-${piece.end}`,
    planId,
    nodeId: piece.chain.at(-1)?.id ?? '',
    kind: piece.kind,
    path: pathOf(piece.chain),
    label: labels[i] as string,
    text: text.slice(piece.start, piece.end),
    context: piece.context,
    start: piece.start,
    end: piece.end,
  }));
}

function walk(node: OutlineNode, chain: Chain, visit: (node: OutlineNode, chain: Chain) => void): void {
  const own = node.kind === 'root' ? chain : [...chain, node];
  if (node.kind !== 'lead') visit(node, own);
  for (const child of node.children) walk(child, own, visit);
}

function nodePieces(text: string, node: OutlineNode, chain: Chain, tables: readonly Table[]): Piece[] {
  const labelChain = chain.length === 0 ? [node] : chain;
  const pieces: Piece[] = [];
  const own = tables.filter((t) => t.nodeId === node.id);
  const rowContext = new Map(
    own.flatMap((t) => t.rows.map((r) => [r.start, rowContextOf(t, r.start)] as const)),
  );
  const heading = node.headingSpan;
  const runIn = node.blocks.some((b) => b.start <= heading.start && heading.end <= b.end && b.end > b.start);
  let pending: Span | undefined = !runIn && heading.end > heading.start ? heading : undefined;
  const push = (span: Span, kind: PassageKind, label: string, context = '') => {
    const parts = splitLong(text, span);
    parts.forEach((part, i) => {
      const partLabel = parts.length === 1 ? label : `${label}（${i + 1}/${parts.length}）`;
      pieces.push({ ...part, kind, label: partLabel, chain, context });
    });
  };
  const flushHeading = () => {
    if (pending) push(pending, 'heading', `${nodeLabel(labelChain)} 标题`);
    pending = undefined;
  };
  for (const group of groupBlocks(node)) {
    const first = group[0] as Block;
    const last = group.at(-1) as Block;
    const label = blockLabel(labelChain, first, last);
    if (first.kind === 'row') {
      const table = own.find((t) => t.rows[0]?.start === first.start);
      if (table) {
        if (
          pending &&
          table.headerSpan.end - pending.start <= PASSAGE_MAX &&
          adjoins(pending, table.headerSpan)
        ) {
          pending = { start: pending.start, end: table.headerSpan.end };
          flushHeading();
        } else {
          flushHeading();
          push(table.headerSpan, 'heading', `${nodeLabel(labelChain)} 表头`);
        }
      }
      push(first, 'row', label, rowContext.get(first.start) ?? '');
      continue;
    }
    let start = first.start;
    if (pending) {
      if (last.end - pending.start <= PASSAGE_MAX && adjoins(pending, first)) {
        start = pending.start;
        pending = undefined;
      } else flushHeading();
    }
    push({ start, end: last.end }, first.kind, label);
  }
  flushHeading();
  return pieces;
}

const adjoins = (a: Span, b: Span) => b.start - a.end <= 1;

/** Blocks that make one passage: articles up to the limit, runs of short list items, notes; others alone. */
function groupBlocks(node: OutlineNode): Block[][] {
  const groups: Block[][] = [];
  for (const block of node.blocks) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group && last && adjoins(last, block)) {
      const size = block.end - (group[0] as Block).start;
      const article =
        node.kind === 'article' &&
        block.kind !== 'row' &&
        last.kind !== 'row' &&
        block.kind !== 'note' &&
        size <= PASSAGE_MAX;
      const list =
        block.kind === 'item' && last.kind === 'item' && size <= LIST_MAX && isShort(block) && isShort(last);
      const notes = block.kind === 'note' && last.kind === 'note' && size <= PASSAGE_MAX;
      if (article || list || notes) {
        group.push(block);
        continue;
      }
    }
    groups.push([block]);
  }
  return groups;
}

const isShort = (block: Block) => block.end - block.start <= SHORT_ITEM;

/** The header of the row's table and the headings of merged cells, for reading the row by itself. */
function rowContextOf(table: Table, rowStart: number): string {
  const row = table.rows.find((r) => r.start === rowStart);
  const inherited = row?.cells.filter((c) => c.inherited).map((c) => c.text) ?? [];
  return [table.title, table.header.filter((h) => h !== '').join(' '), ...inherited].join(' ').trim();
}

/**
 * Cuts a span of more than 600 characters into parts of about equal length, at sentence ends where there are any,
 * at semicolons or commas otherwise.
 */
export function splitLong(text: string, span: Span): Span[] {
  const length = span.end - span.start;
  if (length <= PASSAGE_MAX) return [{ start: span.start, end: span.end }];
  const aim = Math.ceil(length / Math.ceil(length / PASSAGE_MAX));
  const parts: Span[] = [];
  let start = span.start;
  while (span.end - start > PASSAGE_MAX) {
    const at = cutPoint(
      text,
      start,
      Math.min(start + aim, span.end),
      Math.min(start + PASSAGE_MAX, span.end),
    );
    parts.push({ start, end: at });
    start = at;
    while (start < span.end && /\s/.test(text[start] as string)) start++;
  }
  if (start < span.end) parts.push({ start, end: span.end });
  return parts;
}

/** The best place to cut in (start, max], nearest to `aim`. */
function cutPoint(text: string, start: number, aim: number, max: number): number {
  for (const ends of [/[。！？\n]/, /[；;]/, /[，、,\t ]/]) {
    let best = -1;
    for (let i = start + 40; i < max; i++) {
      if (ends.test(text[i] as string) && Math.abs(i + 1 - aim) < Math.abs(best - aim)) best = i + 1;
    }
    if (best > start) return best;
  }
  // Never between the two halves of a surrogate pair.
  return /[\uD800-\uDBFF]/.test(text[max - 1] as string) ? max - 1 : max;
}
