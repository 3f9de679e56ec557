/**
 * `messages` → question and history.
 * @module
 */
import type { Turn } from '../../answer/types.ts';
import { withoutAppendix } from '../markdown.ts';
import { Refusal } from './errors.ts';

/** A message as OpenAI's clients send it; what else it holds does not matter here. */
export interface Message {
  readonly role: string;
  readonly content?: string | readonly ContentPart[] | null | undefined;
}

/** A part of a message's content. */
export interface ContentPart {
  readonly type: string;
  readonly text?: string | undefined;
}

/** In characters, as everywhere else. */
const QUESTION_MAX = 2000;

/**
 * The last user message is the question, the user's and the assistant's turns before it are its history. System and
 * developer messages are no instructions to us, and tool messages no evidence: both are passed over. Our own list of
 * sources is taken off the assistant's turns.
 * @throws Refusal if there is no question, it is too long, or it holds anything but text
 */
export function readMessages(messages: readonly Message[]): { question: string; history: readonly Turn[] } {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  if (last < 0)
    throw new Refusal('messages 里没有 user 消息：请把问题放在最后一条 user 消息里。', 'messages');
  const param = `messages.${last}.content`;
  const asked = messages[last] as Message;
  const foreign = partsOf(asked).find(({ type }) => type !== 'text');
  if (foreign) {
    throw new Refusal(
      `只接受文字，不接受“${foreign.type.slice(0, 40)}”类型的内容：请去掉图片、音频或文件，用文字提问。`,
      param,
      'unsupported_content_type',
    );
  }
  const question = textOf(asked).trim();
  if (question === '') throw new Refusal('问题是空的：最后一条 user 消息没有文字。', param);
  if ([...question].length > QUESTION_MAX) {
    throw new Refusal(`问题最多 ${QUESTION_MAX} 个字符。`, param, 'question_too_long');
  }
  const history = messages.slice(0, last).flatMap((message): Turn[] => {
    const { role } = message;
    if (role !== 'user' && role !== 'assistant') return [];
    const content = role === 'assistant' ? withoutAppendix(textOf(message)) : textOf(message).trim();
    return content === '' ? [] : [{ role, content }];
  });
  return { question, history };
}

function partsOf({ content }: Message): readonly ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content ?? [];
}

function textOf(message: Message): string {
  return partsOf(message)
    .flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []))
    .join('\n');
}
