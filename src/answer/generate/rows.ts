/**
 * A model's table, row by row, as items of a list: 森林覆盖率：2025年目标 40%. So each row says by itself what its
 * header says, and is checked with it.
 * @module
 */
import type { Piece } from './reader.ts';

const cellsOf = (row: string) =>
  row
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

/** Gives pieces back as they are, rows as sentences; undefined for what only announces: headings, a table's header. */
export function rowReader(): (piece: Piece) => Piece | undefined {
  let header: string[] | undefined;
  return (piece) => {
    if (piece.kind === 'heading') return undefined;
    if (piece.kind === 'sentence') {
      header = undefined;
      return piece;
    }
    const cells = cellsOf(piece.text);
    if (!header) {
      header = cells;
      return undefined;
    }
    if (cells.every((cell) => /^[:\-\s]*$/.test(cell))) return undefined;
    const [name = '', ...values] = cells;
    const told = values.flatMap((value, i) =>
      value === '' ? [] : [`${header?.[i + 1] ?? ''} ${value}`.trim()],
    );
    return { kind: 'sentence', text: `${name}：${told.join('，')}`, opens: true, item: true };
  };
}
