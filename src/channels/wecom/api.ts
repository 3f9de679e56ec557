/**
 * WeCom's API as a self-built app uses it: the access token, kept as long as it lasts, and messages to a person.
 * @module
 */
import { z } from 'zod';

/** WeCom said no, or nothing. `code` is its `errcode`; undefined when the call itself failed. */
export class WecomError extends Error {
  override readonly name = 'WecomError';
  readonly code: number | undefined;
  constructor(what: string, code: number | undefined, said: string) {
    super(`${what}: ${code === undefined ? said : `errcode ${code} ${said}`}`);
    this.code = code;
  }
}

/** What the API is called with. */
export interface WecomApp {
  /** E.g. https://qyapi.weixin.qq.com. */
  readonly apiUrl: string;
  readonly corpId: string;
  readonly corpSecret: string;
  readonly agentId: string;
}

/** WeCom's API for one self-built app. */
export interface WecomApi {
  /**
   * A token that was good when last heard of; asked for once, however many wait for it.
   * @throws WecomError
   */
  accessToken(): Promise<string>;
  /**
   * Sends Markdown, at most 2,048 bytes, to a person. The same content to the same person within half an hour arrives
   * once, so that whoever does not know whether it arrived may send it again.
   * @throws WecomError
   */
  send(user: string, markdown: string): Promise<void>;
}

/** The access token is invalid (40014) or has expired (42001). */
const TOKEN_REFUSED: readonly (number | undefined)[] = [40014, 42001];
/** How long before its end a token is no longer used, in milliseconds. */
const TOKEN_MARGIN_MS = 60_000;
const TIMEOUT_MS = 10_000;
/** How long WeCom drops the same content to the same person, in seconds; the most it offers is four hours. */
const DUPLICATE_SECONDS = 1_800;

const SAID = z.object({ errcode: z.number().default(0), errmsg: z.string().default('') });
const TOKEN = SAID.extend({ access_token: z.string().min(1), expires_in: z.number().positive() });
const SENT = SAID.extend({ invaliduser: z.string().optional() });

/** The API of one app; nothing is asked of it before it is needed. */
export function wecomApi(app: WecomApp, now: () => number = Date.now): WecomApi {
  let kept: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;

  const ask = async (): Promise<string> => {
    const query = new URLSearchParams({ corpid: app.corpId, corpsecret: app.corpSecret });
    const { access_token: token, expires_in } = await call(app, `/cgi-bin/gettoken?${query}`, TOKEN);
    kept = { token, until: now() + expires_in * 1000 - TOKEN_MARGIN_MS };
    return token;
  };
  const accessToken = async (): Promise<string> => {
    if (kept && now() < kept.until) return kept.token;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
  /** Only the token that was refused is forgotten: somebody else may have fetched a new one meanwhile. */
  const forget = (token: string): void => {
    if (kept?.token === token) kept = undefined;
  };
  /** Does `work` with a token; once more with a new one if WeCom refuses the token. */
  const withToken = async <T>(work: (token: string) => Promise<T>): Promise<T> => {
    const token = await accessToken();
    try {
      return await work(token);
    } catch (error) {
      if (!(error instanceof WecomError && TOKEN_REFUSED.includes(error.code))) throw error;
      forget(token);
      return work(await accessToken());
    }
  };

  return {
    accessToken,
    async send(user, markdown) {
      const message = {
        touser: user,
        msgtype: 'markdown',
        agentid: Number(app.agentId),
        markdown: { content: markdown },
        enable_duplicate_check: 1,
        duplicate_check_interval: DUPLICATE_SECONDS,
      };
      await withToken((token) => {
        const query = new URLSearchParams({ access_token: token });
        return call(app, `/cgi-bin/message/send?${query}`, SENT, message);
      });
    },
  };
}

/**
 * Sends the one reply that a `response_url` takes: Markdown, at most 20,480 bytes, within an hour of the message.
 * @throws WecomError
 */
export async function sendToResponseUrl(url: string, markdown: string): Promise<void> {
  await request('response_url', url, SAID, { msgtype: 'markdown', markdown: { content: markdown } });
}

function call<T extends z.infer<typeof SAID>>(
  app: WecomApp,
  path: string,
  schema: z.ZodType<T>,
  body?: unknown,
): Promise<T> {
  return request(path.replace(/\?.*$/, ''), app.apiUrl.replace(/\/+$/, '') + path, schema, body);
}

/** Neither the address nor its query, which hold secrets, get into an error. */
async function request<T extends z.infer<typeof SAID>>(
  what: string,
  url: string,
  schema: z.ZodType<T>,
  body?: unknown,
): Promise<T> {
  let answer: unknown;
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    answer = await response.json();
  } catch (error) {
    throw new WecomError(what, undefined, error instanceof Error ? error.name : 'failed');
  }
  const said = SAID.safeParse(answer);
  if (said.success && said.data.errcode !== 0)
    throw new WecomError(what, said.data.errcode, said.data.errmsg);
  const read = schema.safeParse(answer);
  if (!read.success) throw new WecomError(what, undefined, 'the answer is not of the protocol');
  return read.data;
}
