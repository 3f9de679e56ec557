/**
 * Sign-in with a token of the organisation's identity provider (OIDC): a JWT checked against its published keys.
 * @module
 */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { Scope } from '../../../state/types.ts';
import { ApiError } from '../errors.ts';

/** Whose tokens are taken, and for whom they must be made out. */
export interface IdentityProvider {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** The claim with the ids of the plans a person may see. */
  readonly plansClaim: string;
}

/** Who a token is about. */
export interface SignedIn {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** Undefined if the token does not say. */
  readonly plans: readonly string[] | undefined;
}

/** Only signatures that the provider alone can make: never `none`, never a shared secret. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const SCOPES: readonly Scope[] = ['ask', 'search', 'admin', 'metrics'];
/** How far the provider's clock may differ, in seconds. */
const CLOCK_TOLERANCE = 30;

/**
 * Checks tokens of `provider`: resolves to undefined for one that does not hold.
 * A checker throws ApiError 503 while the provider's keys cannot be fetched.
 */
export function signInWith(provider: IdentityProvider): (token: string) => Promise<SignedIn | undefined> {
  const keys = createRemoteJWKSet(new URL(provider.jwksUrl), { timeoutDuration: 5_000 });
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer: provider.issuer,
        audience: provider.audience,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_TOLERANCE,
      });
      return {
        subject: payload.sub as string,
        scopes: scopesOf(payload.scope ?? payload.scp),
        plans: listOf(payload[provider.plansClaim]),
      };
    } catch (error) {
      if (isTheTokensFault(error)) return undefined;
      throw new ApiError(503, 'sign_in_unavailable', '暂时无法核对登录，请稍后再试。');
    }
  };
}

function isTheTokensFault(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    // What jose throws as such is that the keys could not be fetched.
    error.constructor !== errors.JOSEError
  );
}

/** What the token grants of our scopes; asking and searching if it speaks of none of them. */
function scopesOf(claim: unknown): readonly Scope[] {
  const named = listOf(claim) ?? [];
  const known = SCOPES.filter((scope) => named.includes(scope));
  return known.length > 0 ? known : ['ask', 'search'];
}

/** A list, or words with spaces or commas between; undefined if the claim is missing. */
function listOf(claim: unknown): readonly string[] | undefined {
  if (typeof claim === 'string') return claim.split(/[\s,]+/).filter(Boolean);
  if (Array.isArray(claim)) return claim.filter((item): item is string => typeof item === 'string');
  // A claim of a strange kind opens nothing.
  return claim === undefined ? undefined : [];
}
