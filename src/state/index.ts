/**
 * The state of a server: {@link openState}.
 * @module
 */
import { isPostgres } from '../postgres/address.ts';
import { openSqliteState } from './sqlite/index.ts';
import type { State } from './types.ts';

/**
 * Opens what lasts: in PostgreSQL if `store` is the address of a database, else in `dataDir`.
 * @throws StateError if it cannot be opened or written
 */
export async function openState({
  dataDir,
  store,
}: {
  readonly dataDir: string;
  readonly store?: string;
}): Promise<State> {
  if (!isPostgres(store)) return openSqliteState(dataDir);
  const { openPostgresState } = await import('./postgres/index.ts');
  return openPostgresState(store);
}
