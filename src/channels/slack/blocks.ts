/**
 * A reply in Block Kit: the text, every source with its label, link and quote, notices, and the two buttons.
 * @module
 */
import type { KnownBlock, RichTextBlock } from '@slack/types';
import { fitted, statements } from '../bots/fit.ts';
import type { Reply, Source } from '../bots/types.ts';
import { escaped, toMrkdwn } from './mrkdwn.ts';

/** A message takes 50 blocks: https://docs.slack.dev/reference/block-kit/blocks */
const BLOCKS_MAX = 50;
/** A section takes 3,000 characters: https://docs.slack.dev/reference/block-kit/blocks/section-block */
const SECTION_MAX = 3000;
/**
 * All blocks of a message together. Not in the documentation; beyond some 13,200 characters Slack answers
 * `msg_blocks_too_long` (https://github.com/slackapi/bolt-js/issues/2509).
 */
const MESSAGE_MAX = 12_000;
/** What notifications show is cut to this; Slack recommends at most 4,000 characters. */
const FALLBACK_MAX = 3000;

/** The buttons' `action_id`s; their `value` is the answer's id. */
export const RATINGS = { guiwen_up: 'up', guiwen_down: 'down' } as const;

/** What `chat.postMessage`, `chat.update` and a `response_url` take. */
export interface SlackMessage {
  /** For notifications, and for clients that show no blocks. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** A reply as a message within Slack's limits. */
export function toMessage(reply: Reply): SlackMessage {
  const best = fitted(reply, (r) => isWithinLimits(blocksOf(r)));
  return { text: fallback(best.text), blocks: blocksOf(best) };
}

/** What follows a text that was streamed: everything of {@link toMessage} but the text. */
export function toAppendix(reply: Reply): KnownBlock[] {
  const room = (r: Reply) => isWithinLimits(blocksOf(r));
  return blocksOf({ ...fitted(reply, room), text: '' });
}

/** Whether the reply's text goes through unshortened. */
export function fitsWhole(reply: Reply): boolean {
  return isWithinLimits(blocksOf(reply));
}

function blocksOf(reply: Reply): KnownBlock[] {
  const blocks: KnownBlock[] = sections(reply.text).map((text) => ({
    type: 'section',
    expand: true,
    text: { type: 'mrkdwn', text },
  }));
  blocks.push(...reply.sources.map(sourceBlock));
  if (reply.related.length > 0) {
    blocks.push(context('最接近的段落，供判断，不是回答：'), ...reply.related.map(sourceBlock));
  }
  for (const notice of reply.notices) blocks.push(context(`提示：${escaped(notice)}`));
  if (reply.followUps.length > 0) {
    blocks.push(context(`可以接着问：\n${reply.followUps.map((q) => `• ${escaped(q)}`).join('\n')}`));
  }
  if (reply.answerId !== undefined) blocks.push(buttons(reply.answerId));
  return blocks;
}

/** The text in pieces of at most 3,000 characters, each ending behind a statement where there is one. */
function sections(markdown: string): string[] {
  const pieces: string[] = [];
  for (const statement of statements(markdown).map(toMrkdwn)) {
    const last = pieces.at(-1);
    if (last !== undefined && last.length + statement.length <= SECTION_MAX) {
      pieces[pieces.length - 1] = last + statement;
    } else {
      // A single statement beyond the limit is cut where it must be; all of it is shown.
      for (let at = 0; at < statement.length; at += SECTION_MAX) {
        pieces.push(statement.slice(at, at + SECTION_MAX));
      }
    }
  }
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
}

/** Rich text is shown as it stands, so the quote stays verbatim whatever characters it has. */
function sourceBlock({ n, title, label, quote, url }: Source): RichTextBlock {
  const name = `《${title}》 ${label}`;
  return {
    type: 'rich_text',
    elements: [
      {
        type: 'rich_text_section',
        elements: [
          { type: 'text', text: `[${n}] `, style: { bold: true } },
          url === undefined ? { type: 'text', text: name } : { type: 'link', url, text: name },
        ],
      },
      { type: 'rich_text_quote', elements: [{ type: 'text', text: quote }] },
    ],
  };
}

const context = (text: string): KnownBlock => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text: text.slice(0, SECTION_MAX) }],
});

function buttons(answerId: string): KnownBlock {
  const button = (action_id: keyof typeof RATINGS, text: string) => ({
    type: 'button' as const,
    action_id,
    value: answerId,
    text: { type: 'plain_text' as const, text, emoji: true },
  });
  return {
    type: 'actions',
    block_id: 'guiwen_rating',
    elements: [button('guiwen_up', '👍 有用'), button('guiwen_down', '👎 没用')],
  };
}

function isWithinLimits(blocks: readonly KnownBlock[]): boolean {
  return blocks.length <= BLOCKS_MAX && JSON.stringify(blocks).length <= MESSAGE_MAX;
}

function fallback(markdown: string): string {
  let text = '';
  for (const statement of statements(markdown).map(toMrkdwn)) {
    if (text.length + statement.length > FALLBACK_MAX) return `${text.trimEnd()}\n……`;
    text += statement;
  }
  return text.trim() || '见下文';
}
