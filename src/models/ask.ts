/**
 * What a model may do before the search: complete a follow-up question, and give words the plans may use. Both are
 * suggestions; undefined stands for none, and then the offline way holds.
 * @module
 */
import type { Chat } from './guarded.ts';
import { ChatError } from './guarded.ts';
import type { ChatMessage } from './prompts.ts';
import { fillPrompt, newFence, readPrompt } from './prompts.ts';

/** One turn of the conversation so far. */
interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** How a model is asked. */
export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** Turns looked back on, and characters of each: a subject is named early. */
const TURNS = 6;
const TURN_MAX = 300;
/** A completed question is hardly longer than this. */
const QUESTION_MAX = 200;
/** Words taken on, at most. */
const WORDS_MAX = 8;

/**
 * The question with what it leaves out; undefined if the model fails or gives something else than a question made of
 * the conversation's own numbers and mostly of its own words.
 * @throws the signal's reason if it is aborted
 */
export async function completeQuestion(
  chat: Chat,
  question: string,
  history: readonly Turn[],
  options: AskOptions,
): Promise<string | undefined> {
  const told = history
    .slice(-TURNS)
    .map(({ role, content }) => `${role === 'user' ? '问' : '答'}：${content.slice(0, TURN_MAX)}`)
    .join('\n');
  const reply = await suggestion(
    chat,
    fillPrompt(readPrompt('rewrite'), { fence: newFence(), history: told, question }),
    options,
  );
  if (reply === undefined || reply.length > QUESTION_MAX || reply.includes('\n')) return undefined;
  const said = `${told}\n${question}`;
  const invented = (reply.match(/\d+(?:\.\d+)?/g) ?? []).some((n) => !said.includes(n));
  const own = [...reply].filter((c) => said.includes(c)).length / [...reply].length;
  return invented || own < 0.7 ? undefined : reply;
}

/**
 * Words the plans may use for what the question asks; undefined if the model fails or gives none.
 * @throws the signal's reason if it is aborted
 */
export async function searchWords(
  chat: Chat,
  question: string,
  options: AskOptions,
): Promise<readonly string[] | undefined> {
  const reply = await suggestion(
    chat,
    fillPrompt(readPrompt('expand'), { fence: newFence(), question }),
    options,
  );
  const words = (reply ?? '')
    .split(/[、，,；;\s]+/)
    .filter((word) => /^\p{Script=Han}{2,12}$/u.test(word))
    .slice(0, WORDS_MAX);
  return words.length > 0 ? words : undefined;
}

async function suggestion(
  chat: Chat,
  messages: readonly ChatMessage[],
  { signal, timeoutMs }: AskOptions,
): Promise<string | undefined> {
  try {
    const { text, truncated } = await chat.reply(messages, { signal, timeoutMs });
    return truncated ? undefined : text.replace(/<think>[\s\S]*?<\/think>/g, '').trim() || undefined;
  } catch (error) {
    if (error instanceof ChatError) return undefined;
    throw error;
  }
}
