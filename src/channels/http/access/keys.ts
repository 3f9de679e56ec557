/**
 * API keys: `gw_<id>_<secret>`. The id is no secret and finds the record; of the secret only a hash is kept.
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKeyRecord, Scope, State } from '../../../state/types.ts';

/** Every key begins so, for people and for scanners of leaked secrets. */
export const KEY_PREFIX = 'gw_';
/** 72 bits tell keys apart; 256 bits keep them from being guessed. */
const ID_BYTES = 9;
const SECRET_BYTES = 32;
const KEY = /^gw_([A-Za-z0-9-]{12})_[A-Za-z0-9_-]{43}$/;

/** What a new key opens. */
export interface KeyGrant {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Undefined for all plans. */
  readonly plans?: readonly string[] | undefined;
  readonly expiresAt?: number | undefined;
}

/** Makes a key, keeps its record, and returns the key: it can be shown this once only. */
export async function addKey(
  keys: State['keys'],
  grant: KeyGrant,
  now: number,
): Promise<{ key: string; record: ApiKeyRecord }> {
  // The separator may stand in the secret, which comes last, but not in the id.
  const id = randomBytes(ID_BYTES).toString('base64url').replaceAll('_', '-');
  const key = `${KEY_PREFIX}${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const record: ApiKeyRecord = { ...grant, id, hash: hashOf(key), createdAt: now };
  await keys.add(record);
  return { key, record };
}

/**
 * Makes a key that opens what `id` does, which itself ends `overlapMs` from now.
 * @returns undefined if there is no such key, or it is no longer valid
 */
export async function rotateKey(
  keys: State['keys'],
  id: string,
  now: number,
  overlapMs: number,
): Promise<{ key: string; record: ApiKeyRecord } | undefined> {
  const old = await keys.get(id);
  if (!old || !isLive(old, now)) return undefined;
  const { name, scopes, plans, expiresAt } = old;
  const made = await addKey(keys, { name, scopes, plans, expiresAt }, now);
  await keys.update(id, { expiresAt: Math.min(now + overlapMs, expiresAt ?? Number.POSITIVE_INFINITY) });
  return made;
}

/** The record of a key as sent; undefined if it is none of ours, or wrong, revoked or expired. */
export async function verifyKey(
  keys: State['keys'],
  key: string,
  now: number,
): Promise<ApiKeyRecord | undefined> {
  const id = KEY.exec(key)?.[1];
  if (!id) return undefined;
  const record = await keys.get(id);
  if (!record) return undefined;
  const right = timingSafeEqual(hashOf(key), record.hash);
  return right && isLive(record, now) ? record : undefined;
}

/** Neither revoked nor expired. */
export function isLive(record: ApiKeyRecord, now: number): boolean {
  return record.revokedAt === undefined && (record.expiresAt === undefined || now < record.expiresAt);
}

// A secret of 256 random bits needs no slow hash: there is nothing to guess it from.
const hashOf = (key: string) => createHash('sha256').update(key).digest();
