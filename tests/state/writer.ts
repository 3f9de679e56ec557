/** Writes feedback as fast as it can, printing what is acknowledged, until it is killed: node writer.ts dataDir [name]. */
import { writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { openState } from '../../src/state/index.ts';

const [dataDir, name = 'w'] = process.argv.slice(2) as [string, string?];
const state = await openState({ dataDir });
for (let n = 0; ; n++) {
  const comment = `${name}-${n}`;
  await state.feedback.add({ answerId: 'a', rating: 'up', comment, at: n });
  // Straight to the pipe: what is printed was acknowledged, whenever the end comes.
  writeSync(1, `${comment}\n`);
  await turn();
}
