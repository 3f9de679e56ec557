/**
 * Widget tokens: what a site's page carries instead of the site's key. Signed here, bound to one origin, short-lived.
 * @module
 */
import { errors, jwtVerify, SignJWT } from 'jose';
import type { ApiKeyRecord } from '../../../state/types.ts';

/** The longest a token lives, in seconds. */
export const TOKEN_SECONDS = 15 * 60;
const ISSUER = 'guiwen';
const AUDIENCE = 'guiwen-widget';

/** What a token says. */
export interface WidgetClaims {
  readonly keyId: string;
  readonly origin: string;
}

/** Signs a token for pages of `origin`; `secret` is at least 32 bytes. */
export async function signWidgetToken(
  secret: Uint8Array,
  key: Pick<ApiKeyRecord, 'id' | 'expiresAt'>,
  { origin, seconds, now }: { readonly origin: string; readonly seconds: number; readonly now: number },
): Promise<{ token: string; expiresAt: Date }> {
  const issued = Math.floor(now / 1000);
  const ends = Math.min(
    issued + Math.min(seconds, TOKEN_SECONDS),
    Math.floor((key.expiresAt ?? Number.POSITIVE_INFINITY) / 1000),
  );
  const token = await new SignJWT({ origin })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(key.id)
    .setIssuedAt(issued)
    .setExpirationTime(ends)
    .sign(secret);
  return { token, expiresAt: new Date(ends * 1000) };
}

/** The claims of a token; undefined if it is not ours, altered, or over. */
export async function readWidgetToken(
  secret: Uint8Array,
  token: string,
  now: number,
): Promise<WidgetClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp', 'origin'],
      maxTokenAge: TOKEN_SECONDS,
      currentDate: new Date(now),
    });
    const { sub, origin } = payload;
    return typeof origin === 'string' && sub !== undefined ? { keyId: sub, origin } : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
