/**
 * Finding tables among the lines of a document. Three printed forms end up as one: rows of tab-separated cells,
 * one cell a line (cells may wrap), and loose lines whose columns only spaces set apart.
 * @module
 */
import { headingCandidate, isTitle } from './headings.ts';
import type { Line } from './lines.ts';

/** A row as printed: usually one line of cells, more when a page break tore it. */
export interface RawRow {
  /** Cells aligned with the header, as printed on the row's first line. */
  readonly cells: readonly string[];
  /** The rest of a torn row: cells that continue the ones above. */
  readonly continued?: readonly string[];
}

/** A table as found: which lines it takes, its header and rows. */
export interface RawTable {
  readonly from: number;
  /** One past its last line. */
  readonly to: number;
  readonly header: readonly string[];
  readonly rows: readonly RawRow[];
  /** Notes printed as rows (备注). */
  readonly notes: readonly string[];
}

const squash = (cells: readonly string[]) =>
  cells
    .map((c) => c.replace(/\s/g, ''))
    .filter((c) => c !== '')
    .join('|');

const NOTE = /^(?:备\s*注|注|说明)\s*[:：]?/;
const NAME_HEADER = /指标|名称|项目|内容|工程|任务|事项/;
const NUMBER_HEADER = /^(?:序号|编号|序)$/;

/** The table that begins at line `i`, if one does. */
export function tableAt(lines: readonly Line[], i: number): RawTable | undefined {
  return tabbedRows(lines, i) ?? cellPerLine(lines, i) ?? looseLines(lines, i);
}

function tabbedRows(lines: readonly Line[], i: number): RawTable | undefined {
  const isRow = (k: number) => {
    const line = lines[k];
    return line !== undefined && !line.cell && line.text.includes('\t');
  };
  if (!isRow(i)) return undefined;
  let to = i;
  const grid: string[][] = [];
  while (isRow(to)) {
    grid.push((lines[to] as Line).text.split('\t').map((c) => c.trim()));
    to++;
  }
  if (grid.length < 2 && (grid[0] as string[]).length < 3) return undefined;
  // Note lines may follow the 备注 row without tabs.
  const lastFirst = grid.at(-1)?.[0] ?? '';
  const trailing: string[] = [];
  if (NOTE.test(lastFirst) && squash(grid.at(-1) as string[]) === lastFirst.replace(/\s/g, '')) {
    while (lines[to] && /^[（(]?\d/.test((lines[to] as Line).text) && (lines[to] as Line).blankBefore === 0) {
      trailing.push((lines[to] as Line).text);
      to++;
    }
  }
  return unlessEmpty(build(i, to, grid, trailing));
}

function cellPerLine(lines: readonly Line[], i: number): RawTable | undefined {
  if (!lines[i]?.cell || !lines[i + 1]?.cell) return undefined;
  const grid: string[][] = [];
  let row: string[] = [];
  let k = i;
  for (; k < lines.length; k++) {
    const line = lines[k] as Line;
    if (line.cell) {
      if (line.blankBefore > 0 && row.length > 0) {
        grid.push(row);
        row = [];
      }
      row.push(line.text.trim());
    } else if (
      line.blankBefore === 1 &&
      row.length > 0 &&
      line.text.length <= 20 &&
      !NOTE.test(line.text) &&
      !headingLike(line)
    ) {
      row[row.length - 1] = joinCell(row.at(-1) as string, line.text);
    } else {
      break;
    }
  }
  if (row.length > 0) grid.push(row);
  return grid.length < 2 ? undefined : unlessEmpty(build(i, k, grid, []));
}

const headingLike = (line: Line) => {
  const family = headingCandidate(line.text)?.family;
  return line.hash > 0 || family === 'zhang' || family === 'jie' || family === 'box' || family === 'bian';
};

/** Joins two printed lines of one cell: a space only between Latin words. */
export function joinCell(a: string, b: string): string {
  return /[A-Za-z0-9]$/.test(a) && /^[A-Za-z0-9]/.test(b) ? `${a} ${b}` : a + b;
}

const VALUE_HEADER = /(?:19|20)\d\d|现状|目标|基期|基准|单位|属性|累计|责任|时限|年限/;
const ATTRIBUTE = /^(?:约束性|预期性|指导性)$/;

/** Splits a loose line into cells; single spaced-out characters (指 标) belong together. */
function looseCells(text: string): string[] {
  const tokens = text.split(' ').filter((t) => t !== '');
  const cells: string[] = [];
  for (const token of tokens) {
    const last = cells.at(-1);
    const spacedOut =
      last !== undefined &&
      last.replace(/\s/g, '').length === 1 &&
      token.length === 1 &&
      /\p{Script=Han}/u.test(last + token);
    const yearUnit = last !== undefined && /^(?:19|20)\d\d$/.test(last) && /^年/.test(token);
    if (spacedOut || yearUnit) cells[cells.length - 1] = `${last} ${token}`;
    else cells.push(token);
  }
  return cells;
}

/** Rows whose columns only spaces set apart: recognised by a header of short cells that names years or attributes. */
function looseLines(lines: readonly Line[], i: number): RawTable | undefined {
  const first = lines[i];
  if (!first || first.cell || first.hash > 0 || first.text.includes('\t') || /[。，；：]/.test(first.text))
    return undefined;
  const header = looseCells(first.text);
  if (header.length < 3 || !header.some((h) => NAME_HEADER.test(h.replace(/\s/g, '')))) return undefined;
  if (header.filter((h) => VALUE_HEADER.test(h.replace(/\s/g, ''))).length < 2) return undefined;
  const hasAttribute = /属性|性质/.test(squash(header.slice(-1)));
  const columns = header.length - 1;
  const rows: RawRow[] = [];
  let pending = '';
  let k = i + 1;
  let lastRowEnd = k;
  for (; k < lines.length; k++) {
    const line = lines[k] as Line;
    if (squash([line.text]) === squash([first.text])) {
      if (pending === '') lastRowEnd = k + 1;
      continue;
    }
    if (NOTE.test(line.text) || headingLike(line) || /[。！？]$/.test(line.text)) break;
    // A line of nothing but values stands beside the name that wrapped before it.
    const own = line.text.split(' ');
    const valuesOnly =
      own.length === columns &&
      (hasAttribute ? ATTRIBUTE.test(own.at(-1) as string) : own.every((v) => /\d|^[—–-]$/.test(v)));
    pending =
      pending === '' ? line.text : valuesOnly ? `${pending} ${line.text}` : joinCell(pending, line.text);
    const tokens = pending.split(' ').filter((t) => t !== '');
    const values = tokens.slice(-columns);
    const complete =
      tokens.length > columns
        ? hasAttribute
          ? ATTRIBUTE.test(values.at(-1) ?? '')
          : values.every((v) => /\d|^[—–-]$/.test(v))
        : false;
    if (complete) {
      const [name, ...rest] = splitLoose(pending, columns);
      rows.push({ cells: [name as string, ...rest] });
      pending = '';
      lastRowEnd = k + 1;
    }
  }
  if (rows.length < 2) return undefined;
  return { from: i, to: lastRowEnd, header: header.map((h) => h.replace(/\s/g, '')), rows, notes: [] };
}

/** The last `columns` space-separated tokens, and everything before them as the first cell. */
function splitLoose(text: string, columns: number): string[] {
  let at = text.length;
  const cells: string[] = [];
  for (let c = 0; c < columns; c++) {
    const trimmed = text.slice(0, at).trimEnd();
    const space = trimmed.lastIndexOf(' ');
    cells.unshift(trimmed.slice(space + 1));
    at = space + 1;
  }
  return [text.slice(0, at).trim(), ...cells];
}

/** Without rows or without words in its header it is no table. */
const unlessEmpty = (table: RawTable) =>
  table.rows.length === 0 || table.header.every((h) => h === '') ? undefined : table;

/** Aligns the rows of a grid with its header, joins torn rows, drops repeated headers and takes out the notes. */
function build(from: number, to: number, grid: string[][], trailingNotes: string[]): RawTable {
  const head = (grid[0] as string[]).map((h) => h.replace(/\s/g, ''));
  while (head.length > 0 && head.at(-1) === '') head.pop();
  const body = grid.slice(1);
  const trimEnd = (cells: string[], width: number) => {
    const out = [...cells];
    while (out.length > width && out.at(-1) === '') out.pop();
    return out;
  };
  const widths = body.map((r) => trimEnd(r, head.length).length);
  const width = Math.max(head.length, ...widths.filter((w) => w <= head.length + 2));
  const name = head.findIndex((h) => NAME_HEADER.test(h));
  const spread = (cells: string[], extra: number) => {
    const at = (name < 0 ? 0 : name) + 1;
    return [...cells.slice(0, at), ...Array<string>(extra).fill(''), ...cells.slice(at)];
  };
  const header = head.length < width ? spread(head, width - head.length) : head;
  const numberColumn = header.findIndex((h) => NUMBER_HEADER.test(h));
  const rows: RawRow[] = [];
  const notes: string[] = [];
  let afterHeader = false;
  let inNotes = false;
  for (const printed of body) {
    if (squash(printed) === squash(grid[0] as string[])) {
      afterHeader = true;
      continue;
    }
    const only = printed.filter((c) => c !== '');
    if (only.length === 0) continue;
    if (inNotes || (NOTE.test(printed[0] ?? '') && only.length === 1)) {
      inNotes = true;
      notes.push(...only.flatMap(numberedNotes));
      continue;
    }
    let cells = trimEnd(printed, width);
    // A leading cell is missing (merged away): the printed number stands one column too far left.
    if (
      numberColumn > 0 &&
      /^\d{1,3}\**$/.test(cells[numberColumn - 1] ?? '') &&
      !/^\d{1,3}\**$/.test(cells[numberColumn] ?? '')
    ) {
      cells = ['', ...trimEnd(cells, width - 1)];
    }
    if (cells.length < width) {
      cells =
        cells.length >= head.length && head.length < width
          ? spread(cells, width - cells.length)
          : [...cells, ...Array<string>(width - cells.length).fill('')];
    }
    const previous = rows.at(-1);
    if (afterHeader && previous && continues(cells, header)) {
      rows[rows.length - 1] = { cells: previous.cells, continued: cells };
      afterHeader = false;
      continue;
    }
    afterHeader = false;
    rows.push({ cells });
  }
  // A row may be much wider than the header: then all are as wide as it.
  const widest = Math.max(header.length, ...rows.map(({ cells }) => cells.length));
  const widened = (cells: readonly string[]) =>
    cells.length < widest ? [...cells, ...Array<string>(widest - cells.length).fill('')] : cells;
  return {
    from,
    to,
    header: widened(header),
    rows: rows.map((row) => ({ ...row, cells: widened(row.cells) })),
    notes: [...notes, ...trailingNotes],
  };
}

/** Notes （1）（2）… printed in one cell, each by itself. */
function numberedNotes(text: string): string[] {
  const starts: number[] = [];
  for (const match of text.matchAll(/[（(](\d{1,2})[）)]/g)) {
    if (Number(match[1]) === starts.length + 1) starts.push(match.index);
  }
  if (starts.length < 2) return [text];
  return [0, ...starts.filter((at) => at > 0)]
    .map((at, i, all) => text.slice(at, all[i + 1]).trim())
    .filter((note) => note !== '');
}

/** A row right after a repeated header that has words but no number and no value goes on with the row before. */
function continues(cells: readonly string[], header: readonly string[]): boolean {
  return cells.every(
    (c, i) =>
      c === '' ||
      (!/\d/.test(c) && !VALUE_HEADER.test(header[i] ?? '') && !NUMBER_HEADER.test(header[i] ?? '')),
  );
}

/** Whether a line names the table that follows it: 规划主要指标表, 表1 …. */
export function isTableTitle(text: string): boolean {
  const s = text.replace(/\s/g, '');
  return (
    isTitle(text) &&
    s.length <= 40 &&
    (/(?:表|清单|名录|一览|名单|目录)(?:[（(].{1,20}[）)])?$/.test(s) ||
      /^(?:附?表)[\d一二三四五六七八九十]/.test(s))
  );
}

/** Whether a line is a note under a table. */
export function isNote(text: string): boolean {
  return /^(?:备\s*注|注|说明)\s*[:：\d（(]/.test(text);
}
