/**
 * The server under load, in a process of its own, so that its memory is its own: told over IPC to put the index anew
 * in use and to say how much memory it takes.
 * @module
 */
import { openAssistant } from '../../assistant.ts';
import { startServer } from '../../channels/http/serve.ts';
import { parseConfig } from '../../config.ts';
import { openState } from '../../state/index.ts';
import type { MemorySample } from './verdict.ts';

/** What the server is told. */
export type Order = 'swap' | 'measure' | 'stop';
/** What it answers. */
export type Told =
  | { readonly url: string }
  | { readonly swapped: string }
  | { readonly memory: MemorySample }
  | { readonly error: string };

const tell = (told: Told) => process.send?.(told);

try {
  const config = parseConfig(process.env);
  const state = await openState(config);
  const server = await startServer(config);
  const use = async () => {
    const assistant = await openAssistant(config);
    server.use({ assistant, state });
    return assistant.index.builtAt;
  };
  await use();
  const orders: Readonly<Record<Order, () => Promise<void>>> = {
    swap: async () => {
      tell({ swapped: await use() });
    },
    measure: async () => {
      // With --expose-gc: what is garbage is no growth.
      globalThis.gc?.();
      const { heapUsed, external, rss } = process.memoryUsage();
      tell({ memory: { live: heapUsed + external, resident: rss } });
    },
    stop: async () => {
      await server.stop();
      await state.close();
      process.disconnect();
    },
  };
  process.on('message', (order) => {
    orders[order as Order]().catch((error) => tell({ error: String(error) }));
  });
  // Whoever started it is gone.
  process.on('disconnect', () => process.exit(0));
  tell({ url: server.url });
} catch (error) {
  tell({ error: String(error) });
  process.disconnect();
}
