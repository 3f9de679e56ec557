/**
 * `/wecom/callback`: what WeCom sends, of an intelligent bot (sealed JSON) and of a self-built app (sealed XML) alike.
 * Told apart by the body, and by whom it is sealed for.
 * @module
 */
import type { HeardFeedback, HeardMessage } from './heard.ts';
import { hear, hearFields } from './heard.ts';
import type { SealKeys, SealQuery } from './seal.ts';
import { open, Refused, sealedReply, unreadable, WINDOW_MS } from './seal.ts';
import type { Frame } from './streams.ts';
import { keyOf } from './target.ts';
import { readXml } from './xml.ts';

/** What callbacks lead to. */
export interface CallbackActions {
  /** Takes on a message; resolves once it is on disk. */
  take(heard: HeardMessage, way: 'webhook' | 'app'): Promise<'taken' | 'repeated' | 'busy'>;
  /** How far a stream is; undefined if there is no such stream. */
  frame(key: string): Promise<Frame | undefined>;
  /** Keeps what a person thinks of a reply, once. */
  judge(heard: HeardFeedback): Promise<void>;
}

/** Whom callbacks may be for. */
export interface CallbackOptions {
  readonly keys: SealKeys;
  /** Of the self-built app; undefined if none is configured: then XML is refused. */
  readonly app?: { readonly corpId: string; readonly agentId: string } | undefined;
  readonly welcome: string;
  readonly log: (doing: string, error: unknown) => void;
  readonly now?: () => number;
}

/** Said in a stream that nobody knows any more. */
const GONE = '这条提问已经过期，请重新发送。';
/** Said instead of an answer when too much waits: to a bot WeCom comes but once. */
export const BUSY = '排队的问题太多，请稍后再问。';

/** The handler of `GET` and `POST /wecom/callback`. Throws nothing that is WeCom's or a stranger's doing. */
export function callbackHandler(
  actions: CallbackActions,
  { keys, app, welcome, log, now = Date.now }: CallbackOptions,
): (request: Request) => Promise<Response> {
  const isReplayed = replays(now);

  /** URL verification: the text in `echostr`, for whichever of the two it was sealed. */
  const verify = (query: SealQuery, echo: string): Response => {
    const { message, receiveId } = open(keys, query, echo, now());
    if (receiveId !== '' && receiveId !== app?.corpId) throw foreign(receiveId);
    // A message's ciphertext is signed like an echo's: without this, a copied message would be decrypted for anybody.
    if (!/^[\w-]{1,64}$/.test(message)) throw unreadable('echostr 里不是验证串');
    return new Response(message, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
  };

  const fromBot = async (query: SealQuery, body: string): Promise<Response> => {
    const { message, receiveId } = open(keys, query, encryptedIn(body), now());
    if (receiveId !== '') throw foreign(receiveId);
    const reply = (content: object) => json(sealedReply(keys, content, query.nonce ?? '', now()));
    const heard = hear(parsed(message));
    switch (heard.kind) {
      case 'message': {
        const key = keyOf(heard);
        const taken = await actions.take(heard, 'webhook');
        const over = { id: key, content: taken === 'busy' ? BUSY : GONE, finish: true };
        const frame = taken === 'busy' ? over : ((await actions.frame(key)) ?? over);
        return reply({ msgtype: 'stream', stream: { ...frame, feedback: { id: key } } });
      }
      case 'poll': {
        // A copied poll must not count as the platform's having fetched the end.
        if (isReplayed(query))
          throw new Refused(401, 'replayed_request', '请求重复。', '取回答的请求是重复的');
        const { streamId: id } = heard;
        return reply({
          msgtype: 'stream',
          stream: (await actions.frame(id)) ?? { id, content: GONE, finish: true },
        });
      }
      case 'enter':
        return reply({ msgtype: 'text', text: { content: welcome } });
      case 'feedback':
        await actions.judge(heard);
        return new Response(null);
      case 'other':
        return new Response(null);
    }
  };

  const fromApp = async (query: SealQuery, body: string): Promise<Response> => {
    const { message, receiveId } = open(keys, query, readXml(body).Encrypt ?? '', now());
    if (!app || receiveId !== app.corpId) throw foreign(receiveId);
    const fields = readXml(message);
    if (fields.AgentID !== undefined && fields.AgentID !== app.agentId)
      throw foreign(`agent ${fields.AgentID}`);
    const heard = hearFields(fields);
    // A greeting is a message of its own here, so it is taken on like one: the help is the answer.
    const asked = heard.kind === 'enter' ? { ...heard, kind: 'message' as const, text: '' } : heard;
    if (asked.kind === 'message' && (await actions.take(asked, 'app')) === 'busy') return tooBusy();
    return new Response(null);
  };

  return async (request) => {
    const params = new URL(request.url).searchParams;
    const query = {
      msg_signature: params.get('msg_signature') ?? undefined,
      timestamp: params.get('timestamp') ?? undefined,
      nonce: params.get('nonce') ?? undefined,
    };
    try {
      if (request.method === 'GET') return verify(query, echoOf(params));
      const body = await request.text();
      return await (body.trimStart().startsWith('<') ? fromApp(query, body) : fromBot(query, body));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      log('企业微信回调被拒绝', error.reason);
      return json(JSON.stringify({ error: { code: error.code, message: error.message } }), error.status);
    }
  };
}

/** Base64 has plus signs, which a query that is not escaped turns into spaces. */
const echoOf = (params: URLSearchParams) => (params.get('echostr') ?? '').replaceAll(' ', '+');

const json = (body: string, status = 200) =>
  new Response(body, { status, headers: { 'content-type': 'application/json; charset=utf-8' } });

/** WeCom brings an app's message three times. */
const tooBusy = () => json(JSON.stringify({ error: { code: 'busy', message: BUSY } }), 503);

const foreign = (whom: string) =>
  new Refused(
    403,
    'wrong_receiver',
    '回调不是发给本应用的。',
    `是发给“${whom.slice(0, 64)}”的，WECOM_CORP_ID、WECOM_CORP_SECRET、WECOM_AGENT_ID 都设对了吗`,
  );

function encryptedIn(body: string): string {
  const { encrypt } = parsed(body) as { encrypt?: unknown };
  if (typeof encrypt !== 'string') throw unreadable('JSON 里没有 encrypt');
  return encrypt;
}

function parsed(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable('正文不是 JSON');
  }
  if (typeof value !== 'object' || value === null) throw unreadable('JSON 不是对象');
  return value;
}

/**
 * Remembers requests for as long as their time is accepted. What was signed before this process began may have been
 * answered by the one before it, so it counts as a replay, too: a poll that is lost so is followed by the next.
 */
function replays(now: () => number): (query: SealQuery) => boolean {
  const began = Math.floor(now() / 1000);
  const seen = new Map<string, number>();
  return ({ msg_signature: signature = '', timestamp }) => {
    const time = Number(timestamp);
    if (time < began || seen.has(signature)) return true;
    for (const [old, at] of seen) {
      // In the order they came, so that the first young one ends the search.
      if (now() - at <= 2 * WINDOW_MS) break;
      seen.delete(old);
    }
    seen.set(signature, now());
    return false;
  };
}
