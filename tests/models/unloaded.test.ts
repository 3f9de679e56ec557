/** Without endpoints nothing of what speaks to them is even loaded: it would cost the start time for nothing. */
import { afterAll, expect, test, vi } from 'vitest';
import { ingest, openAssistant } from '../../src/assistant.ts';
import { parseConfig } from '../../src/config.ts';
import { removeTemporary, smallCorpus, temporary } from '../index/temporary.ts';

const loaded = vi.hoisted(() => [] as string[]);
vi.mock('@langchain/openai', () => {
  loaded.push('@langchain/openai');
  return {};
});
vi.mock('cockatiel', () => {
  loaded.push('cockatiel');
  return {};
});
afterAll(removeTemporary);

test('indexing and answering with nothing configured loads no client of a model', async () => {
  const { embedding, rerank } = parseConfig({});
  const options = { corpusDir: smallCorpus(2), indexDir: temporary('index'), embedding, rerank };
  await ingest(options);
  const assistant = await openAssistant(options);
  expect((await assistant.ask({ question: '第1号市水环境质量什么时候改善' })).status).toBe('answered');
  expect(loaded).toEqual([]);
});
