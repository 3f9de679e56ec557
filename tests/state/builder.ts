/** Builds an index of one corpus after the other, for ever, until it is killed: node builder.ts index corpus corpus. */
import { build } from '../index/temporary.ts';

const [indexDir, ...corpora] = process.argv.slice(2) as [string, ...string[]];
for (let n = 0; ; n++) {
  await build(corpora[n % corpora.length] as string, indexDir);
  process.stdout.write(`built-${n}\n`);
}
