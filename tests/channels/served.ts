/** The server over the project's own corpus, really listening, with a state that is thrown away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Assistant } from '../../src/assistant.ts';
import type { RunningServer } from '../../src/channels/http/serve.ts';
import { startServer } from '../../src/channels/http/serve.ts';
import { openSqliteState } from '../../src/state/sqlite/index.ts';
import type { State } from '../../src/state/types.ts';

/** Serves `assistant` until the test file ends. */
export async function serve(
  assistant: Assistant,
  options: { readonly publicUrl?: string; readonly state?: State } = {},
): Promise<RunningServer & { readonly state: State }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'guiwen-served-'));
  const state = options.state ?? openSqliteState(dataDir);
  const server = await startServer({ host: '127.0.0.1', port: 0, publicUrl: options.publicUrl });
  server.use({ assistant, state });
  afterAll(async () => {
    await server.stop(0);
    await state.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { ...server, state };
}
