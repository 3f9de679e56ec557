/**
 * The cells of table rows: their spans in the text, merged cells, and the numbers that rows print.
 * @module
 */
import { joinCell } from './tables.ts';
import type { Cell, Span, TableRow } from './types.ts';

/**
 * The cells of a row printed from `start` on; an empty one that belongs to a merged cell above takes its text.
 * @param continued cells of the same row after a page break, printed from `restStart` on
 */
export function cellsOf(
  cells: readonly string[],
  continued: readonly string[] | undefined,
  above: readonly TableRow[],
  start: number,
  header: readonly string[],
  restStart = 0,
): Cell[] {
  let at = start;
  const rests = spansOf(continued ?? [], restStart);
  const previous = above.at(-1)?.cells;
  const firstValue = cells.findIndex(
    (c, i) => i > 0 && c !== '' && /(?:19|20)\d\d|值$/.test(header[i] ?? ''),
  );
  return cells.map((printed, i) => {
    const span = { start: at, end: at + printed.length };
    at += printed.length + 1;
    const tail = continued?.[i] ?? '';
    const text = tidyCell(joinCell(printed, tail));
    const mayInherit = i < (firstValue < 0 ? 1 : firstValue) || /属性|性质|类别|完成/.test(header[i] ?? '');
    if (text === '' && mayInherit && previous?.[i]?.text && inheritsAt(cells, i)) {
      return { ...(previous[i] as Cell), inherited: true };
    }
    return { ...span, text, ...(tail === '' ? {} : { rest: [rests[i] as Span] }) };
  });
}

/** Where cells stand that are printed from `start` on with tabs between them; leading empty ones take no place. */
export function spansOf(cells: readonly string[], start: number): Span[] {
  const first = cells.findIndex((cell) => cell !== '');
  let at = start - Math.max(first, 0);
  return cells.map((cell) => {
    const span = { start: at, end: at + cell.length };
    at = span.end + 1;
    return span;
  });
}

/** A page break may tear a merged cell too: what follows the break belongs to the text of all the rows it spans. */
export function mendMergedCells(
  rows: TableRow[],
  printed: readonly string[],
  continued: readonly string[],
  restStart: number,
): void {
  const rests = spansOf(continued, restStart);
  printed.forEach((cell, i) => {
    const tail = continued[i] ?? '';
    const owner = rows.at(-2)?.cells[i];
    if (cell !== '' || tail === '' || !owner || owner.text === '') return;
    const whole = tidyCell(joinCell(owner.text, tail));
    const rest = [...(owner.rest ?? []), rests[i] as Span];
    for (let r = rows.length - 1; r >= 0; r--) {
      const row = rows[r] as TableRow;
      if (r < rows.length - 1 && row.cells[i]?.start !== owner.start) break;
      const inherited = row.start > owner.start;
      rows[r] = {
        ...row,
        cells: row.cells.map((c, k) =>
          k === i ? { ...owner, text: whole, rest, ...(inherited ? { inherited } : {}) } : c,
        ),
      };
    }
  });
}

/**
 * The rows' numbers as the table prints them (3, or 3 with the line for a number that spans several rows); empty
 * unless every row has one.
 */
export function printedNumbers(
  header: readonly string[],
  rows: readonly TableRow[],
): { item: string; line?: number }[] {
  const column = header.findIndex((h) => /^(?:序号|编号|序)$/.test(h));
  const numbers = rows.map((row) => /^(\d{1,3})\**$/.exec(row.cells[column]?.text ?? '')?.[1]);
  if (column < 0 || numbers.includes(undefined)) return [];
  return numbers.map((item, i) => {
    const together = numbers.flatMap((other, k) => (other === item ? [k] : []));
    return together.length === 1
      ? { item: item as string }
      : { item: item as string, line: together.indexOf(i) + 1 };
  });
}

/** A leading empty cell belongs to a merged cell above unless a cell left of it is printed anew. */
function inheritsAt(cells: readonly string[], i: number): boolean {
  return cells.slice(0, i).every((c) => c === '') || i >= cells.length - 1;
}

function tidyCell(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/(?<=[\p{Script=Han}]) (?=[\p{Script=Han}（(])/gu, '')
    .trim();
}
