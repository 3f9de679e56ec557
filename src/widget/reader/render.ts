/**
 * Blocks of a plan as elements. All text goes into text nodes; nothing is ever parsed as HTML.
 * @module
 */
import { cut } from './pieces.ts';
import type { Block, Cell, Highlight, Span, TableBlock } from './types.ts';

/** What blocks are rendered with. */
export interface Rendering {
  readonly text: string;
  /** Those that may touch the blocks. */
  readonly highlights: readonly Highlight[];
  /** Nodes that are boxes (专栏) or stand in one. */
  readonly boxes: ReadonlySet<string>;
  /** The level of the outermost headings: 2 below a page's own title. */
  readonly topLevel: number;
}

/** An element for each block; `data-start` is where it begins in the text. */
export function renderBlocks(blocks: readonly Block[], rendering: Rendering): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const block of blocks) {
    const element = renderBlock(block, rendering);
    element.dataset.start = `${block.start}`;
    if (rendering.boxes.has(block.nodeId)) element.classList.add('boxed');
    if (block.type !== 'table' && isQuoted(element)) element.classList.add('quoted');
    fragment.append(element);
  }
  return fragment;
}

function renderBlock(block: Block, rendering: Rendering): HTMLElement {
  switch (block.type) {
    case 'heading': {
      const level = Math.min(block.level - 1 + rendering.topLevel, 6);
      const heading = element(`h${level}`, `heading level-${Math.min(block.level, 4)}`);
      if (block.kind === 'box') heading.classList.add('box-title');
      heading.append(...marked(block, rendering));
      return heading;
    }
    case 'table':
      return renderTable(block, rendering);
    default: {
      const paragraph = element('p', block.type);
      const leadEnd = block.leadEnd ?? block.start;
      if (leadEnd > block.start) {
        const lead = element('strong');
        lead.append(...marked({ start: block.start, end: leadEnd }, rendering));
        paragraph.append(lead);
      }
      paragraph.append(...marked({ start: leadEnd, end: block.end }, rendering));
      return paragraph;
    }
  }
}

function renderTable(table: TableBlock, rendering: Rendering): HTMLElement {
  const figure = element('figure', 'table');
  const scroller = element('div', 'wide');
  const grid = element('table');
  // The heading above shows the title; a screen reader names the table by it.
  grid.setAttribute('aria-label', table.title || table.label);
  scroller.tabIndex = 0;
  scroller.setAttribute('role', 'region');
  scroller.setAttribute('aria-label', `${table.title || table.label}（可左右滚动）`);
  const head = element('thead');
  head.append(renderRow(table, { ...table, cells: table.header }, 'th', rendering));
  const body = element('tbody');
  body.append(...table.rows.map((row) => renderRow(table, row, 'td', rendering)));
  grid.append(head, body);
  scroller.append(grid);
  figure.append(scroller);
  for (const note of table.notes) {
    const line = element('p', 'note');
    line.append(...marked(note, rendering));
    figure.append(line);
  }
  return figure;
}

function renderRow(
  table: TableBlock,
  row: { readonly cells: readonly Cell[] },
  tag: 'th' | 'td',
  rendering: Rendering,
): HTMLElement {
  const line = element('tr');
  let last: { readonly cell: Cell; readonly shown: HTMLTableCellElement } | undefined;
  for (const cell of row.cells) {
    // A column without a heading divides the one before it; what is not divided spans both.
    const undivided =
      isEmpty(cell) &&
      isEmpty(table.header[cell.column] as Cell) &&
      !cell.rowSpan &&
      last !== undefined &&
      !last.cell.rowSpan &&
      last.cell.column + last.shown.colSpan === cell.column;
    if (undivided && last) {
      last.shown.colSpan++;
      continue;
    }
    const shown = element(tag) as HTMLTableCellElement;
    if (tag === 'th') shown.scope = 'col';
    if (cell.rowSpan) shown.rowSpan = cell.rowSpan;
    shown.append(...marked(cell, rendering));
    for (const rest of cell.rest ?? []) shown.append(...marked(rest, rendering));
    if (/^[\s\d.,%<>≥≤＜＞*—–[\]〔〕-]+$/.test(shown.textContent ?? '')) shown.className = 'number';
    if (isQuoted(shown)) shown.classList.add('quoted');
    line.append(shown);
    last = { cell, shown };
  }
  return line;
}

const isQuoted = (element: HTMLElement) => element.querySelector('.quote-current') !== null;
const isEmpty = ({ start, end, rest }: Cell) => start === end && !rest;

/** A stretch of text, what is highlighted of it in `<mark>`s. */
function marked(span: Span, { text, highlights }: Rendering): Node[] {
  return cut(span, highlights).map(({ start, end, classes }) => {
    const node = document.createTextNode(text.slice(start, end));
    if (classes.length === 0) return node;
    const mark = element('mark', classes.join(' '));
    mark.append(node);
    return mark;
  });
}

function element(tag: string, className = ''): HTMLElement {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  return made;
}
