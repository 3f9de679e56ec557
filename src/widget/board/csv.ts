/**
 * The board as a table for a spreadsheet.
 * @module
 */
import type { Board, BoardRow } from './types.ts';

const HEADER = [
  '指标',
  '规划',
  '原文名称',
  '单位',
  '基准年',
  '基准值',
  '目标年',
  '目标值',
  '其他数值',
  '属性',
  '位置',
  '原文',
  '链接',
  '说明',
];

/** CSV, one line for each indicator of the rows; with the mark by which Excel knows UTF-8. */
export function boardAsCsv(
  rows: readonly BoardRow[],
  plans: Board['plans'],
  link: (place: { plan: { id: string }; start: number; end: number }) => string,
): string {
  const titles = new Map(plans.map((plan) => [plan.id, plan.title]));
  const lines = rows.flatMap((row) =>
    row.indicators.map((i) => [
      row.name,
      titles.get(i.planId) ?? i.planId,
      i.name,
      i.unit,
      i.baseline?.year,
      i.baseline?.value,
      i.target?.year,
      i.target?.value,
      i.others.map(({ header, value }) => `${header} ${value}`).join('；'),
      i.attribute,
      i.citation.label,
      i.citation.quote.replace(/\s+/g, ' '),
      link(i.citation),
      row.remarks.join('；'),
    ]),
  );
  return `\ufeff${[HEADER, ...lines].map((line) => line.map(field).join(',')).join('\r\n')}\r\n`;
}

/** A value as a field; one that a spreadsheet would take for a formula is kept from it. */
function field(value: string | number | undefined): string {
  const text = `${value ?? ''}`;
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(?:\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
