/**
 * Reading what stands in a conversation. The app may have been installed without the right to: then nothing stands
 * there.
 * @module
 */
import type { Turn } from '../../answer/types.ts';
import type { SlackApi } from './api.ts';
import { refusalOf } from './api.ts';
import { unescaped } from './mrkdwn.ts';
import type { Target } from './payloads.ts';

/** Name of the metadata by which a message of ours is found again; its payload is `{id}`. */
export const METADATA = 'guiwen_reply';
/** Messages that are read as what was said before. */
const HISTORY_MAX = 20;
/** Messages a call gives at most. */
const PAGE = 200;

type Place = Pick<Extract<Target, { kind: 'message' }>, 'channel' | 'thread' | 'ts'>;

interface Message {
  readonly ts?: string;
  readonly text?: string;
  readonly bot_id?: string;
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: unknown };
}

/** The timestamp of our reply to message `id` at `place`, or undefined if it is not there or cannot be read. */
export async function findOurs(api: SlackApi, place: Place, id: string): Promise<string | undefined> {
  const messages = await read(api, place, { oldest: place.ts, include_all_metadata: true });
  const isOurs = ({ metadata }: Message) =>
    metadata?.event_type === METADATA &&
    (metadata.event_payload as { readonly id?: unknown } | undefined)?.id === id;
  return messages.find(isOurs)?.ts;
}

/** What was said in the thread before the message at `place`, oldest first. */
export async function earlierTurns(api: SlackApi, place: Place): Promise<readonly Turn[]> {
  // A message that begins a thread, or stands in none, has nothing before it that is meant.
  if (!place.thread || place.thread === place.ts) return [];
  const messages = await read(api, place, { latest: place.ts });
  return messages
    .filter(({ ts, text }) => ts !== place.ts && text !== undefined && text.trim() !== '')
    .slice(-HISTORY_MAX)
    .map(
      ({ text = '', bot_id }): Turn => ({
        role: bot_id === undefined ? 'user' : 'assistant',
        content: unescaped(text),
      }),
    );
}

async function read(
  api: SlackApi,
  { channel, thread }: Place,
  range: { oldest?: string; latest?: string; include_all_metadata?: boolean },
): Promise<readonly Message[]> {
  try {
    const found = await api.call((client) =>
      thread
        ? client.conversations.replies({ channel, ts: thread, limit: PAGE, ...range })
        : client.conversations.history({ channel, limit: PAGE, ...range }),
    );
    return (found.messages ?? []) as Message[];
  } catch (error) {
    if (refusalOf(error) !== undefined) return [];
    throw error;
  }
}
