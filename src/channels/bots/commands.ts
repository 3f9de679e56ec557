/**
 * The commands a bot understands, the same on every platform.
 * @module
 */
import type { PlanSummary } from '../../answer/types.ts';
import { squash } from '../../language/normalise.ts';

/** What a message asks for besides an answer. */
export type Command =
  | { readonly name: 'help' }
  /** Without `plan`: list the plans; with it: restrict the conversation to the plan so named, or to none. */
  | { readonly name: 'scope'; readonly plan?: string }
  /** Show the passage of citation `n` of the last answer; undefined when no number was given. */
  | { readonly name: 'source'; readonly n: number | undefined }
  | { readonly name: 'reset' };

const HELP = /^(帮助|使用说明|help|\?)$/;
const SCOPE = /^(?:范围|scope)(?:[\s:]+(.{1,80}))?$/s;
const SOURCE = /^(?:原文|source)(?:[\s:]*(?:[[【]\s*)?(\d{1,3})\s*[\]】]?|\s*)$/;
const RESET = /^(重新开始|reset)$/;

/**
 * The command in a message, or undefined when it is a question. A leading `/` is allowed, full-width characters count
 * as half-width ones, and capitals as small ones.
 */
export function readCommand(text: string): Command | undefined {
  const typed = text.normalize('NFKC').trim().replace(/^\//, '').trim();
  const small = typed.toLowerCase();
  if (small === '' || HELP.test(small)) return { name: 'help' };
  if (RESET.test(small)) return { name: 'reset' };
  const source = SOURCE.exec(small);
  if (source) return { name: 'source', n: source[1] === undefined ? undefined : Number(source[1]) };
  const scope = SCOPE.exec(small);
  if (!scope) return undefined;
  return scope[1] === undefined ? { name: 'scope' } : { name: 'scope', plan: scope[1].trim() };
}

/** Whether `name` lifts the restriction to a plan. */
export function meansAllPlans(name: string): boolean {
  return ['全部', '所有', '不限', 'all'].includes(squash(name));
}

/**
 * The plans that `name` may mean: its number in the list, an id, a title or a short name; failing these, every plan
 * with a name that holds `name`. One is a hit; none or several are not.
 */
export function plansNamed(name: string, plans: readonly PlanSummary[]): readonly PlanSummary[] {
  const wanted = bare(name);
  if (wanted === '') return [];
  if (/^\d{1,3}$/.test(wanted)) return plans.slice(Number(wanted) - 1, Number(wanted));
  const names = (plan: PlanSummary) => [plan.id, plan.title, ...plan.shortNames].map(bare);
  const exact = plans.filter((plan) => names(plan).includes(wanted));
  return exact.length > 0 ? exact : plans.filter((plan) => names(plan).some((n) => n.includes(wanted)));
}

const bare = (name: string) => squash(name).replace(/[《》<>"“”]/g, '');
