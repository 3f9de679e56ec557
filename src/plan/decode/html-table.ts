import type { Element } from './dom.ts';
import { isElement } from './dom.ts';

/** No table is wider; a larger colspan is a fault in the file. */
const MAX_COLUMNS = 200;

function rowsOf(element: Element): Element[] {
  const children = element.children.filter(isElement);
  return children.flatMap((child) => (child.name === 'tr' ? [child] : rowsOf(child)));
}

function span(cell: Element, attribute: string): number {
  return Math.max(1, Number.parseInt(cell.attribs[attribute] ?? '1', 10) || 1);
}

/**
 * The cells of a table row by row, each where its column is: a merged cell's text stands in its first cell,
 * the others it covers are empty.
 */
export function tableRows(table: Element, textOf: (cell: Element) => string): string[][] {
  const covered: number[] = []; // per column: rows still covered by a cell from above
  return rowsOf(table).map((row) => {
    const cells: string[] = [];
    const skipCovered = (): void => {
      while ((covered[cells.length] ?? 0) > 0) {
        covered[cells.length]!--;
        cells.push('');
      }
    };
    for (const cell of row.children.filter(isElement)) {
      skipCovered();
      const width = Math.max(1, Math.min(span(cell, 'colspan'), MAX_COLUMNS - cells.length));
      const text = textOf(cell);
      for (let i = 0; i < width; i++) {
        covered[cells.length] = span(cell, 'rowspan') - 1;
        cells.push(i === 0 ? text : '');
      }
    }
    skipCovered();
    return cells;
  });
}
