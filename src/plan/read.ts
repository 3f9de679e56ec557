/**
 * One file → one plan: decode, tidy, outline, passages, indicators.
 * @module
 */
import { assemble } from './assemble.ts';
import { DocumentError, decode } from './decode/index.ts';
import { factsFromDocument } from './facts.ts';
import { readIndicators } from './indicators.ts';
import { withLeads } from './leads.ts';
import { toLines } from './lines.ts';
import { isHardWrapped } from './paragraphs.ts';
import { cutPassages } from './passages.ts';
import type { Plan, PlanFacts } from './types.ts';

/**
 * Raised whenever the same bytes would be read or cut into terms differently than before, so that an index built by an older reader
 * is not mistaken for a fresh one.
 */
export const READER_VERSION = 7;

/**
 * Reads a document.
 * @param bytes the file's content
 * @param file its name inside the corpus
 * @param known facts from `plans.yaml`; what is missing is taken from the document itself
 * @throws DocumentError if the bytes are no readable document
 */
export async function readPlan(
  bytes: Uint8Array,
  file: string,
  known: Partial<PlanFacts> = {},
): Promise<Plan> {
  const source = await decode(bytes, file);
  const lines = toLines(source);
  const { text, outline: bare, tables } = assemble(lines, source.wrapped ?? isHardWrapped(lines));
  if (text.trim() === '')
    throw new DocumentError('empty_document', file, '里没有可读的文字。请确认放入的是规划或法规的正文。');
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
