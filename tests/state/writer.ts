/**
 * Writes to a store all the time, printing what is acknowledged, and meanwhile builds an index of one corpus after
 * the other, if it is given some, until it is killed: node writer.ts dataDir name [indexDir corpus corpus].
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openState } from '../../src/state/index.ts';

const [dataDir, name, indexDir, ...corpora] = process.argv.slice(2) as [string, string, ...string[]];
/** Straight to the pipe: what is printed was acknowledged, whenever the end comes. */
const acknowledge = (what: string) => writeSync(1, `${what}\n`);

async function write(): Promise<never> {
  const state = await openState({ dataDir });
  for (let n = 0; ; n++) {
    const id = `${name}-${n}`;
    await state.feedback.add({ answerId: 'a', rating: 'up', comment: id, at: n });
    acknowledge(`feedback ${id}`);
    await state.conversations.append(name, [{ role: 'user', content: id }], n);
    acknowledge(`conversation ${id}`);
    await state.events.take({ id, channel: 'slack', at: n, payload: {} });
    acknowledge(`event ${id}`);
    // SQLite's lock knows no queue: without a pause the other process may wait in vain.
    await sleep(indexDir ? 20 : 2);
  }
}

async function buildOn(folder: string): Promise<never> {
  const { build } = await import('../index/temporary.ts');
  for (let n = 0; ; n++) {
    await build(corpora[n % corpora.length] as string, folder);
    acknowledge(`index ${name}-${n}`);
    await sleep(1);
  }
}

await Promise.all([write(), ...(indexDir ? [buildOn(indexDir)] : [])]);
