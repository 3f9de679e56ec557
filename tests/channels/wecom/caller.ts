/**
 * WeCom calling a webhook, as the documents say it does: sealed, signed, tried again when it gets no 200, and a
 * streamed reply asked for again and again until it is finished (接收消息, 被动回复消息).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AES_KEY, CORP_ID, sealed, signature, TOKEN, unsealed } from './sealing.ts';

/** What may be wrong with a call. */
export interface Forgery {
  readonly token?: string;
  readonly aesKey?: string;
  readonly receiveId?: string;
  /** Seconds since 1970. */
  readonly timestamp?: number;
  readonly nonce?: string;
}

export interface StreamFrame {
  readonly id: string;
  readonly content: string;
  readonly finish: boolean;
  readonly feedback?: { readonly id: string };
}

let numbers = 0;
const nonceOf = () => `${Date.now()}${++numbers}`;

/** The address and body of a sealed call; sent twice, it is a replay. */
export function call(base: string, plaintext: string, kind: 'bot' | 'app', forgery: Forgery = {}) {
  const { token = TOKEN, aesKey = AES_KEY, nonce = nonceOf() } = forgery;
  const { receiveId = kind === 'app' ? CORP_ID : '', timestamp = Math.floor(Date.now() / 1000) } = forgery;
  const box = sealed(plaintext, receiveId, aesKey);
  const query = new URLSearchParams({
    msg_signature: signature(token, String(timestamp), nonce, box),
    timestamp: String(timestamp),
    nonce,
  });
  const body =
    kind === 'bot'
      ? JSON.stringify({ encrypt: box })
      : `<xml><ToUserName><![CDATA[${CORP_ID}]]></ToUserName><Encrypt><![CDATA[${box}]]></Encrypt><AgentID><![CDATA[1000002]]></AgentID></xml>`;
  return { url: `${base}/wecom/callback?${query}`, body };
}

export const send = ({ url, body }: { url: string; body: string }) => fetch(url, { method: 'POST', body });

/** What a sealed reply says, after checking that WeCom would take it; undefined for an empty one. */
export async function opened(response: Response): Promise<Record<string, unknown> | undefined> {
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  if (text === '') return undefined;
  const { encrypt, msgsignature, timestamp, nonce } = JSON.parse(text);
  if (typeof timestamp !== 'number') throw new Error('timestamp must be a number');
  if (msgsignature !== signature(TOKEN, String(timestamp), nonce, encrypt))
    throw new Error('wrong signature');
  const { message, receiveId } = unsealed(encrypt);
  if (receiveId !== '') throw new Error('wrong receiver');
  return JSON.parse(message);
}

/** The frame of a sealed reply, after checking that it keeps to WeCom's limits. */
export async function frameOf(response: Response): Promise<StreamFrame> {
  const reply = await opened(response);
  const stream = reply?.stream as StreamFrame;
  if (reply?.msgtype !== 'stream' || typeof stream?.content !== 'string')
    throw new Error(JSON.stringify(reply));
  if (Buffer.byteLength(stream.content) > 20_480) throw new Error('content is longer than 20480 bytes');
  return stream;
}

export interface BotMessage {
  readonly msgid: string;
  readonly text: string;
  readonly user?: string;
  readonly group?: string;
  readonly responseUrl?: string;
  readonly more?: object;
}

/** The JSON of a text message to an intelligent bot, the same by webhook and WebSocket. */
export const botMessage = ({ msgid, text, user = 'zhang', group, responseUrl, more }: BotMessage) => ({
  msgid,
  aibotid: 'AIBOT',
  chattype: group === undefined ? 'single' : 'group',
  ...(group === undefined ? {} : { chatid: group }),
  from: { userid: user },
  ...(responseUrl === undefined ? {} : { response_url: responseUrl }),
  msgtype: 'text',
  text: { content: text },
  ...more,
});

export const poll = (id: string, user = 'zhang') => ({
  msgid: `poll-${nonceOf()}`,
  aibotid: 'AIBOT',
  chattype: 'single',
  from: { userid: user },
  msgtype: 'stream',
  stream: { id },
});

/** The XML of a message to a self-built app. */
export const appMessage = (msgid: string, text: string, user = 'li') =>
  `<xml><ToUserName><![CDATA[${CORP_ID}]]></ToUserName><FromUserName><![CDATA[${user}]]></FromUserName><CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${text}]]></Content><MsgId>${msgid}</MsgId><AgentID>1000002</AgentID></xml>`;

/** A person's message and all that WeCom does until its reply is finished: every frame, in order. */
export async function converse(base: string, message: BotMessage, everyMs = 40): Promise<StreamFrame[]> {
  const frames = [await frameOf(await send(call(base, JSON.stringify(botMessage(message)), 'bot')))];
  for (let tries = 0; tries < 2_000; tries++) {
    const last = frames.at(-1) as StreamFrame;
    if (last.finish) return frames;
    await sleep(everyMs);
    frames.push(await frameOf(await send(call(base, JSON.stringify(poll(last.id)), 'bot'))));
  }
  throw new Error('the stream never finished');
}
