/**
 * `原文 n`: the passage of a citation in full.
 * @module
 */
import type { Citation } from '../../answer/types.ts';
import type { Assistant } from '../../assistant.ts';
import { UnknownPlanError } from '../../assistant.ts';
import { commandReply, sourceOf } from './reply.ts';
import type { Reply } from './types.ts';

/**
 * The passage that citation `n` of an answer is cut from, with its label and link. When the plan has changed since,
 * the quote as it was given, and a word about it.
 * @param citations of the last answer; undefined if there was none
 */
export function passageReply(
  citations: readonly Citation[] | undefined,
  n: number | undefined,
  assistant: Assistant,
  publicUrl: string | undefined,
): Reply {
  if (citations === undefined)
    return commandReply('这段对话里还没有回答。先提一个问题，再用“原文 1”看引文的原文。');
  if (citations.length === 0) return commandReply('上一个回答没有引文。');
  const wanted = n ?? (citations.length === 1 ? citations[0]?.n : undefined);
  const citation = citations.find((c) => c.n === wanted);
  if (!citation) {
    const numbers = citations.map((c) => `“原文 ${c.n}”`).join('、');
    return commandReply(
      `${n === undefined ? '请写出引文的序号' : `上一个回答没有引文 [${n}]`}，可以发${numbers}。`,
    );
  }
  const passage = passageOf(citation, assistant);
  const source = { ...sourceOf(citation, publicUrl), quote: passage ?? citation.quote };
  const heading = `《${citation.plan.title}》 ${citation.label} [${citation.n}]`;
  const reply = commandReply(heading, [source]);
  return passage === undefined
    ? { ...reply, notices: ['规划在回答之后有更新，这里是回答当时的引文。'] }
    : reply;
}

/** The passage's text, or undefined when the quote is no longer where it was. */
function passageOf(
  { plan, passageId, quote, start, end }: Citation,
  assistant: Assistant,
): string | undefined {
  try {
    if (assistant.text(plan.id, { start, end }).text !== quote) return undefined;
    // A passage's id ends with its offsets.
    const [, from = start, to = end] = /#(\d+)-(\d+)$/.exec(passageId)?.map(Number) ?? [];
    return assistant.text(plan.id, { start: Math.min(from, start), end: Math.max(to, end) }).text;
  } catch (error) {
    if (error instanceof UnknownPlanError || error instanceof RangeError) return undefined;
    // Offsets beyond the end of a text that has become shorter.
    if ((error as Error).name === 'InvalidRequestError') return undefined;
    throw error;
  }
}
