/**
 * What a callback says, whichever way it came: the JSON of an intelligent bot, over HTTP or WebSocket alike, and the
 * XML of a self-built app (developer.work.weixin.qq.com, 接收消息, 接收事件, 消息格式).
 * @module
 */
import { z } from 'zod';
import { unreadable } from './seal.ts';
import type { Fields } from './xml.ts';

/** Who speaks, where. */
export interface Speaker {
  /** Unique for one message, however often it is delivered. */
  readonly id: string;
  readonly user: string;
  /** The group's id; undefined in a single chat. */
  readonly group?: string | undefined;
}

/** Something to be answered. */
export interface HeardMessage extends Speaker {
  readonly kind: 'message';
  /** Without the mention of the bot; empty when the message has no words, as a picture. */
  readonly text: string;
  /** The message it answers, when that has words. */
  readonly quote?: string | undefined;
  /** Where one reply may be sent within the hour; intelligent bots only. */
  readonly responseUrl?: string | undefined;
}

/** A person judged a reply. */
export interface HeardFeedback extends Speaker {
  readonly kind: 'feedback';
  /** As it was given with the reply. */
  readonly feedbackId: string;
  /** Undefined when they took their judgement back. */
  readonly rating?: 'up' | 'down' | undefined;
  readonly comment?: string | undefined;
}

/** What a callback says. */
export type Heard =
  | HeardMessage
  /** The platform asks how far a streamed reply is. */
  | { readonly kind: 'poll'; readonly streamId: string }
  /** A person opened the chat for the first time today. */
  | (Speaker & { readonly kind: 'enter' })
  | HeardFeedback
  /** Nothing to do. */
  | { readonly kind: 'other'; readonly what: string };

const words = z.object({ content: z.string() });
const SAID = z.object({
  msgtype: z.string(),
  text: words.optional(),
  voice: words.optional(),
  mixed: z.object({ msg_item: z.array(z.object({ text: words.optional() })) }).optional(),
});
const FROM = z.object({ userid: z.string().min(1) });
const MESSAGE = SAID.extend({
  msgid: z.string().min(1).max(512),
  chattype: z.string().optional(),
  chatid: z.string().optional(),
  from: FROM,
  response_url: z.url({ protocol: /^https?$/ }).optional(),
  quote: SAID.optional().catch(undefined),
});
const POLL = z.object({ msgtype: z.literal('stream'), stream: z.object({ id: z.string().min(1) }) });
const EVENT = z.object({
  msgtype: z.literal('event'),
  msgid: z.string().min(1).max(512),
  // The platform's own events, as that the connection is replaced, come from nobody.
  from: FROM.optional(),
  event: z.object({
    eventtype: z.string(),
    feedback_event: z.object({ id: z.string(), type: z.number(), content: z.string().optional() }).optional(),
  }),
});

/**
 * Reads the body of an intelligent bot's callback.
 * @throws Refused if it is none
 */
export function hear(body: unknown): Heard {
  const poll = POLL.safeParse(body);
  if (poll.success) return { kind: 'poll', streamId: poll.data.stream.id };
  const event = EVENT.safeParse(body);
  if (event.success) return heardEvent(event.data);
  const message = MESSAGE.safeParse(body);
  if (!message.success) throw unreadable('JSON 不是协议里的消息');
  const { msgid, chattype, chatid, from, quote, response_url } = message.data;
  const group = chattype === 'group' ? chatid : undefined;
  return {
    kind: 'message',
    id: msgid,
    user: from.userid,
    group,
    text: group === undefined ? wordsOf(message.data) : withoutMention(wordsOf(message.data)),
    quote: (quote && wordsOf(quote)) || undefined,
    responseUrl: response_url,
  };
}

function heardEvent({ msgid, from, event }: z.infer<typeof EVENT>): Heard {
  const speaker = { id: msgid, user: from?.userid ?? '' };
  if (event.eventtype === 'enter_chat') return { kind: 'enter', ...speaker };
  const given = event.feedback_event;
  if (event.eventtype !== 'feedback_event' || !given) return { kind: 'other', what: event.eventtype };
  // 1 准确, 2 不准确, 3 取消.
  const rating = given.type === 1 ? 'up' : given.type === 2 ? 'down' : undefined;
  return { kind: 'feedback', ...speaker, feedbackId: given.id, rating, comment: given.content };
}

/**
 * Reads the fields of a self-built app's callback; its chats are single ones.
 * @throws Refused if it is none
 */
export function hearFields(fields: Fields): Heard {
  const { MsgType: type, FromUserName: user, CreateTime: time, Event: event = '' } = fields;
  if (!type || !user) throw unreadable('XML 不是协议里的消息');
  // Events carry no id of their own: the documents name who and when for telling them apart.
  const id = fields.MsgId ?? `${user} ${time} ${event}`;
  if (type === 'event') {
    // `enter_agent` comes at every opening; `subscribe` once, when the app becomes visible to the person.
    return event === 'subscribe' ? { kind: 'enter', id, user } : { kind: 'other', what: event };
  }
  const text = type === 'text' ? (fields.Content ?? '') : type === 'voice' ? (fields.Recognition ?? '') : '';
  return { kind: 'message', id, user, text: text.trim() };
}

/** The words of a text, of a voice message (as recognised), or of the texts between pictures. */
function wordsOf({ text, voice, mixed }: z.infer<typeof SAID>): string {
  const all = [text?.content, voice?.content, ...(mixed?.msg_item.map((item) => item.text?.content) ?? [])];
  return all
    .filter((one) => one !== undefined)
    .join('\n')
    .trim();
}

/** In a group every message to the bot begins or ends with `@its name`, which is no part of what is asked. */
function withoutMention(text: string): string {
  return text
    .replace(/^(?:@[^\s]+\s*)+/u, '')
    .replace(/(?:\s@[^\s]+)+$/u, '')
    .trim();
}
