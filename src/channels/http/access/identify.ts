/**
 * Who asks: from a key, a widget token, a sign-in token, a proxy's header, or nobody in particular.
 * @module
 */
import { decodeProtectedHeader } from 'jose';
import type { ApiKeyRecord, Scope, State } from '../../../state/types.ts';
import type { Viewer } from '../../visit.ts';
import { ApiError } from '../errors.ts';
import type { AddressList, Connection } from './addresses.ts';
import { isLocal, isLoopbackHost } from './addresses.ts';
import { isLive, KEY_PREFIX, verifyKey } from './keys.ts';
import type { IdentityProvider } from './sign-in.ts';
import { signInWith } from './sign-in.ts';
import { readWidgetToken } from './widget-tokens.ts';

/** How people are known. */
export interface IdentityOptions {
  /** Where the server listens. */
  readonly host: string;
  /** `none`: anyone may ask. Otherwise a key is needed, or what the mode says: a proxy's header, a sign-in token. */
  readonly mode: 'none' | 'keys' | 'header' | 'jwt';
  /** Plans for whoever has no list of their own; undefined for all. */
  readonly plans?: readonly string[] | undefined;
  /** The header in which a trusted proxy names the person, and the one with their plans. */
  readonly trustedHeader?: string | undefined;
  readonly trustedPlansHeader?: string | undefined;
  readonly provider?: IdentityProvider | undefined;
}

/** What identifying works with. */
export interface IdentityServices {
  readonly keys: State['keys'];
  /** What widget tokens are signed with. */
  readonly secret: Uint8Array;
  readonly isProxy: AddressList;
  readonly now: () => number;
}

/** Tells who asks. @throws ApiError 401 if they do not say so as they should; StateError */
export type Identify = (connection: Connection) => Promise<Viewer>;

const PEOPLE: readonly Scope[] = ['ask', 'search'];
/** A key's last use is kept to the minute. */
const USED_EVERY_MS = 60_000;

const refused = (message: string) => new ApiError(401, 'unauthorized', message);
const SEND_KEY = '请在请求头里加 Authorization: Bearer 密钥；密钥由管理员用 npm run keys -- add 生成。';

/** Makes the one function that decides who asks. */
export function createIdentify(options: IdentityOptions, services: IdentityServices): Identify {
  const { mode, plans, trustedHeader, trustedPlansHeader, provider, host } = options;
  const { keys, secret, isProxy, now } = services;
  const signIn = provider && signInWith(provider);
  const closed = !isLoopbackHost(host);
  const noteUse = usesOf(keys);

  const ofKey = (record: ApiKeyRecord, id = `key:${record.id}`): Viewer => {
    noteUse(record, now());
    return { id, scopes: record.scopes, plans: record.plans ?? plans };
  };

  const byToken = async (token: string, { header }: Connection): Promise<Viewer | undefined> => {
    if (token.startsWith(KEY_PREFIX)) {
      const record = await verifyKey(keys, token, now());
      if (!record) throw refused(`密钥不对、已过期或已停用。${SEND_KEY}`);
      return ofKey(record);
    }
    const algorithm = algorithmOf(token);
    if (algorithm === 'HS256') {
      const claims = await readWidgetToken(secret, token, now());
      // The key behind it may have been revoked since.
      const record = claims && (await keys.get(claims.keyId));
      if (!claims || !record || !isLive(record, now()))
        throw refused('网页组件的令牌无效或已过期，请重新获取。');
      if (header('origin') !== claims.origin) throw refused('网页组件的令牌不能在这个网站使用。');
      const { id, plans } = ofKey(record, `widget:${record.id}`);
      return { id, plans, scopes: PEOPLE.filter((scope) => record.scopes.includes(scope)) };
    }
    if (algorithm !== undefined && signIn) {
      const person = await signIn(token);
      if (!person) throw refused('登录已过期或无效，请重新登录。');
      return { id: `user:${person.subject}`, scopes: person.scopes, plans: person.plans ?? plans };
    }
    return undefined;
  };

  return async (connection) => {
    const { peer, header } = connection;
    const token = /^Bearer +(\S+) *$/i.exec(header('authorization') ?? '')?.[1];
    const known = token === undefined ? undefined : await byToken(token, connection);
    if (known) return known;
    if (mode === 'none') {
      // Clients of other services send some key or other; to a server that asks for none it says nothing.
      const local = !closed && isLocal(connection);
      return { id: undefined, scopes: local ? [...PEOPLE, 'admin', 'metrics'] : PEOPLE, plans };
    }
    if (mode === 'header' && trustedHeader && peer !== undefined && isProxy(peer)) {
      const name = header(trustedHeader)?.trim();
      const own = trustedPlansHeader === undefined ? undefined : header(trustedPlansHeader);
      const list = own
        ?.split(',')
        .map((id) => id.trim())
        .filter(Boolean);
      if (name) return { id: `user:${name}`, scopes: PEOPLE, plans: list ?? plans };
    }
    if (mode === 'header') throw refused(`请经统一登录的入口访问。程序调用：${SEND_KEY}`);
    if (mode === 'jwt')
      throw refused(`请先登录，在请求头里加 Authorization: Bearer 登录令牌。程序调用：${SEND_KEY}`);
    throw refused(`需要密钥：${SEND_KEY}`);
  };
}

/** The signature algorithm a token names; undefined if it is no JWT. */
function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined;
  }
}

/** Keeps when keys were last used, without making anyone wait for it. */
function usesOf(keys: State['keys']): (record: ApiKeyRecord, at: number) => void {
  return (record, at) => {
    if (record.usedAt !== undefined && Math.abs(at - record.usedAt) < USED_EVERY_MS) return;
    // That it cannot be written is said by readiness; it is no reason to turn anyone away.
    keys.update(record.id, { usedAt: at }).catch(() => {});
  };
}
