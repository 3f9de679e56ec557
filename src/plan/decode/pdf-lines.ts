import { closeSpacedLetters, repairCharacters } from './pdf-characters.ts';

/** The part of a text item of PDF.js that matters here. */
export interface TextItem {
  readonly str: string;
  readonly width: number;
  /** Six numbers: from text to page space. */
  readonly transform: readonly number[];
}

/** A stretch of text on a page, upright: x grows to the right, y downwards. */
export interface Piece {
  readonly text: string;
  readonly x: number;
  readonly end: number;
  readonly y: number;
  /** The height of its font. */
  readonly size: number;
}

/** A line of a page: pieces with gaps between them that are wider than between words. */
export interface PageLine {
  readonly pieces: readonly Piece[];
  readonly y: number;
}

/** A page as it is read. */
export interface Page {
  readonly lines: readonly PageLine[];
  readonly top: number;
  readonly bottom: number;
}

/** A gap this many times the width of the characters around it may part two cells. */
const CELL_GAP = 1.2;

function multiply(
  m: readonly number[],
  n: readonly number[],
): [number, number, number, number, number, number] {
  const [a, b, c, d, e, f] = m as [number, number, number, number, number, number];
  const [p, q, r, s, t, u] = n as [number, number, number, number, number, number];
  return [a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, a * t + c * u + e, b * t + d * u + f];
}

interface Placed {
  readonly text: string;
  readonly width: number;
  readonly size: number;
  readonly x: number;
  readonly y: number;
  /** Unit vector along the text: [1, 0] for upright pages. */
  readonly direction: readonly [number, number];
}

/** Where an item stands in the viewport; none for blanks and for text set askew (watermarks). */
function place(item: TextItem, viewport: readonly number[]): Placed | undefined {
  const text = repairCharacters(item.str).trim();
  const [a, b, c, d, x, y] = multiply(viewport, item.transform);
  const length = Math.hypot(a, b);
  if (text === '' || !(length > 0) || !Number.isFinite(x + y + item.width)) return undefined;
  const direction = [Math.round(a / length), Math.round(b / length)] as const;
  const askew = Math.min(Math.abs(a), Math.abs(b)) > 0.1 * length;
  return askew ? undefined : { text, width: item.width, size: Math.hypot(c, d) || length, x, y, direction };
}

/** Turns the page so that most of its text is upright. */
function upright(placed: readonly Placed[]): {
  pieces: Piece[];
  turn: (x: number, y: number) => [number, number];
} {
  const votes = new Map<string, { direction: readonly [number, number]; weight: number }>();
  for (const { direction, text } of placed) {
    const vote = votes.get(String(direction)) ?? { direction, weight: 0 };
    vote.weight += text.length;
    votes.set(String(direction), vote);
  }
  const [dx, dy] = [...votes.values()].sort((a, b) => b.weight - a.weight)[0]?.direction ?? [1, 0];
  const turn = (x: number, y: number): [number, number] => [x * dx + y * dy, y * dx - x * dy];
  const pieces = placed.map((item) => {
    const [x, y] = turn(item.x, item.y);
    return { text: item.text, x, end: x + item.width, y, size: item.size };
  });
  return { pieces, turn };
}

/** Pieces on (nearly) the same baseline together, from top to bottom; raised and lowered figures stay in line. */
function byBaseline(pieces: readonly Piece[]): Piece[][] {
  const rows: { pieces: Piece[]; lead: Piece }[] = [];
  for (const piece of [...pieces].sort((a, b) => a.y - b.y || a.x - b.x)) {
    const row = rows.at(-1);
    if (row !== undefined && piece.y - row.lead.y < 0.5 * Math.max(piece.size, row.lead.size)) {
      row.pieces.push(piece);
      if (piece.size > row.lead.size) row.lead = piece;
    } else {
      rows.push({ pieces: [piece], lead: piece });
    }
  }
  return rows.map((row) => row.pieces.sort((a, b) => a.x - b.x));
}

/** The average width of a piece's characters; a full-width character is as wide as its font is high. */
export function characterWidth(piece: Piece): number {
  return (piece.end - piece.x) / Math.max(1, [...piece.text].length) || piece.size;
}

const ENDS_HAN = /[\p{Script=Han}\u3000-\u303f\uff00-\uffef]$/u;
const STARTS_HAN = /^[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/u;

function separator(before: Piece, after: Piece, gap: number): string {
  const han = ENDS_HAN.test(before.text) && STARTS_HAN.test(after.text);
  return gap > (han ? 0.35 : 0.18) * Math.max(before.size, after.size) ? ' ' : '';
}

/** Joins what belongs together on one baseline. */
function joinPieces(row: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of row) {
    const last = joined.at(-1);
    const gap = last === undefined ? 0 : piece.x - last.end;
    const width = last === undefined ? 0 : (characterWidth(last) + characterWidth(piece)) / 2;
    if (last === undefined || gap > CELL_GAP * width) {
      joined.push(piece);
    } else if (last.text.endsWith(piece.text) && piece.end - last.end < 0.3 * piece.size) {
      // Printed twice to look bold.
    } else {
      const text = last.text + separator(last, piece, gap) + piece.text;
      const size = Math.max(last.size, piece.size);
      joined[joined.length - 1] = { text, x: last.x, end: Math.max(last.end, piece.end), y: last.y, size };
    }
  }
  return joined.map((piece) => ({ ...piece, text: closeSpacedLetters(piece.text) }));
}

/** Puts the text items of a page into lines. `viewport`: from page space to a space with y downwards. */
export function layOut(
  items: readonly TextItem[],
  viewport: readonly number[],
  width: number,
  height: number,
): Page {
  const placed = items.map((item) => place(item, viewport)).filter((item) => item !== undefined);
  const { pieces, turn } = upright(placed);
  const ys = [turn(0, 0)[1], turn(width, height)[1]];
  const lines = byBaseline(pieces).map((row) => ({ pieces: joinPieces(row), y: row[0]!.y }));
  return { lines, top: Math.min(...ys), bottom: Math.max(...ys) };
}
