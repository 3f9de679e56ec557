/**
 * Asking once more: all sentences that failed, with the reasons, in one call.
 * @module
 */
import type { Chat } from '../../models/guarded.ts';
import { ChatError } from '../../models/guarded.ts';
import { fillPrompt, readPrompt } from '../../models/prompts.ts';
import type { Verdict } from './verify.ts';

/** What asking needs. */
export interface RepairOptions {
  readonly chat: Chat;
  readonly printed: string;
  readonly fence: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly verify: (sentence: string) => Verdict;
}

/**
 * For each failed sentence the verdict on what the model writes instead; undefined where it gives nothing, or nothing
 * at all if the call fails.
 * @throws the signal's reason if it is aborted
 */
export async function repairSentences(
  failed: readonly { readonly text: string; readonly faults: readonly string[] }[],
  { chat, printed, fence, timeoutMs, signal, verify }: RepairOptions,
): Promise<readonly (Verdict | undefined)[]> {
  const sentences = failed
    .map(({ text, faults }, i) => `${i + 1}. ${text.slice(0, 300)}（${faults.join('；')}）`)
    .join('\n');
  let reply: string;
  try {
    const messages = fillPrompt(readPrompt('repair'), { fence, passages: printed, sentences });
    reply = (await chat.reply(messages, { signal, timeoutMs })).text;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ChatError) return [];
    throw error;
  }
  const lines = new Map<number, string>();
  for (const line of reply.replace(/<think>[\s\S]*?<\/think>/g, '').split('\n')) {
    const [, n, text] = /^\s*(\d{1,2})\s*[.．、:：)）]\s*(\S.*)$/.exec(line) ?? [];
    if (n !== undefined && text !== undefined && !lines.has(Number(n))) lines.set(Number(n), text);
  }
  return failed.map((_sentence, i) => {
    const text = lines.get(i + 1);
    if (text === undefined || /^删去/.test(text)) return undefined;
    const verdict = verify(text);
    return verdict.ok ? verdict : undefined;
  });
}
