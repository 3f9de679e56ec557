/**
 * Suites as offices keep them: CSV (UTF-8 or GB18030, comma, semicolon or tab) and XLSX, one question a row.
 *
 * Columns are recognised by Chinese or English heads, see tests/regression/README.md. A row without a question
 * adds a further gold span to the question above, as merged cells do.
 * @module
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { readSheet } from 'read-excel-file/node';
import type { Kind, Problem, SuiteCase } from './suite.ts';
import { KINDS, REASONS, toCase } from './suite.ts';

const COLUMNS = {
  id: ['编号', '序号', 'id'],
  kind: ['类别', '类型', 'kind', 'type'],
  question: ['问题', '提问', 'question'],
  history: ['前文', '上文', 'history'],
  plan: ['规划', '出处', 'plan', 'doc'],
  quote: ['原文', '引文', 'quote', 'gold'],
  need: ['需要', 'need'],
  must: ['要点', '必含', 'must'],
  plans: ['可引规划', '限定规划', 'plans'],
  reason: ['理由', '拒答理由', 'reason'],
  answer: ['参考答案', '答案', 'answer'],
  why: ['说明', '备注', 'why', 'note'],
  tags: ['标签', 'tags'],
} as const;

type Column = keyof typeof COLUMNS;

const KIND_NAMES: Readonly<Record<Kind, readonly string[]>> = {
  fact: ['事实'],
  numeric: ['数值', '数字'],
  list: ['列举', '清单'],
  table: ['表格'],
  location: ['位置'],
  structure: ['结构'],
  paraphrase: ['口语', '改述'],
  noisy: ['错别字', '含错'],
  english: ['英文', '英语'],
  scoped: ['限定规划', '限定'],
  followup: ['追问'],
  compare: ['比较', '对比'],
  unanswerable: ['无答案', '规划没写'],
  injection: ['注入', '攻击'],
};

const REASON_NAMES: Readonly<Record<(typeof REASONS)[number], string>> = {
  out_of_scope: '超出范围',
  not_in_plan: '该规划没有',
  year_not_given: '没有该年份',
  place_not_covered: '没有该地方',
  detail_not_given: '没有该细节',
  false_premise: '前提不符',
  nothing_found: '都没提到',
};

const NEEDS: Readonly<Record<string, 'any' | 'all'>> = {
  任一: 'any',
  全部: 'all',
  都要: 'all',
  any: 'any',
  all: 'all',
};

/** What a table gave: entries in the suite's form, and what is wrong with which row (`line` is the row). */
export interface Imported {
  readonly entries: readonly (Record<string, unknown> & { readonly id: string })[];
  readonly cases: readonly SuiteCase[];
  readonly problems: readonly Problem[];
}

/** Reads a table from disk. Of an XLSX file the first sheet is read. */
export async function importTable(file: string): Promise<Imported> {
  const bytes = readFileSync(file);
  const rows = /\.xlsx$/i.test(file) ? await xlsxRows(bytes) : csvRows(bytes);
  return importRows(rows, file);
}

async function xlsxRows(bytes: Buffer): Promise<string[][]> {
  const rows = await readSheet(bytes);
  return rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
}

function csvRows(bytes: Buffer): string[][] {
  const text = decodeText(bytes).replace(/^\ufeff/, '');
  const head = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = ['\t', ';', ','].find((d) => head.includes(d)) ?? ',';
  // Every record keeps its number, so that an empty row does not shift the numbers people see in their table.
  return parseCsv(text, {
    delimiter,
    relax_column_count: true,
    skip_empty_lines: false,
    bom: true,
  }) as string[][];
}

/** UTF-8 where it is valid; else GB18030, which spreadsheets on Chinese Windows write. */
function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}

/** Rows, the head first, as entries. */
export function importRows(rows: readonly (readonly string[])[], file: string): Imported {
  const problems: Problem[] = [];
  const report = (line: number, message: string) => problems.push({ file, line, message, severity: 'error' });
  const columns = readHead(rows[0] ?? [], (message) => report(1, message));
  const drafts: { line: number; entry: Record<string, unknown>; gold: { plan: string; quote: string }[] }[] =
    [];
  rows.slice(1).forEach((row, i) => {
    const line = i + 2;
    const get = (column: Column) => (row[columns.get(column) ?? -1] ?? '').trim();
    const wrong = (column: Column, message: string) => report(line, `${COLUMNS[column][0]}：${message}`);
    if (row.every((cell) => cell.trim() === '')) return;
    const above = drafts.at(-1);
    if (get('question') === '') {
      if (!above || get('quote') === '') wrong('question', '没有填');
      else
        above.gold.push(
          ...goldOf(get('plan') || above.gold.at(-1)?.plan || '', get('quote'), (m) => wrong('quote', m)),
        );
      return;
    }
    const kind = oneOf(get('kind'), KINDS, (k) => KIND_NAMES[k]);
    if (kind === undefined)
      wrong('kind', `没有“${get('kind')}”这一类；可用 ${KINDS.map((k) => KIND_NAMES[k][0]).join('、')}`);
    const reason = get('reason') === '' ? undefined : oneOf(get('reason'), REASONS, (r) => [REASON_NAMES[r]]);
    if (get('reason') !== '' && reason === undefined) {
      wrong('reason', `没有“${get('reason')}”这个理由；可用 ${Object.values(REASON_NAMES).join('、')}`);
    }
    const need = NEEDS[get('need').toLowerCase() || 'any'];
    if (need === undefined) wrong('need', `应为 任一 或 全部，而不是“${get('need')}”`);
    const gold = goldOf(get('plan'), get('quote'), (message) => wrong('quote', message));
    const id =
      get('id') === ''
        ? `${stem(file)}-${line}`
        : /^\d/.test(get('id'))
          ? `${stem(file)}-${get('id')}`
          : get('id');
    if (kind === undefined || need === undefined) return;
    drafts.push({
      line,
      gold,
      entry: {
        id,
        kind,
        question: get('question'),
        ...(get('history') && { history: lines(get('history')) }),
        gold,
        need,
        must: pieces(get('must'), /[;；\n]/).map((group) => pieces(group, /[/／|]/)),
        ...(get('plans') && { plans: pieces(get('plans'), /[、,，;；\n]/) }),
        ...(reason && { reason }),
        ...(get('answer') && { answer: get('answer') }),
        ...(get('why') && { why: get('why') }),
        ...(get('tags') && { tags: pieces(get('tags'), /[、,，;；\s]/) }),
      },
    });
  });

  const cases: SuiteCase[] = [];
  const entries: (Record<string, unknown> & { id: string })[] = [];
  const seen = new Map<string, number>();
  for (const { entry, line } of drafts) {
    const id = entry.id as string;
    const before = seen.get(id);
    if (before !== undefined) report(line, `编号：${id} 与第 ${before} 行重复`);
    seen.set(id, line);
    const parsed = toCase(entry, file, line);
    if (Array.isArray(parsed)) for (const message of parsed) report(line, message);
    else {
      cases.push(parsed);
      entries.push({ ...entry, id });
    }
  }
  return { entries, cases, problems: problems.sort((a, b) => a.line - b.line) };
}

function readHead(head: readonly string[], report: (message: string) => void): Map<Column, number> {
  const columns = new Map<Column, number>();
  head.forEach((cell, i) => {
    const name = cell.trim().toLowerCase();
    if (name === '') return;
    const column = (Object.keys(COLUMNS) as Column[]).find((c) =>
      (COLUMNS[c] as readonly string[]).includes(name),
    );
    if (!column)
      report(
        `不认识“${cell.trim()}”这一列；可用 ${Object.values(COLUMNS)
          .map((names) => names[0])
          .join('、')}`,
      );
    else if (columns.has(column)) report(`“${cell.trim()}”这一列出现了两次`);
    else columns.set(column, i);
  });
  for (const column of ['question', 'kind'] as const) {
    if (!columns.has(column)) report(`缺少“${COLUMNS[column][0]}”这一列`);
  }
  return columns;
}

/** One span per line of the quote cell; the plan cell names one plan for all, or one per line. */
function goldOf(
  plan: string,
  quote: string,
  report: (message: string) => void,
): { plan: string; quote: string }[] {
  if (quote === '') return [];
  const quotes = lines(quote);
  const plans = lines(plan);
  if (plans.length === 0) report('有原文而没有规划');
  else if (plans.length > 1 && plans.length !== quotes.length) {
    report(`${quotes.length} 段原文对 ${plans.length} 个规划，应一一对应或只写一个规划`);
  }
  return quotes.map((q, i) => ({ plan: plans[plans.length === 1 ? 0 : i] ?? '', quote: q }));
}

function oneOf<T extends string>(
  value: string,
  known: readonly T[],
  names: (known: T) => readonly string[],
): T | undefined {
  return known.find((k) => k === value.toLowerCase() || names(k).includes(value));
}

const pieces = (text: string, separator: RegExp) =>
  text
    .split(separator)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
const lines = (text: string) => pieces(text, /\r?\n/);
const stem = (file: string) =>
  basename(file)
    .replace(/\.[^.]*$/, '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-');
