/** An index over an embedding endpoint: changed models, builds that break off, questions while it is down. */
import { spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { IngestProgress } from '../../src/assistant.ts';
import { ingest, openAssistant } from '../../src/assistant.ts';
import type { EmbeddingSettings } from '../../src/config.ts';
import { embedText } from '../../src/embedding/builtin.ts';
import { embeddingFor } from '../../src/embedding/configured.ts';
import { endpointEmbedding } from '../../src/embedding/endpoint.ts';
import { embeddingText } from '../../src/index/build.ts';
import type { OpenIndex } from '../../src/index/open.ts';
import { openIndex } from '../../src/index/open.ts';
import { readPlan } from '../../src/plan/read.ts';
import type { Passage, Plan } from '../../src/plan/types.ts';
import { ScopeFinder } from '../../src/retrieval/scope.ts';
import { searchPassages } from '../../src/retrieval/search.ts';
import { understand } from '../../src/retrieval/understand.ts';
import type { Script } from '../scripted-endpoint.ts';
import { scriptedEndpoint, wellBehaved } from '../scripted-endpoint.ts';
import { build, generationOf, leftovers, removeTemporary, smallCorpus, temporary } from './temporary.ts';

const CHILD = fileURLToPath(new URL('external-child.ts', import.meta.url));
const QUICK = { retries: 0, firstMs: 1, maxMs: 1 };
afterAll(removeTemporary);

async function setting(script?: Script, plans = 6) {
  const endpoint = await scriptedEndpoint(script);
  const embedding: EmbeddingSettings = { baseUrl: endpoint.url, model: 'bge-m3', timeoutMs: 20_000 };
  const corpusDir = smallCorpus(plans);
  const indexDir = temporary('index');
  const asked = () =>
    endpoint.received.flatMap(({ body }) => body.input as string[]).filter((t) => t !== '规划');
  return { ...endpoint, embedding, corpusDir, indexDir, asked };
}

describe('an index over an endpoint', () => {
  test('is built from its vectors, with progress, and serves questions', async () => {
    const { embedding, corpusDir, indexDir, asked } = await setting();
    const seen: IngestProgress[] = [];
    const assistant = await openAssistant({
      corpusDir,
      indexDir,
      embedding,
      onProgress: (p) => seen.push(p),
    });
    expect(assistant.index.embedding).toBe('endpoint:bge-m3@/v1');
    expect(asked()).toHaveLength(await distinctTexts(corpusDir));
    expect(seen.filter(({ phase }) => phase === 'embed').length).toBeGreaterThan(1);
    const answer = await assistant.ask({ question: '第3号市水环境质量什么时候改善' });
    expect(answer).toMatchObject({ status: 'answered', notices: [] });
    // The question as it was asked, not its words one by one.
    expect(asked().at(-1)).toBe('第3号市水环境质量什么时候改善');
    expect(leftovers(indexDir)).toEqual([]);
  });

  test.each([
    ['another model', { model: 'bge-large' }],
    ['none: the built-in embedding', { baseUrl: undefined }],
  ])('is built anew when the embedding is changed to %s', async (_what, change) => {
    const { embedding, corpusDir, indexDir } = await setting();
    await ingest({ corpusDir, indexDir, embedding });
    const log: string[] = [];
    const assistant = await openAssistant({
      corpusDir,
      indexDir,
      embedding: { ...embedding, ...change },
      log: (line) => log.push(line),
    });
    expect(log).toEqual(['重建索引：向量模型已更换']);
    expect(assistant.index.embedding).not.toContain('bge-m3');
  });

  test('is built anew when the same name gives vectors of another dimension', async () => {
    const { embedding, corpusDir, indexDir, script } = await setting();
    await ingest({ corpusDir, indexDir, embedding });
    script((request) => wellBehaved(request, 48));
    const log: string[] = [];
    await openAssistant({ corpusDir, indexDir, embedding, log: (line) => log.push(line) });
    expect(log).toEqual(['重建索引：向量模型已更换']);
  });
});

describe('a build that breaks off', () => {
  test('goes on where it stopped, and clears up when it is done', async () => {
    const { embedding, corpusDir, indexDir, asked, script, received, url } = await setting();
    script(({ nth }) => (nth >= 4 ? { status: 500, json: {} } : undefined));
    const named = await endpointEmbedding(
      { baseUrl: url, model: 'bge-m3', timeoutMs: 20_000 },
      { patience: QUICK },
    );
    await expect(build(corpusDir, indexDir, { embedding: named })).rejects.toThrow(/向量接口.+500/);
    const [file] = readdirSync(indexDir);
    expect(file).toMatch(/^fetched-/);
    // What a kill in the middle of a write leaves.
    appendFileSync(join(indexDir, String(file)), Buffer.alloc(37, 1));
    received.pop();
    const before = asked();
    // It breaks off once more, after one more batch.
    received.length = 0;
    script(({ nth }) => (nth >= 2 ? { status: 500, json: {} } : undefined));
    await expect(build(corpusDir, indexDir, { embedding: named })).rejects.toThrow(/500/);
    received.pop();
    before.push(...asked());
    received.length = 0;
    script(() => undefined);
    await ingest({ corpusDir, indexDir, embedding });
    expect(new Set([...before, ...asked()]).size).toBe(await distinctTexts(corpusDir));
    expect(asked().filter((text) => before.includes(text))).toEqual([]);
    expect(leftovers(indexDir)).toEqual([]);
    // The same as one built without a break.
    const again = temporary('again');
    await ingest({ corpusDir, indexDir: again, embedding });
    expect((await vectorsIn(corpusDir, again, embedding)).values).toEqual(
      (await vectorsIn(corpusDir, indexDir, embedding)).values,
    );
  });

  test('because it was killed goes on where it was killed', async () => {
    const { corpusDir, indexDir, asked, received, url, embedding } = await setting();
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, corpusDir, indexDir, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', () => child.kill('SIGKILL'));
    const signal = await new Promise((resolve) => child.on('exit', (_code, by) => resolve(by)));
    expect(signal).toBe('SIGKILL');
    const before = asked();
    expect(before.length).toBeGreaterThan(0);
    received.length = 0;
    await ingest({ corpusDir, indexDir, embedding });
    expect(asked().length + before.length).toBe(await distinctTexts(corpusDir));
    expect(leftovers(indexDir)).toEqual([]);
  }, 60_000);

  test('keeps nothing for another embedding', async () => {
    const { corpusDir, indexDir, asked, script, received, url, embedding } = await setting();
    script(({ nth }) => (nth >= 4 ? { status: 500, json: {} } : undefined));
    const endpoint = { baseUrl: url, model: 'bge-m3', timeoutMs: 20_000 };
    const named = await endpointEmbedding(endpoint, { patience: QUICK });
    await expect(build(corpusDir, indexDir, { embedding: named })).rejects.toThrow();
    received.length = 0;
    script(() => undefined);
    await ingest({ corpusDir, indexDir, embedding: { ...embedding, model: 'other' } });
    expect(asked()).toHaveLength(await distinctTexts(corpusDir));
    expect(leftovers(indexDir)).toEqual([]);
  });
});

describe('when the endpoint fails at question time', () => {
  const NOTICE = '向量接口暂时不可用，这次只按字词查找，换了说法的内容可能没有找到。';

  test('the question is answered by words, and says so once', async () => {
    const { embedding, corpusDir, indexDir, script } = await setting();
    const assistant = await openAssistant({
      corpusDir,
      indexDir,
      embedding: { ...embedding, timeoutMs: 300 },
    });
    script(() => ({ stall: 'all' }));
    const answer = await assistant.ask({ question: '第3号市水环境质量什么时候改善' });
    expect(answer.status).toBe('answered');
    expect(answer.answer).toContain('2028年');
    expect(answer.notices).toEqual([NOTICE]);
    const compared = await assistant.ask({ question: '第1号市和第2号市的水环境目标有什么不同' });
    expect(compared.notices.filter((notice) => notice === NOTICE)).toHaveLength(1);
    expect(await assistant.search({ query: '水环境质量' })).not.toEqual([]);
  });

  test('also when its vectors have another dimension', async () => {
    const { embedding, corpusDir, indexDir, script } = await setting();
    const assistant = await openAssistant({ corpusDir, indexDir, embedding });
    script((request) => wellBehaved(request, 48));
    const answer = await assistant.ask({ question: '第3号市水环境质量什么时候改善' });
    expect(answer.notices).toEqual([NOTICE]);
  });

  test('an index that is there is opened all the same', async () => {
    const { embedding, corpusDir, indexDir, stop } = await setting();
    await ingest({ corpusDir, indexDir, embedding });
    const generation = generationOf(indexDir);
    await stop();
    const assistant = await openAssistant({ corpusDir, indexDir, embedding });
    expect(generationOf(indexDir)).toBe(generation);
    expect((await assistant.ask({ question: '第3号市水环境质量什么时候改善' })).notices).toEqual([NOTICE]);
  });
});

test('how sure a search is does not hang on the endpoint: the built-in similarities tell', async () => {
  const { embedding, corpusDir, indexDir, stop } = await setting();
  await ingest({ corpusDir, indexDir, embedding });
  const index = await openIndex(indexDir, corpusDir, await embeddingFor(embedding));
  const question = '第3号市水环境质量什么时候改善';
  const scope = new ScopeFinder(index.plans.map(({ facts }) => facts)).find(question);
  const query = understand(question, index.glossary, scope, index.plans.length);
  const faults: string[] = [];
  const similarities = async (of: OpenIndex) => {
    const hits = await searchPassages(of, query, 5, { onFault: (fault) => faults.push(fault) });
    return new Map(hits.map(({ doc, similarity }) => [doc, similarity]));
  };
  const up = await similarities(index);
  await stop();
  // Opened again: the first one still knows this question's vector.
  const opened = await openIndex(
    indexDir,
    corpusDir,
    await embeddingFor(embedding, { remembered: index.embedding }),
  );
  const down = await similarities(opened);
  expect(faults).toEqual(['embedding']);
  const both = [...down].filter(([doc]) => up.has(doc));
  expect(both.length).toBeGreaterThan(0);
  for (const [doc, similarity] of both) expect(similarity).toBe(up.get(doc));
  // A word's nearest equals go with it: four of the lexicon's.
  const words = query.concepts
    .map(({ text, equals }) => [text, ...equals.slice(0, 4).map((e) => e.text)].join(' '))
    .join(' ');
  const [first, similarity] = both[0] as [number, number];
  const own = embedText(
    embeddingText(
      index.passages[first] as Passage,
      (index.plans[index.planOf[first] as number] as Plan).facts.title,
    ),
  );
  const dot = embedText(words).reduce((sum, v, d) => sum + v * (own[d] as number), 0);
  expect(similarity).toBeCloseTo(dot, 5);
});

/** How many different texts the passages of a corpus are embedded by: each is asked for once. */
async function distinctTexts(corpusDir: string): Promise<number> {
  const texts = new Set<string>();
  for (const file of readdirSync(corpusDir)) {
    const plan = await readPlan(readFileSync(join(corpusDir, file)), file);
    for (const passage of plan.passages) texts.add(embeddingText(passage, plan.facts.title));
  }
  return texts.size;
}

/** The vectors of every plan. */
async function vectorsIn(corpusDir: string, indexDir: string, embedding: EmbeddingSettings) {
  const index = await openIndex(indexDir, corpusDir, await embeddingFor(embedding));
  return { values: index.planVectors.map(({ values }) => [...values]) };
}
