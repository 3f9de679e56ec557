/**
 * Indicator tables: which tables list indicators with a baseline and a target, and their rows in one shape.
 * @module
 */
import type { Cell, Indicator, IndicatorValue, Span, Table, TableRow } from './types.ts';

interface Columns {
  readonly number: number;
  readonly category: number;
  /** The name's columns: the name and what divides it further. */
  readonly name: readonly number[];
  readonly unit: number;
  readonly attribute: number;
  readonly values: readonly number[];
}

const NAME = /^(?:主要|具体|核心)?指标(?:名称|内容)?$|^(?:指标)?名称$/;
const ATTRIBUTE_CELL = /^(?:约束性|预期性|指导性)(?:指标)?$/;
const VALUE = /(?:19|20)\d\d|现状|目标|基期|基准|规划值|实际值|累计|年均/;

/** Reads a table's columns; undefined if it is no indicator table. */
function columnsOf(table: Table): Columns | undefined {
  const header = table.header;
  const name = header.findIndex((h) => NAME.test(h));
  if (name < 0 || table.rows.length < 2) return undefined;
  const attribute = header.findIndex(
    (_h, i) =>
      table.rows.filter((r) => ATTRIBUTE_CELL.test(r.cells[i]?.text ?? '')).length >= table.rows.length / 2,
  );
  const values = header.flatMap((h, i) => (i > name && i !== attribute && VALUE.test(h) ? [i] : []));
  if (values.length === 0) return undefined;
  const names = [name];
  for (let i = name + 1; i < header.length && header[i] === ''; i++) names.push(i);
  return {
    number: header.findIndex((h) => /^(?:序号|编号|序)$/.test(h)),
    category: header.findIndex((h, i) => i < name && /类别|领域|类型|维度|分类|目标|方面/.test(h)),
    name: names,
    unit: header.findIndex((h) => /单位/.test(h)),
    attribute,
    values,
  };
}

/** A trailing bracket that holds a unit: 面积（万平方公里）, 比例（%）. (EQI) is a name, not a unit. */
const UNIT_BRACKET = /[（(]([^（）()]{1,14})[）)]\s*$/;
const UNIT_WORDS =
  /[%％‰]|[吨亩顷米克天个座公里度贝人次类元率户时瓦艘辆家处平升卡焦]$|\/|μg|ug|mg|dB|km|kW|m[²³23]|tce/;

/** Rows of all indicator tables of a plan. */
export function readIndicators(planId: string, text: string, tables: readonly Table[]): Indicator[] {
  return tables.flatMap((table) => {
    const columns = columnsOf(table);
    return columns ? table.rows.map((row) => readRow(planId, text, table, row, columns)) : [];
  });
}

function readRow(planId: string, text: string, table: Table, row: TableRow, columns: Columns): Indicator {
  const cell = (i: number): Cell | undefined => (i >= 0 ? row.cells[i] : undefined);
  const filled = (i: number) => cell(i)?.text || undefined;
  const parts = columns.name
    .map((i) => filled(i)?.replace(/\s*\*+$/, ''))
    .filter((t): t is string => t !== undefined);
  const head = /^[[［]?(\d{1,3})[\]］]?[\s．.、]*(?=\D)/.exec(parts[0] ?? '');
  const number = (filled(columns.number) ?? (columns.number < 0 ? head?.[1] : undefined))?.replace(
    /\*+$/,
    '',
  );
  if (head && parts[0]) parts[0] = parts[0].slice(head[0].length);
  let unit = filled(columns.unit);
  const names = parts.map((part) => {
    const bracket = UNIT_BRACKET.exec(part);
    if (!unit && bracket && UNIT_WORDS.test(bracket[1] as string)) {
      unit = bracket[1] as string;
      return part.slice(0, bracket.index).trim();
    }
    return unit && bracket?.[1] === unit ? part.slice(0, bracket.index).trim() : part;
  });
  const values = columns.values
    .map((i): IndicatorValue => {
      const header = table.header[i] as string;
      const year = /((?:19|20)\d\d)/.exec(header)?.[1];
      return { header, value: filled(i) ?? '', ...(year ? { year: Number(year) } : {}) };
    })
    .map((v) => ({ ...v, value: /^[—–-]*$/.test(v.value) ? '' : v.value }));
  const targetAt = targetColumn(values);
  const baselineAt = values.length > 1 ? baselineColumn(values, targetAt) : -1;
  const present = (i: number) => (values[i] && values[i].value !== '' ? values[i] : undefined);
  const baseline = present(baselineAt);
  const target = present(targetAt);
  const category = filled(columns.category);
  const attribute = filled(columns.attribute)?.replace(/指标$/, '');
  return {
    planId,
    ...(number ? { number } : {}),
    ...(category ? { category } : {}),
    name: names.join(' '),
    ...(unit ? { unit } : {}),
    ...(baseline ? { baseline } : {}),
    ...(target ? { target } : {}),
    others: values.filter((v, i) => i !== baselineAt && i !== targetAt && v.value !== ''),
    ...(attribute ? { attribute } : {}),
    notes: notesFor(text, table, row, values, [filled(columns.category), ...columns.name.map(filled)]),
    start: row.start,
    end: row.end,
  };
}

function targetColumn(values: readonly IndicatorValue[]): number {
  const named = values.findLastIndex((v) => /目标|规划值/.test(v.header));
  if (named >= 0) return named;
  const years = values.map((v) => v.year ?? 0);
  return years.indexOf(Math.max(...years));
}

/** The earliest value that is no target; a value of the target's own year (实际值) is no baseline. */
function baselineColumn(values: readonly IndicatorValue[], target: number): number {
  const year = (i: number) => values[i]?.year ?? 0;
  const candidates = values.flatMap((v, i) =>
    i !== target && !/目标|实际/.test(v.header) && (year(i) === 0 || year(i) < year(target)) ? [i] : [],
  );
  return candidates.sort((a, b) => year(a) - year(b))[0] ?? -1;
}

/** Notes that bear on a row: those that explain a mark it carries, name it or its number, or explain its brackets. */
function notesFor(
  text: string,
  table: Table,
  row: TableRow,
  values: readonly IndicatorValue[],
  names: readonly (string | undefined)[],
): Span[] {
  const printed = text.slice(row.start, row.end);
  const number = /\[(\d+)\]/.exec(printed)?.[0];
  const keys = names.flatMap(nameKeys);
  return table.notes.filter((note) => {
    const words = text.slice(note.start, note.end);
    const stars = /(?<!\*)(\*+)(?!\*)/.exec(words)?.[1];
    if (stars && new RegExp(`(?<!\\*)\\*{${stars.length}}(?!\\*)`).test(printed)) return true;
    if (/[[〔【［]\s*[\]〕】］]/.test(words) && values.some((v) => /[[〔［]/.test(v.value))) return true;
    const aboutDashes = /[“"'‘][—–-]{1,2}[”"'’]\s*(?:表示|为|指)/.test(words);
    if (aboutDashes && row.cells.some((c) => /^[—–-]{1,2}$/.test(c.text))) return true;
    if (number && words.includes(number)) return true;
    const plain = plainName(words);
    return keys.some((key) => plain.includes(key));
  });
}

const plainName = (words: string) => words.normalize('NFKC').replace(/\s/g, '');

/** What a note calls a row by: the beginning of its name, with or without a bracket in it; short words say too little. */
function nameKeys(name: string | undefined): string[] {
  const plain = plainName(name ?? '');
  return [plain, plain.replace(/\(.*$/, '')].filter((key) => key.length >= 6).map((key) => key.slice(0, 10));
}
