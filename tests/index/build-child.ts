/** Builds an index and stops dead at one moment, waiting to be killed: node build-child.ts corpus index phase n. */
import { build } from './temporary.ts';

const [corpusDir, indexDir, phase, nth] = process.argv.slice(2) as [string, string, string, string];
let seen = 0;
await build(corpusDir, indexDir, {
  onProgress: (progress) => {
    if (progress.phase !== phase || ++seen < Number(nth)) return;
    process.stdout.write('here\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
process.stdout.write('done\n');
