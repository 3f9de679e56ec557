/**
 * The state of a server: {@link openState}.
 * @module
 */
import { openSqliteState } from './sqlite/index.ts';
import type { State } from './types.ts';

/**
 * Opens what lasts, in `dataDir`.
 * @throws StateError if it cannot be opened or written
 */
export async function openState({ dataDir }: { readonly dataDir: string }): Promise<State> {
  return openSqliteState(dataDir);
}
