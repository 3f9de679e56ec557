/**
 * One file → one plan: decode, tidy, outline, passages, indicators.
 * @module
 */
import { DocumentError, decode } from './decode/index.ts';
import { planOf } from './plan-of.ts';
import { inThread } from './thread.ts';
import type { Plan, PlanFacts } from './types.ts';

/**
 * Raised whenever the same bytes would be read or cut into terms differently than before, so that an index built by an older reader
 * is not mistaken for a fresh one.
 */
export const READER_VERSION = 7;

/**
 * Characters up to which a text is read at once. No step takes more than quadratic time (tests/regexes.test.ts), so
 * that no such text takes long; and a thread takes longer to start than most of them to read.
 */
const SHORT = 5_000;

/**
 * Reads a document. A long one is read in a thread of its own: one that takes too long or too much memory ends as an
 * error, and whoever calls goes on meanwhile.
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
  const plan = source.text.length > SHORT ? await inThread(source, file, known) : planOf(source, file, known);
  if (plan === undefined)
    throw new DocumentError('empty_document', file, '里没有可读的文字。请确认放入的是规划或法规的正文。');
  return plan;
}
