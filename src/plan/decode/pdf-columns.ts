import type { PageLine, Piece } from './pdf-lines.ts';
import { characterWidth } from './pdf-lines.ts';

/** A gap wider than this many characters is clearly more than a space between words. */
const WIDE = 2.2;
/** How many lines away another line may show the same column. */
const REACH = 2;

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly wide: boolean;
}

function gapsOf(line: PageLine): Gap[] {
  return line.pieces.slice(1).map((after, i) => {
    const before = line.pieces[i]!;
    const width = (characterWidth(before) + characterWidth(after)) / 2;
    return { from: before.end, to: after.x, width, wide: after.x - before.end > WIDE * width };
  });
}

/** Whether two gaps leave the same strip of the page white, so that columns stand on either side. */
function inLine(a: Gap, b: Gap): boolean {
  const strip = Math.min(a.to, b.to) - Math.max(a.from, b.from);
  return (a.wide || b.wide) && strip > 0.5 * Math.max(a.width, b.width);
}

/** The pieces of a line, those that no neighbouring line sets apart in the same way joined by a space. */
function cellsOf(lines: readonly PageLine[], gaps: readonly Gap[][], at: number): Piece[] {
  const neighbours = gaps
    .slice(Math.max(0, at - REACH), at + REACH + 1)
    .filter((other) => other !== gaps[at]);
  const cells: Piece[] = [];
  lines[at]!.pieces.forEach((piece, i) => {
    const gap = gaps[at]![i - 1];
    const last = cells.at(-1);
    const apart = gap !== undefined && neighbours.some((other) => other.some((its) => inLine(gap, its)));
    if (last === undefined || apart) cells.push(piece);
    else cells[cells.length - 1] = { ...last, text: `${last.text} ${piece.text}`, end: piece.end };
  });
  return cells;
}

/** How much of the page's width two pieces share; negative: how far apart they are. */
function overlap(a: Piece, b: Piece): number {
  return Math.min(a.end, b.end) - Math.max(a.x, b.x);
}

/** A row as one line: each cell in the column (of the fullest row) it stands below or above. */
function align(cells: readonly Piece[], columns: readonly Piece[]): string {
  const texts = columns.map(() => '');
  for (const cell of cells) {
    let best = 0;
    columns.forEach((column, i) => {
      if (overlap(cell, column) > overlap(cell, columns[best]!)) best = i;
    });
    texts[best] = texts[best] === '' ? cell.text : `${texts[best]} ${cell.text}`;
  }
  return texts.join('\t');
}

/** The lines of a page as text; rows of a table have their cells separated by tabs. */
export function toText(lines: readonly PageLine[]): string[] {
  const gaps = lines.map(gapsOf);
  const rows = lines.map((_, i) => cellsOf(lines, gaps, i));
  const text: string[] = [];
  for (let i = 0; i < rows.length; ) {
    if (rows[i]!.length === 1) {
      text.push(rows[i++]![0]!.text);
      continue;
    }
    let to = i + 1;
    while (to < rows.length && rows[to]!.length > 1) to++;
    const table = rows.slice(i, to);
    const fullest = table.reduce((most, row) => (row.length > most.length ? row : most));
    for (const row of table) {
      text.push(
        row.length === fullest.length ? row.map((cell) => cell.text).join('\t') : align(row, fullest),
      );
    }
    i = to;
  }
  return text;
}
