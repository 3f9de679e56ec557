/** Builds over an endpoint and waits to be killed after some vectors: external-child.ts corpus index url. */
import { ingest } from '../../src/assistant.ts';

const [corpusDir, indexDir, baseUrl] = process.argv.slice(2) as [string, string, string];
await ingest({
  corpusDir,
  indexDir,
  embedding: { baseUrl, model: 'bge-m3', timeoutMs: 20_000 },
  onProgress: ({ phase, passagesDone }) => {
    if (phase !== 'embed' || passagesDone < 20) return;
    process.stdout.write('here\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
