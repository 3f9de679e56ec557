/**
 * What schema checks cannot see: whether gold quotes stand in their plans, whether `must` groups can be met, and
 * whether drafts have been confirmed.
 * @module
 */
import { bindPlans } from './evaluate.ts';
import type { PlanText } from './match.ts';
import { compact, looseHaystack, saysIn } from './match.ts';
import type { PlanTexts } from './metrics/hits.ts';
import type { Problem, SuiteCase } from './suite.ts';
import { readSuites, SuiteError } from './suite.ts';
import type { PlanName } from './target.ts';

/** Reads suites and checks everything about them; problems come in the order of files and lines. */
export function lintSuites(
  paths: readonly string[],
  plans: readonly PlanName[],
  texts: PlanTexts,
): { cases: readonly SuiteCase[]; problems: Problem[] } {
  const { cases, problems } = readSuites(paths);
  const found = [...problems];
  let bound: readonly SuiteCase[] = cases;
  try {
    bound = bindPlans(cases, plans);
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error;
    found.push(...error.problems);
  }
  for (const entry of bound) found.push(...lintCase(entry, texts));
  found.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
  return { cases, problems: found };
}

/** What is wrong with one entry whose plans are ids. */
export function lintCase(entry: SuiteCase, texts: PlanTexts): Problem[] {
  const problems: Problem[] = [];
  const report = (severity: Problem['severity'], message: string) =>
    problems.push({ file: entry.file, line: entry.line, severity, message: `${entry.id}: ${message}` });

  if (entry.review === 'pending') {
    report('error', 'review: pending; check the entry and drop the field');
  }
  if (entry.kind === 'unanswerable' && !entry.reason) report('warning', 'reason is missing');
  if (entry.kind === 'unanswerable' && !entry.why) report('warning', 'why is missing');

  const goldPlans = new Set<string>();
  for (const [i, gold] of entry.gold.entries()) {
    const plan = texts.get(gold.plan);
    if (!plan) continue;
    goldPlans.add(gold.plan);
    if (!plan.holds(gold.quote)) {
      report('error', `gold[${i}]: quote is not in ${gold.plan}${nearest(gold.quote, plan)}`);
    }
    for (const heading of gold.path ?? []) {
      if (!plan.holds(heading)) report('error', `gold[${i}]: heading is not in ${gold.plan}: ${heading}`);
    }
    if (entry.plans.length > 0 && !entry.plans.includes(gold.plan)) {
      report('error', `gold[${i}]: ${gold.plan} is not among plans`);
    }
  }
  for (const [i, quote] of duplicates(entry.gold.map((g) => `${g.plan} ${compact(g.quote)}`))) {
    report('warning', `gold[${i}]: given twice: ${quote.slice(0, 40)}`);
  }

  const quoted = looseHaystack(
    entry.gold.flatMap((g) => [g.quote, ...(g.path ?? []), texts.get(g.plan)?.title ?? '']).join('\n'),
  );
  const whole = [...goldPlans].flatMap((id) => texts.get(id) ?? []);
  for (const [i, group] of entry.must.entries()) {
    if (group.some((alternative) => saysIn(quoted, alternative))) continue;
    // A locator (第三章第一节) is made of headings and stands nowhere in one piece.
    const reachable = group.some((a) => isLocator(a) || whole.some((plan) => saysIn(haystackOf(plan), a)));
    if (!reachable && whole.length > 0) {
      report('error', `must[${i}]: no alternative stands in the plans: ${group.join(' / ')}`);
    } else if (!group.some(isLocator)) {
      report('warning', `must[${i}]: not in the gold quotes: ${group.join(' / ')}`);
    }
  }
  return problems;
}

const haystacks = new WeakMap<PlanText, ReturnType<typeof looseHaystack>>();

function haystackOf(plan: PlanText): ReturnType<typeof looseHaystack> {
  let haystack = haystacks.get(plan);
  if (!haystack) {
    haystack = looseHaystack(plan.text);
    haystacks.set(plan, haystack);
  }
  return haystack;
}

const isLocator = (text: string) =>
  /第[一二三四五六七八九十百\d]+[编章节条]|专栏\s*\d|（[一二三四五六七八九十]+）|[一二三四五六七八九十]+、/.test(
    text,
  );

/** Where the quote stops being in the plan: the longest beginning of it that is. */
function nearest(quote: string, plan: PlanText): string {
  const wanted = compact(quote);
  let low = 0;
  let high = wanted.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (plan.holds(wanted.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low < 4
    ? `: ${quote.slice(0, 40)}`
    : `: it departs after “${wanted.slice(Math.max(0, low - 12), low)}”`;
}

function duplicates(values: readonly string[]): [number, string][] {
  return values.flatMap((value, i): [number, string][] => (values.indexOf(value) < i ? [[i, value]] : []));
}
