/**
 * The keys of the API in PostgreSQL.
 * @module
 */
import type { Query } from '../../postgres/connect.ts';
import type { KeyRow } from '../rows.ts';
import { keyOf } from '../rows.ts';
import type { State } from '../types.ts';

/** The keys kept in the database that `query` asks. */
export function keysIn(query: Query): State['keys'] {
  return {
    async add(key) {
      await query('INSERT INTO guiwen.api_keys VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
        key.id,
        key.name,
        Buffer.from(key.hash),
        JSON.stringify(key.scopes),
        key.plans ? JSON.stringify(key.plans) : null,
        key.createdAt,
        key.expiresAt ?? null,
        key.revokedAt ?? null,
        key.usedAt ?? null,
      ]);
    },
    async get(id) {
      const { rows } = await query<KeyRow>('SELECT * FROM guiwen.api_keys WHERE id = $1', [id]);
      return rows[0] && keyOf(rows[0]);
    },
    async list() {
      const { rows } = await query<KeyRow>('SELECT * FROM guiwen.api_keys ORDER BY created_at, id');
      return rows.map(keyOf);
    },
    async update(id, { expiresAt = null, revokedAt = null, usedAt = null }: Change) {
      const { rowCount } = await query(
        `UPDATE guiwen.api_keys SET expires_at = coalesce($2::bigint, expires_at),
           revoked_at = coalesce($3::bigint, revoked_at), used_at = coalesce($4::bigint, used_at) WHERE id = $1`,
        [id, expiresAt, revokedAt, usedAt],
      );
      return rowCount === 1;
    },
  };
}

interface Change {
  readonly expiresAt?: number | null;
  readonly revokedAt?: number | null;
  readonly usedAt?: number | null;
}
