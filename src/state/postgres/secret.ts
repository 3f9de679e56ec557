/**
 * The secret that all servers of a database sign with.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { StateError } from '../types.ts';
import { connectState } from './index.ts';

const BYTES = 32;

/**
 * The 32 bytes kept in the database at `url`, made at the first call.
 * @throws StateError if it cannot be read or made
 */
export async function sharedSecret(url: string): Promise<Uint8Array> {
  const { query, close } = await connectState(url);
  try {
    // Of two servers that start at once, both get the same.
    await query('INSERT INTO guiwen.signing_secret VALUES (1, $1) ON CONFLICT (id) DO NOTHING', [
      randomBytes(BYTES),
    ]);
    const { rows } = await query<{ secret: Uint8Array }>('SELECT secret FROM guiwen.signing_secret');
    return (rows[0] as { secret: Uint8Array }).secret;
  } catch (error) {
    throw new StateError((error as Error).message, { cause: error });
  } finally {
    await close();
  }
}
