/**
 * A model's statement, read clause by clause.
 * @module
 */
import type { Clause, Lexicon } from './grounds.ts';
import { readClause } from './grounds.ts';
import { bare, clausesOf } from './words.ts';

/** A model's statement, read. */
export interface Statement {
  /** As it would be shown, without marks. */
  readonly text: string;
  readonly clauses: readonly Clause[];
}

/** Reads a statement. */
export function readStatement(text: string, lexicon: Lexicon): Statement {
  return { text, clauses: clausesOf(text).map((clause) => readClause(clause, lexicon)) };
}

/** Whether a piece of a reply says nothing to be checked: 具体如下：, 综上所述。 */
export function isHollow(text: string): boolean {
  const folded = bare(text);
  return (
    folded === '' ||
    (/^(?:具体|主要|综上所述|总之|总的来说|根据(?:所给|上述|以上)?(?:资料|原文|规划)|如下|包括|内容|措施|目标|以下|几个?方面|分别|有|为|是|[一二三四五六七八九十\d]+(?:个|大)?方面|[，。:：,.!！、])+$/.test(
      folded,
    ) &&
      !/[a-z]/.test(folded))
  );
}
