/**
 * Decoded lines → one plan: tidy, outline, passages, indicators.
 * @module
 */
import { assemble } from './assemble.ts';
import type { Source } from './decode/index.ts';
import { factsFromDocument } from './facts.ts';
import { readIndicators } from './indicators.ts';
import { withLeads } from './leads.ts';
import { toLines } from './lines.ts';
import { isHardWrapped } from './paragraphs.ts';
import { cutPassages } from './passages.ts';
import type { Plan, PlanFacts } from './types.ts';

/** The plan that `source`, decoded from `file`, says; undefined if no text is left of it. `known` facts come first. */
export function planOf(source: Source, file: string, known: Partial<PlanFacts>): Plan | undefined {
  const lines = toLines(source);
  const { text, outline: bare, tables } = assemble(lines, source.wrapped ?? isHardWrapped(lines));
  if (text.trim() === '') return undefined;
  const outline = withLeads(bare, text);
  const facts: PlanFacts = { ...factsFromDocument(file, bare.heading, text.slice(0, 4000)), ...known };
  return {
    facts,
    text,
    outline,
    tables,
    passages: cutPassages(facts.id, text, outline, tables),
    indicators: readIndicators(facts.id, text, tables),
  };
}
