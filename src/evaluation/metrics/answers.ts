/**
 * Answer metrics: which `must` groups an answer holds.
 * @module
 */
import { looseHaystack, saysIn } from '../match.ts';
import type { SuiteCase } from '../suite.ts';

/** Which `must` groups an answer's text holds, in order. */
export function heldGroups(answer: string, must: SuiteCase['must']): boolean[] {
  const haystack = looseHaystack(answer);
  return must.map((group) => group.some((alternative) => saysIn(haystack, alternative)));
}

/** Correctness: 1 if every group is held, else 0. */
export function correctness(held: readonly boolean[]): number {
  return held.every(Boolean) ? 1 : 0;
}

/** Completeness: the share of groups held; 1 where there are none. */
export function completeness(held: readonly boolean[]): number {
  return held.length === 0 ? 1 : held.filter(Boolean).length / held.length;
}
