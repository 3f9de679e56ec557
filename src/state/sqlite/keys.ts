/**
 * The keys of the API in SQLite.
 * @module
 */
import type { Database } from 'better-sqlite3';
import type { KeyRow } from '../rows.ts';
import { keyOf } from '../rows.ts';
import type { State } from '../types.ts';

/** Runs work on the database; what it throws becomes a StateError. */
export type Doing = <T>(work: () => T) => Promise<T>;

/** The keys kept in `database`. */
export function keysIn(database: Database, doing: Doing): State['keys'] {
  const add = database.prepare(`
    INSERT INTO api_keys (id, name, hash, scopes, plans, created_at, expires_at, revoked_at, used_at)
    VALUES (@id, @name, @hash, @scopes, @plans, @createdAt, @expiresAt, @revokedAt, @usedAt)`);
  const get = database.prepare<[string], KeyRow>('SELECT * FROM api_keys WHERE id = ?');
  const list = database.prepare<[], KeyRow>('SELECT * FROM api_keys ORDER BY created_at, id');
  const update = database.prepare(`
    UPDATE api_keys SET expires_at = coalesce(@expiresAt, expires_at),
      revoked_at = coalesce(@revokedAt, revoked_at), used_at = coalesce(@usedAt, used_at) WHERE id = @id`);
  return {
    add: (key) =>
      doing(() => {
        add.run({
          ...key,
          hash: Buffer.from(key.hash),
          scopes: JSON.stringify(key.scopes),
          plans: key.plans ? JSON.stringify(key.plans) : null,
          expiresAt: key.expiresAt ?? null,
          revokedAt: key.revokedAt ?? null,
          usedAt: key.usedAt ?? null,
        });
      }),
    get: (id) =>
      doing(() => {
        const row = get.get(id);
        return row && keyOf(row);
      }),
    list: () => doing(() => list.all().map(keyOf)),
    update: (id, { expiresAt = null, revokedAt = null, usedAt = null }: Change) =>
      doing(() => update.run({ id, expiresAt, revokedAt, usedAt }).changes === 1),
  };
}

interface Change {
  readonly expiresAt?: number | null;
  readonly revokedAt?: number | null;
  readonly usedAt?: number | null;
}
