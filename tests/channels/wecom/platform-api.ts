/**
 * WeCom's HTTP API as the documents say it behaves (获取access_token, 发送应用消息, 主动回复消息), on loopback.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CORP_ID } from './sealing.ts';

export const CORP_SECRET = 'a-corp-secret';
export const AGENT_ID = '1000002';

/** A message that reached a person. */
export interface Sent {
  readonly user: string;
  readonly content: string;
}

export interface PlatformApi {
  readonly url: string;
  /** Messages people see, in the order they came. */
  readonly sent: Sent[];
  /** What reached a chat by a `response_url`, by the url's code. */
  readonly responded: Map<string, string>;
  /** Calls, by path without query. */
  readonly calls: Map<string, number>;
  /** A `response_url` that takes one reply. */
  responseUrl(): string;
  /** The hour of every `response_url` is over. */
  expireResponseUrls(): void;
  /** From now on every token given before is answered with `code`. */
  refuseTokens(code: 40014 | 42001): void;
  /** The next `times` calls of `message/send` answer `code`, and send nothing. */
  refuse(code: number, times: number): void;
  /** The next `times` calls of `message/send` are carried out, and their answer is lost on the way. */
  loseAnswers(times: number): void;
  /** Milliseconds that gettoken takes. */
  tokenDelay: number;
  expiresIn: number;
  close(): Promise<void>;
}

/** Markdown of an app message beyond this is refused; the platform counts bytes. */
const MARKDOWN_MAX = 2048;
const RESPONSE_MAX = 20_480;

export async function startPlatformApi(): Promise<PlatformApi> {
  const sent: Sent[] = [];
  const responded = new Map<string, string>();
  const calls = new Map<string, number>();
  const delivered = new Set<string>();
  const refusals: number[] = [];
  const codes = new Set<string>();
  let tokenNumber = 0;
  let firstGood = 1;
  let tokenRefusal = 40014;
  let losing = 0;
  let oldCodes = new Set<string>();

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    calls.set(url.pathname, (calls.get(url.pathname) ?? 0) + 1);
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = text === '' ? undefined : JSON.parse(text);
    const answer = await answerTo(url, body);
    if (url.pathname === '/cgi-bin/message/send' && losing > 0) {
      losing--;
      response.destroy();
      return;
    }
    response.setHeader('content-type', 'application/json; charset=UTF-8').end(JSON.stringify(answer));
  });

  const answerTo = async (url: URL, body: Record<string, unknown> | undefined): Promise<unknown> => {
    const said = (errcode: number, errmsg: string, rest: object = {}) => ({ errcode, errmsg, ...rest });
    switch (url.pathname) {
      case '/cgi-bin/gettoken': {
        if (platform.tokenDelay > 0) await new Promise((resolve) => setTimeout(resolve, platform.tokenDelay));
        if (url.searchParams.get('corpid') !== CORP_ID) return said(40013, 'invalid corpid');
        if (url.searchParams.get('corpsecret') !== CORP_SECRET) return said(40001, 'invalid credential');
        return said(0, 'ok', { access_token: `token-${++tokenNumber}`, expires_in: platform.expiresIn });
      }
      case '/cgi-bin/message/send': {
        const token = Number(url.searchParams.get('access_token')?.replace('token-', ''));
        if (!token) return said(40014, 'invalid access_token');
        if (token < firstGood) return said(tokenRefusal, 'access_token expired');
        const refusal = refusals.shift();
        if (refusal !== undefined) return said(refusal, 'no');
        if (body?.agentid !== Number(AGENT_ID)) return said(40056, 'invalid agentid');
        const { content } = body.markdown as { content: string };
        if (body.msgtype !== 'markdown' || typeof content !== 'string') return said(40008, 'invalid msgtype');
        if (Buffer.byteLength(content) > MARKDOWN_MAX)
          return said(40058, 'markdown.content exceed max length 2048');
        if (body.touser === 'nobody') return said(81013, 'user & party & tag all invalid');
        const same = JSON.stringify(body);
        if (!(body.enable_duplicate_check === 1 && delivered.has(same))) {
          sent.push({ user: String(body.touser), content });
        }
        delivered.add(same);
        return said(0, 'ok', { msgid: `m${sent.length}` });
      }
      case '/cgi-bin/aibot/response': {
        const code = url.searchParams.get('response_code') ?? '';
        if (!codes.delete(code) || oldCodes.has(code)) return said(60140, 'response_code invalid or expired');
        const { content } = (body as { markdown: { content: string } }).markdown;
        if (Buffer.byteLength(content) > RESPONSE_MAX) return said(40058, 'content exceed max length');
        responded.set(code, content);
        return said(0, 'ok');
      }
      default:
        return said(40066, 'invalid url');
    }
  };

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const platform: PlatformApi = {
    url: base,
    sent,
    responded,
    calls,
    tokenDelay: 0,
    expiresIn: 7200,
    responseUrl() {
      const code = `code-${codes.size}-${calls.size}-${Math.random().toString(36).slice(2)}`;
      codes.add(code);
      return `${base}/cgi-bin/aibot/response?response_code=${code}`;
    },
    expireResponseUrls() {
      oldCodes = new Set(codes);
    },
    refuseTokens(code) {
      firstGood = tokenNumber + 1;
      tokenRefusal = code;
    },
    refuse(code, times) {
      refusals.push(...Array.from({ length: times }, () => code));
    },
    loseAnswers(times) {
      losing = times;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return platform;
}
