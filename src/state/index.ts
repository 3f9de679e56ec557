/**
 * The state of a server: {@link openState}.
 * @module
 */
import { isPostgres } from '../postgres/address.ts';
import { signingSecret } from './secret.ts';
import { openSqliteState } from './sqlite/index.ts';
import type { State } from './types.ts';

/** Where what lasts is kept: in PostgreSQL if `store` is the address of a database, else in `dataDir`. */
export interface StateLocation {
  readonly dataDir: string;
  readonly store?: string;
}

/**
 * Opens what lasts.
 * @throws StateError if it cannot be opened or written
 */
export async function openState({ dataDir, store }: StateLocation): Promise<State> {
  if (!isPostgres(store)) return openSqliteState(dataDir);
  const { openPostgresState } = await import('./postgres/index.ts');
  return openPostgresState(store);
}

/**
 * The 32 bytes that tokens are signed with, made at the first call; those of a database are the same for all servers.
 * @throws StateError if they cannot be made or read
 */
export async function openSecret({ dataDir, store }: StateLocation): Promise<Uint8Array> {
  if (!isPostgres(store)) return signingSecret(dataDir);
  const { sharedSecret } = await import('./postgres/secret.ts');
  return sharedSecret(store);
}
