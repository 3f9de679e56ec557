/**
 * Answering through an intelligent bot's webhook: the platform fetches the stream; if it does not, the answer goes
 * to the message's `response_url`, which takes one reply.
 * @module
 */
import type { Exchange } from '../bots/types.ts';
import { sendToResponseUrl, WecomError } from './api.ts';
import { beginning, markdown, WAITING } from './render.ts';
import type { Streams } from './streams.ts';
import type { TargetOf } from './target.ts';

/** What is kept with a message: which ways were tried. Whatever was tried may have arrived. */
export interface WebhookPlace {
  /** The platform fetched the end of the stream. */
  readonly fetched?: boolean;
  /** The answer was sent to the `response_url`. */
  readonly posted?: boolean;
}

/** The exchange for one message; the stream is open from now on. */
export function webhookExchange(
  { key, responseUrl }: TargetOf<'webhook'>,
  streams: Streams,
  kept: WebhookPlace,
  keep: (place: WebhookPlace) => Promise<void>,
): Exchange {
  let place = kept;
  const note = (more: WebhookPlace) => {
    place = { ...place, ...more };
    return keep(place);
  };
  // On disk before the platform is told: after a crash in between, the answer is not sent a second way.
  streams.show(key, WAITING, {
    onHanded: () => note({ fetched: true }),
    otherWay: responseUrl !== undefined,
  });
  return {
    async stream({ whole }) {
      streams.show(key, beginning(whole));
    },
    async deliver(reply) {
      const text = markdown(reply);
      const fetched = await streams.finish(key, text);
      if (fetched || place.fetched) return;
      if (responseUrl === undefined) throw new Error('企业微信没有来取回答，消息也没有 response_url');
      await postOnce(responseUrl, text, place.posted === true, () => note({ posted: true }));
    },
  };
}

/**
 * Sends to a `response_url`. When it may have been sent before, being refused means that it had arrived.
 * @throws WecomError
 */
export async function postOnce(
  url: string,
  text: string,
  before: boolean,
  note: () => Promise<void>,
): Promise<void> {
  await note();
  try {
    await sendToResponseUrl(url, text);
  } catch (error) {
    if (!(before && error instanceof WecomError && error.code !== undefined)) throw error;
  }
}
