/**
 * What of the board is shown.
 * @module
 */
import type { Board, BoardRow, Filter } from './types.ts';

/** Everything, to begin with. */
export const NO_FILTER: Filter = {
  name: '',
  plans: new Set(),
  attribute: '',
  targetYear: 0,
  shared: false,
};

/** The rows that a filter leaves, each with the indicators that it leaves. */
export function filterRows(rows: readonly BoardRow[], filter: Filter): BoardRow[] {
  const name = squash(filter.name);
  return rows.flatMap((row) => {
    if (filter.targetYear !== 0 && row.targetYear !== filter.targetYear) return [];
    const kept = row.indicators.map(
      (indicator) =>
        (filter.plans.size === 0 || filter.plans.has(indicator.planId)) &&
        (filter.attribute === '' || indicator.attribute === filter.attribute) &&
        (name === '' || [row.name, indicator.name].some((own) => squash(own).includes(name))),
    );
    const indicators = row.indicators.filter((_indicator, i) => kept[i]);
    if (indicators.length === 0 || (filter.shared && planCount(indicators) < 2)) return [];
    // What is remarked on concerns all plans of the row.
    const remarks =
      indicators.length === row.indicators.length || planCount(indicators) > 1 ? row.remarks : [];
    return [{ ...row, indicators, numbers: row.numbers.filter((_number, i) => kept[i]), remarks }];
  });
}

/** The values that a filter can take. */
export function choices({ rows }: Board): { readonly years: number[]; readonly attributes: string[] } {
  const of = <T>(values: readonly (T | undefined)[]) =>
    [...new Set(values)].filter((value): value is T => value !== undefined);
  return {
    years: of(rows.map((row) => row.targetYear)).sort((a, b) => b - a),
    attributes: of(rows.flatMap((row) => row.indicators.map((i) => i.attribute))),
  };
}

export const planCount = (indicators: readonly { readonly planId: string }[]): number =>
  new Set(indicators.map((i) => i.planId)).size;

/** Full-width and half-width, upper and lower case are the same; white space does not count. */
const squash = (text: string) => text.normalize('NFKC').replace(/\s/g, '').toLowerCase();
