/**
 * A reply as WeCom shows it: Markdown with the sources as block quotes, within WeCom's limits, which count bytes.
 * @module
 */
import { fitted, statements } from '../bots/fit.ts';
import type { Reply, Source } from '../bots/types.ts';

/** A streamed reply, a pushed one and one to a `response_url` hold so many bytes of UTF-8 at most (被动回复消息). */
export const STREAM_BYTES = 20_480;
/** A self-built app's message holds so many (发送应用消息). */
const MESSAGE_BYTES = 2_048;
/** A person gets 30 messages a minute from an app at most; an answer takes no more than a part of these. */
const MESSAGES = 8;

/** What is shown until the answer is there. */
export const WAITING = '正在查找规划原文，请稍候……';

/** The reply in one piece; too long a one is cut behind a citation, with a word about it. */
export function markdown(reply: Reply): string {
  return pieces(fitted(reply, (r) => bytes(pieces(r).join('\n\n')) <= STREAM_BYTES)).join('\n\n');
}

/** As much of an unfinished text as fits, cut behind a citation. */
export function beginning(text: string): string {
  if (bytes(text) <= STREAM_BYTES) return text;
  const kept = statements(text);
  while (kept.length > 0 && bytes(kept.join('')) > STREAM_BYTES) kept.pop();
  return kept.join('');
}

/**
 * The reply as an app's messages, in order. Each ends with `mark`, which tells it from the same text said at another
 * time: WeCom drops what it takes for a repetition.
 */
export function messages(reply: Reply, mark: string): readonly string[] {
  const room = MESSAGE_BYTES - bytes(footer(mark, MESSAGES, MESSAGES));
  const split = (r: Reply) => packed(pieces(r), room);
  const parts = split(fitted(reply, (r) => split(r).length <= MESSAGES));
  return parts.map((part, i) => part + footer(mark, i + 1, parts.length));
}

const footer = (mark: string, n: number, of: number) => `\n\n编号 ${mark}${of > 1 ? `（${n}/${of}）` : ''}`;

/** What a reply consists of: its text, then one piece for each source, notice and list. */
function pieces({ text, sources, notices, related, followUps }: Reply): string[] {
  return [
    text,
    ...sources.map(quoted),
    ...notices.map((notice) => `提示：${notice}`),
    ...(related.length > 0 ? ['最接近的原文，供参考：', ...related.map(quoted)] : []),
    ...(followUps.length > 0 ? [['还可以问：', ...followUps.map((f) => `- ${f}`)].join('\n')] : []),
  ].filter((piece) => piece !== '');
}

/** A source: where it stands, as a link if there is an address, and below it the quote, verbatim. */
function quoted({ n, title, label, quote, url }: Source): string {
  const where = `《${title}》${label}`;
  const lines = [`**[${n}]** ${url ? `[${where}](${url})` : where}`, ...quote.split('\n')];
  return lines.map((line) => `> ${line}`).join('\n');
}

/** Pieces put together to as few messages as hold `room` bytes each. */
function packed(all: readonly string[], room: number): string[] {
  const parts: string[] = [];
  for (const { text, gap } of all.flatMap((piece) => fragments(piece, room))) {
    const last = parts.at(-1);
    const joined = last === undefined ? text : last + gap + text;
    if (last !== undefined && bytes(joined) <= room) parts[parts.length - 1] = joined;
    else parts.push(text);
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** A piece, or if it is too long its statements, or if one of these is too long its characters, in order. */
function fragments(piece: string, room: number): { text: string; gap: string }[] {
  if (bytes(piece) <= room) return [{ text: piece, gap: '\n\n' }];
  return statements(piece).flatMap((statement, i) => {
    const gap = i === 0 ? '\n\n' : '';
    if (bytes(statement) <= room) return [{ text: statement, gap }];
    const cut: { text: string; gap: string }[] = [];
    let text = '';
    for (const character of statement) {
      if (bytes(text + character) > room) {
        cut.push({ text, gap: '' });
        text = '';
      }
      text += character;
    }
    return [...cut, { text, gap: '' }];
  });
}

const bytes = (text: string) => Buffer.byteLength(text);
