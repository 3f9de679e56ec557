import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  build,
  copyOf,
  generationOf,
  leftovers,
  open,
  planText,
  removeTemporary,
  smallCorpus,
  temporary,
} from './temporary.ts';

const CHILD = fileURLToPath(new URL('build-child.ts', import.meta.url));

let corpus: string;
let larger: string;
let index: string;
beforeAll(async () => {
  corpus = smallCorpus(2);
  larger = copyOf(corpus);
  for (let n = 3; n <= 9; n++) writeFileSync(join(larger, `${n}.txt`), planText(n));
  index = temporary('index');
  await build(corpus, index);
});
afterAll(removeTemporary);

/** Lets a process of its own build until it says that it has come to a moment, and kills it there. */
function killedAt(corpusDir: string, indexDir: string, phase: string, nth: number): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, corpusDir, indexDir, phase, String(nth)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve) => {
    let said = '';
    child.stdout.on('data', (data) => {
      said += String(data);
      if (said.includes('here')) child.kill('SIGKILL');
    });
    child.stderr.on('data', (data) => {
      said += String(data);
    });
    child.on('exit', (_code, signal) => resolve(signal ?? said));
  });
}

// "write" is told when everything is written and only the swap is left.
it.concurrent.each([
  ['embed', 3],
  ['index', 7],
  ['write', 1],
])(
  'a build killed while it comes to "%s" leaves the old index working, and the next build removes what it left',
  async (phase, nth) => {
    const own = copyOf(index);
    const before = generationOf(own);
    expect(await killedAt(larger, own, phase, nth)).toBe('SIGKILL');
    expect(leftovers(own)).toHaveLength(1);
    expect(generationOf(own)).toBe(before);
    expect((await open(corpus, own)).plans).toHaveLength(2);
    expect(await build(larger, own)).toMatchObject({ documents: 9, reused: 2 });
    expect(leftovers(own)).toEqual([]);
    expect((await open(larger, own)).plans).toHaveLength(9);
  },
  60_000,
);
