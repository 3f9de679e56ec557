/**
 * Messages as the runner takes them: what came in, and what is needed to answer it, even after a restart.
 * @module
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { IncomingMessage } from '../bots/types.ts';
import type { HeardMessage, Speaker } from './heard.ts';

/** The words of the message that is answered by this one. */
const QUOTE = z.string().optional();
/** How a message is answered. */
const TARGET = z.discriminatedUnion('way', [
  /** An intelligent bot's webhook: the platform fetches the stream `key`. */
  z.object({
    way: z.literal('webhook'),
    key: z.string(),
    responseUrl: z.string().optional(),
    quote: QUOTE,
  }),
  /** An intelligent bot's WebSocket: the stream `key` is written to `reqId`, or the chat is written to. */
  z.object({
    way: z.literal('socket'),
    key: z.string(),
    reqId: z.string(),
    chat: z.string(),
    chatType: z.union([z.literal(1), z.literal(2)]),
    responseUrl: z.string().optional(),
    quote: QUOTE,
  }),
  /** A self-built app: `user` is written to; `key` marks the messages. */
  z.object({ way: z.literal('app'), key: z.string(), user: z.string(), quote: QUOTE }),
]);
export type Target = z.infer<typeof TARGET>;
/** The target of one way. */
export type TargetOf<W extends Target['way']> = Extract<Target, { way: W }>;

const CHANNEL = 'wecom';

/** A message's key: short and plain, whatever its id is made of. It serves as stream id and feedback id, too. */
export function keyOf({ id }: Pick<Speaker, 'id'>): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** The id a message is recorded under. */
export const eventIdOf = (key: string): string => `${CHANNEL}:${key}`;

/** What the runner takes on. People of a group share a conversation; whoever writes alone has their own. */
export function incoming(heard: HeardMessage, target: Target): IncomingMessage {
  const kind = target.way === 'app' ? 'app' : 'bot';
  return {
    id: eventIdOf(target.key),
    conversation: `${CHANNEL}:${kind}:${heard.group === undefined ? `user:${heard.user}` : `group:${heard.group}`}`,
    text: heard.text,
    asker: heard.user,
    target,
  };
}

/**
 * The target of a message taken on before.
 * @throws ZodError if this is none of ours
 */
export const targetOf = (message: IncomingMessage): Target => TARGET.parse(message.target);
