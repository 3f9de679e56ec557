/**
 * Questions to begin with, which fit whatever plans are loaded.
 * @module
 */
import type { Indicator, Plan } from './types.ts';

/** Targets of the latest year, and aims: five at most, of the given plans. */
export function suggestQuestions(plans: readonly Plan[], indicators: readonly Indicator[]): string[] {
  const called = (plan: Plan) => plan.shortNames[0] ?? `《${plan.title}》`;
  const targets = plans.flatMap((plan) => {
    const rows = indicators.filter(({ planId, target }) => planId === plan.id && target?.year);
    const last = Math.max(...rows.map(({ target }) => target?.year ?? 0));
    const row = rows.find(({ name, target }) => target?.year === last && /^\S{4,12}$/.test(name));
    return row ? [`${called(plan)}里，${last}年${row.name}的目标是多少？`] : [];
  });
  // A plan with a table of targets says what it aims at; of others nobody knows.
  const aims = plans.filter((plan) => plan.indicators > 0).map((plan) => `${called(plan)}的主要目标有哪些？`);
  return [...targets.slice(0, 3), ...aims.slice(0, 2)];
}
