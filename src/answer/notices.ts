/**
 * What a person must know of the plans an answer rests on: a draft, or a period that has ended.
 * @module
 */
import type { PlanFacts } from '../plan/types.ts';

const CALENDAR = new Intl.DateTimeFormat('en', { timeZone: 'Asia/Shanghai', year: 'numeric' });

/** Notices for the plans cited, as of `today`. */
export function noticesFor(plans: readonly PlanFacts[], today: Date): string[] {
  const seen = new Set<string>();
  const notices: string[] = [];
  for (const plan of plans) {
    if (seen.has(plan.id)) continue;
    seen.add(plan.id);
    if (plan.status === 'draft') notices.push(`《${plan.title}》是征求意见稿，不是正式印发的文件。`);
    // A period ends with its last year, by the calendar in China.
    const year = Number(CALENDAR.format(today));
    if (plan.period && plan.period.end < year) {
      notices.push(
        `《${plan.title}》的规划期为${plan.period.start}—${plan.period.end}年，已经届满，引用前请核对是否有新规划。`,
      );
    }
  }
  return notices;
}
