/**
 * A plan as it is laid out for reading: headings, paragraphs and tables in the order of the text.
 *
 * Headings, paragraphs, notes and the cells of tables never overlap, and together they hold every character of the
 * text that is not white space; so any stretch of text can be shown, and highlighted, by its offsets.
 * @module
 */
import { spansOf } from './cells.ts';
import type { Chain } from './labels.ts';
import { blockLabel, nodeLabel } from './labels.ts';
import type { Block, Cell, NodeKind, OutlineNode, Plan, Span, Table, TableRow } from './types.ts';

/** A heading that has a line of its own. */
export interface LaidHeading extends Span {
  readonly type: 'heading';
  readonly nodeId: string;
  readonly kind: NodeKind;
  /** How deep it stands in the outline, from 1. */
  readonly level: number;
  readonly label: string;
}

/** A paragraph, list item or note. */
export interface LaidText extends Span {
  readonly type: 'paragraph' | 'item' | 'note';
  /** The outline node it stands in. */
  readonly nodeId: string;
  readonly label: string;
  /** It opens with the number or title of its node (an article), or with a lead sentence, which ends here. */
  readonly leadEnd?: number;
  /** The first text of its node, whose heading shares the line. */
  readonly opens?: true;
}

/** A cell; one that goes on after a page break does so at `rest`. An empty one has no length. */
export interface LaidCell extends Span {
  readonly rest?: readonly Span[];
  /** How many rows it spans, if more than one. The rows below have no cell in its place. */
  readonly rowSpan?: number;
  /** The column, from 0. */
  readonly column: number;
}

/** A row of a table. */
export interface LaidRow extends Span {
  readonly label: string;
  readonly cells: readonly LaidCell[];
}

/** A table with its notes; its title is the heading of its node. */
export interface LaidTable extends Span {
  readonly type: 'table';
  readonly nodeId: string;
  readonly title: string;
  readonly label: string;
  readonly columns: number;
  readonly header: readonly LaidCell[];
  readonly rows: readonly LaidRow[];
  readonly notes: readonly (Span & { readonly label: string })[];
}

/** What a plan is laid out in. */
export type LaidBlock = LaidHeading | LaidText | LaidTable;

/** The blocks of a plan, by their offsets. */
export function layOut(plan: Plan): LaidBlock[] {
  const laid: LaidBlock[] = [];
  const visit = (node: OutlineNode, above: Chain): void => {
    const chain = node.kind === 'root' ? above : [...above, node];
    if (node.kind !== 'lead') laid.push(...nodeBlocks(node, chain, plan.tables));
    for (const child of node.children) visit(child, chain);
  };
  visit(plan.outline, []);
  return laid.sort((a, b) => a.start - b.start);
}

function nodeBlocks(node: OutlineNode, chain: Chain, allTables: readonly Table[]): LaidBlock[] {
  const labelled: Chain = chain.length === 0 ? [node] : chain;
  const { headingSpan } = node;
  const tables = allTables.filter((table) => table.nodeId === node.id);
  const notes = new Map(tables.map((table) => [table, notesBelow(table, node)]));
  const inTable = (block: Block) =>
    block.kind === 'row' || [...notes.values()].some((below) => below.includes(block));
  const opening = node.blocks.find((b) => b.start <= headingSpan.start && headingSpan.end <= b.end);
  const headed = headingSpan.end > headingSpan.start;
  const laid: LaidBlock[] = [];
  if (headed && !opening) {
    laid.push({
      type: 'heading',
      nodeId: node.id,
      kind: node.kind,
      level: Math.max(chain.length, 1),
      label: nodeLabel(labelled),
      ...span(headingSpan),
    });
  }
  for (const block of node.blocks) {
    if (inTable(block)) continue;
    const opens = headed && block === opening;
    const leadEnd = block.leadEnd ?? (opens ? headingSpan.end : undefined);
    laid.push({
      type: block.kind as LaidText['type'],
      nodeId: node.id,
      label: blockLabel(labelled, block),
      ...span(block),
      ...(leadEnd === undefined ? {} : { leadEnd }),
      ...(opens ? { opens } : {}),
    });
  }
  return [...laid, ...tables.map((table) => layTable(table, node, labelled, notes.get(table) ?? []))];
}

/** The notes that stand right below a table; others are laid out where they stand. */
function notesBelow(table: Table, node: OutlineNode): Block[] {
  const below: Block[] = [];
  let end = Math.max(table.headerSpan.end, ...table.rows.map((row) => row.end));
  for (const block of node.blocks) {
    if (block.kind !== 'note' || block.start !== end + 1) continue;
    below.push(block);
    end = block.end;
  }
  return below;
}

function layTable(table: Table, node: OutlineNode, chain: Chain, notes: readonly Block[]): LaidTable {
  const labelAt = (start: number) => {
    const block = node.blocks.find((b) => b.start === start);
    return block ? blockLabel(chain, block) : nodeLabel(chain);
  };
  return {
    type: 'table',
    nodeId: node.id,
    title: table.title,
    label: nodeLabel(chain),
    columns: table.header.length,
    header: spansOf(table.header, table.headerSpan.start).map((cell, column) => ({ ...cell, column })),
    rows: table.rows.map((row, r) => ({
      ...span(row),
      label: labelAt(row.start),
      cells: row.cells.flatMap((cell, column) => layCell(cell, column, table.rows, r)),
    })),
    notes: notes.map((note) => ({ ...span(note), label: blockLabel(chain, note) })),
    start: table.start,
    end: Math.max(table.end, ...notes.map((note) => note.end)),
  };
}

/** The cell, with the rows it spans; none for one that a merged cell above covers. */
function layCell(cell: Cell, column: number, rows: readonly TableRow[], r: number): LaidCell[] {
  if (cell.inherited) return [];
  let rowSpan = 1;
  while (rows[r + rowSpan]?.cells[column]?.inherited) rowSpan++;
  const { start, end, rest } = cell;
  return [
    {
      start: Math.max(start, 0),
      end: Math.max(end, 0),
      column,
      ...(rest ? { rest } : {}),
      ...(rowSpan > 1 ? { rowSpan } : {}),
    },
  ];
}

const span = ({ start, end }: Span): Span => ({ start, end });
