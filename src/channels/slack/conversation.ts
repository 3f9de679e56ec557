/**
 * Replies to a message in a channel, a thread or a direct message.
 *
 * A message of ours is posted once and edited from then on. That it is about to be posted is kept before, its
 * timestamp after; if the process or the connection breaks between the two, the message is looked for by its metadata
 * before another is posted.
 *
 * @module
 */
import type { Exchange, Reply } from '../bots/types.ts';
import type { SlackApi } from './api.ts';
import { refusalOf } from './api.ts';
import type { SlackMessage } from './blocks.ts';
import { fitsWhole, toAppendix, toMessage } from './blocks.ts';
import { escaped, toMrkdwn } from './mrkdwn.ts';
import type { Target } from './payloads.ts';
import { earlierTurns, findOurs, METADATA } from './threads.ts';

/** Shown while an answer is made. */
const WAITING = '正在查找规划原文…';
/** Between two edits of a message, in milliseconds: `chat.update` allows some 50 a minute for a whole workspace. */
const EDIT_PAUSE_MS = 2_500;
/** Between two pieces of a stream, in milliseconds: `chat.appendStream` allows over 100 a minute. */
const APPEND_PAUSE_MS = 700;
/** What one call of the stream's methods takes, in characters. */
const APPEND_MAX = 12_000;
/** Refusals that hold for every message of this process. */
const LASTING =
  /^(unknown_method|missing_scope|not_allowed_token_type|method_deprecated|team_access_not_granted|feature_not_enabled|not_supported)$/;
/** Refusals of an edit that say that there is nothing to edit. */
const NOTHING_TO_EDIT = /^(message_not_found|cant_update_message|edit_window_closed)$/;

/** What Slack refused once for reasons that will not change while the process runs. */
export interface Abilities {
  /** `assistant.threads.setStatus`. */
  status: boolean;
  /** `chat.startStream` and its kin. */
  stream: boolean;
}

/** What is kept of a reply on its way. */
interface Place {
  /** The timestamp of our message. */
  readonly ts?: string;
  /** The message is about to be posted, or was, and its timestamp did not arrive. */
  readonly posting?: boolean;
  /** The message is a stream that was not stopped. */
  readonly streaming?: boolean;
}

/** An exchange in the conversation of `target`. */
export function inConversation(
  api: SlackApi,
  id: string,
  target: Extract<Target, { kind: 'message' }>,
  abilities: Abilities,
  kept: unknown,
  keep: (place: Place) => Promise<void>,
): Exchange {
  const { channel, thread, team, user } = target;
  let place = (kept ?? {}) as Place;
  /** What this process streamed; undefined when it is not known. */
  let streamed: string | undefined = place.streaming ? undefined : '';
  const remember = (next: Place) => {
    place = next;
    return keep(next);
  };

  /** Posts our message; only once, whatever happens. */
  const post = async (message: { text: string; blocks?: SlackMessage['blocks'] }): Promise<void> => {
    if (place.posting) {
      const ts = await findOurs(api, target, id);
      if (ts !== undefined) {
        await remember({ ts });
        return update(message);
      }
    }
    await remember({ posting: true });
    const { ts } = await api.call((client) =>
      client.chat.postMessage({
        channel,
        ...(thread ? { thread_ts: thread } : {}),
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: METADATA, event_payload: { id } },
        ...message,
      }),
    );
    await remember(ts === undefined ? {} : { ts });
  };

  const update = async (message: { text: string; blocks?: SlackMessage['blocks'] }): Promise<void> => {
    const { ts } = place;
    if (ts === undefined) return post(message);
    try {
      await api.call((client) => client.chat.update({ channel, ts, ...message }));
    } catch (error) {
      if (!NOTHING_TO_EDIT.test(refusalOf(error) ?? '')) throw error;
      await remember({});
      await post(message);
    }
  };

  /** False if Slack has no streams here. */
  const startStream = async (whole: string): Promise<boolean> => {
    if (!thread || !abilities.stream) return false;
    try {
      const { ts } = await api.call((client) =>
        client.chat.startStream({
          channel,
          thread_ts: thread,
          recipient_team_id: team,
          recipient_user_id: user,
          markdown_text: whole.slice(0, APPEND_MAX),
        }),
      );
      if (ts === undefined) return false;
      await remember({ ts, streaming: true });
      streamed = whole.slice(0, APPEND_MAX);
      await append(whole.slice(APPEND_MAX));
      return true;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      if (LASTING.test(refusal)) abilities.stream = false;
      return false;
    }
  };

  const append = async (text: string): Promise<void> => {
    const { ts } = place;
    if (ts === undefined) return;
    for (let at = 0; at < text.length; at += APPEND_MAX) {
      const piece = text.slice(at, at + APPEND_MAX);
      await api.call((client) => client.chat.appendStream({ channel, ts, markdown_text: piece }));
      streamed += piece;
    }
  };

  /** Ends the stream with what is missing of the reply, or tells that the message must be written anew. */
  const endStream = async (reply: Reply): Promise<boolean> => {
    const ts = place.ts as string;
    const whole = streamText(reply.text);
    const isPrefix = streamed !== undefined && whole.startsWith(streamed) && fitsWhole(reply);
    const rest = isPrefix ? whole.slice(streamed?.length) : '';
    try {
      await api.call((client) =>
        client.chat.stopStream({
          channel,
          ts,
          ...(rest === '' ? {} : { markdown_text: rest }),
          ...(isPrefix ? { blocks: toAppendix(reply) } : {}),
        }),
      );
    } catch (error) {
      // It expired, or was stopped before a crash: an edit puts it right.
      if (refusalOf(error) === undefined) throw error;
      await remember({ ts });
      return false;
    }
    await remember({ ts });
    return isPrefix;
  };

  return {
    async waiting() {
      if (place.ts !== undefined) return;
      if (thread && abilities.status) {
        try {
          await api.once((client) =>
            client.assistant.threads.setStatus({ channel_id: channel, thread_ts: thread, status: WAITING }),
          );
          return;
        } catch (error) {
          const refusal = refusalOf(error);
          if (refusal === undefined) throw error;
          if (LASTING.test(refusal)) abilities.status = false;
        }
      }
      await post({ text: WAITING });
    },
    get pauseMs() {
      return place.streaming ? APPEND_PAUSE_MS : EDIT_PAUSE_MS;
    },
    async stream({ whole, added }) {
      if (place.streaming) {
        // What an earlier process streamed is not known: nothing can be added to it.
        return streamed === undefined ? undefined : append(streamText(added));
      }
      if (place.ts === undefined && !place.posting && (await startStream(streamText(whole)))) return;
      await update({ text: `${toMrkdwn(whole).slice(0, 3000)} …` });
    },
    async deliver(reply) {
      if (place.streaming && (await endStream(reply))) return;
      await update(toMessage(reply));
    },
    history: () => earlierTurns(api, target),
  };
}

/** Markdown as streams take it. Slack's control characters could otherwise address people. */
const streamText = (markdown: string) => escaped(markdown);
