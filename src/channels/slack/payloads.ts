/**
 * What Slack delivers, over HTTP and Socket Mode alike, as far as it concerns the bot.
 * @module
 */
import { z } from 'zod';
import type { IncomingMessage } from '../bots/types.ts';
import { unescaped } from './mrkdwn.ts';

/** Where a reply goes; kept with the message. */
export const TargetSchema = z.union([
  z.object({
    kind: z.literal('message'),
    team: z.string(),
    channel: z.string(),
    /** The message's own timestamp. */
    ts: z.string(),
    /** The thread to reply in; a direct message outside any thread has none. */
    thread: z.string().optional(),
    user: z.string(),
  }),
  /** A slash command, answered at its `response_url`. */
  z.object({ kind: z.literal('command'), responseUrl: z.url() }),
]);

/** Where a reply goes. */
export type Target = z.infer<typeof TargetSchema>;

const EventSchema = z.object({
  team_id: z.string(),
  event: z.looseObject({
    type: z.string(),
    subtype: z.string().optional(),
    channel: z.string().optional(),
    channel_type: z.string().optional(),
    user: z.string().optional(),
    bot_id: z.string().optional(),
    text: z.string().optional(),
    ts: z.string().optional(),
    thread_ts: z.string().optional(),
    assistant_thread: z.object({ channel_id: z.string(), thread_ts: z.string() }).optional(),
  }),
});

const CommandSchema = z.object({
  team_id: z.string(),
  channel_id: z.string(),
  user_id: z.string(),
  text: z.string().default(''),
  response_url: z.url(),
  trigger_id: z.string(),
});

const ActionSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string(), team_id: z.string().optional() }),
  response_url: z.url().optional(),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().optional(), action_ts: z.string() }))
    .min(1),
});

/** What the bot has to do with a delivery. */
export type Delivery =
  | { readonly kind: 'message'; readonly message: IncomingMessage }
  /** Someone opened the assistant's pane: suggest questions there. */
  | { readonly kind: 'opened'; readonly channel: string; readonly thread: string }
  | {
      readonly kind: 'action';
      /** The same for every delivery of one press. */
      readonly id: string;
      readonly action: string;
      readonly value: string;
      readonly user: string;
      readonly responseUrl: string | undefined;
    }
  | { readonly kind: 'ignored' };

const IGNORED: Delivery = { kind: 'ignored' };

/** An Events API delivery (`event_callback`). What bots say, ours or others', and edits and deletions are ignored. */
export function readEvent(body: unknown): Delivery {
  const parsed = EventSchema.safeParse(body);
  if (!parsed.success) return IGNORED;
  const { team_id: team, event } = parsed.data;
  if (event.type === 'assistant_thread_started' && event.assistant_thread) {
    const { channel_id: channel, thread_ts: thread } = event.assistant_thread;
    return { kind: 'opened', channel, thread };
  }
  const { channel, user, ts } = event;
  const isMention = event.type === 'app_mention';
  const isDirect = event.type === 'message' && event.channel_type === 'im';
  if ((!isMention && !isDirect) || !channel || !user || !ts) return IGNORED;
  if (event.bot_id !== undefined || !isTyped(event.subtype)) return IGNORED;
  // A mention starts a thread of its own; a direct message outside any thread is part of one long conversation.
  const thread = event.thread_ts ?? (isMention ? ts : undefined);
  const target: Target = { kind: 'message', team, channel, ts, thread, user };
  return {
    kind: 'message',
    message: {
      // Not the event's id: one message may come as several events.
      id: `slack:${team}:${channel}:${ts}`,
      conversation: ['slack', team, channel, ...(thread ? [thread] : [])].join(':'),
      text: unescaped(event.text ?? ''),
      asker: `${team}:${user}`,
      target,
    },
  };
}

/** Subtypes of messages that a person typed. All others are edits, deletions, joins and the like. */
const isTyped = (subtype: string | undefined) =>
  subtype === undefined || subtype === 'file_share' || subtype === 'thread_broadcast';

/** A slash command. One person's commands in one channel are a conversation. */
export function readCommandForm(body: unknown): Delivery {
  const parsed = CommandSchema.safeParse(body);
  if (!parsed.success) return IGNORED;
  const { team_id: team, channel_id: channel, user_id: user, text, response_url, trigger_id } = parsed.data;
  const target: Target = { kind: 'command', responseUrl: response_url };
  return {
    kind: 'message',
    message: {
      id: `slack:command:${trigger_id}`,
      conversation: `slack:${team}:${channel}:command:${user}`,
      text: unescaped(text),
      asker: `${team}:${user}`,
      target,
    },
  };
}

/** A press of a button. */
export function readAction(body: unknown): Delivery {
  const parsed = ActionSchema.safeParse(body);
  const action = parsed.data?.actions[0];
  if (!parsed.success || action?.value === undefined) return IGNORED;
  const { id, team_id: team } = parsed.data.user;
  const user = team === undefined ? id : `${team}:${id}`;
  return {
    kind: 'action',
    id: `${user} ${action.action_id} ${action.action_ts}`,
    action: action.action_id,
    value: action.value,
    user,
    responseUrl: parsed.data.response_url,
  };
}
