/** hnswlib and jieba abort the whole process on what they do not expect: nothing of the kind reaches them. */
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtinEmbedding } from '../../src/embedding/index.ts';
import { IndexError } from '../../src/index/manifest.ts';
import type { WholeIndex } from '../../src/index/open.ts';
import { loadVectors, nearest, VectorError } from '../../src/index/vectors.ts';
import { checkDictionaries } from '../../src/language/segment.ts';
import { build, generationOf, open, removeTemporary, smallCorpus, temporary } from './temporary.ts';

let index: WholeIndex;
let graph: string;
let owners: Uint32Array;
const { embeddings, dimension } = builtinEmbedding();
beforeAll(async () => {
  const corpus = smallCorpus(2);
  const dir = temporary('index');
  await build(corpus, dir);
  index = await open(corpus, dir);
  graph = join(generationOf(dir), 'graph.hnsw');
  const raw = readFileSync(join(generationOf(dir), 'owners.bin'));
  owners = new Uint32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
});
afterAll(removeTemporary);

describe('the vector store', () => {
  const query = () => embeddings.embedQuery('水环境质量');

  it('a filter that throws is the error of that search, and the next search works', async () => {
    const vector = await query();
    const search = index.vectors.similaritySearchVectorWithScore(vector, 3, () => {
      throw new Error('a filter of its own');
    });
    await expect(search).rejects.toThrow('a filter of its own');
    expect(await index.vectors.similaritySearchVectorWithScore(vector, 3)).toHaveLength(3);
  });

  it('a filter that does not throw filters', async () => {
    const wanted = index.vectors.similaritySearchVectorWithScore(
      await query(),
      3,
      (document) => document.metadata.doc === 1,
    );
    expect((await wanted).map(([document]) => document.metadata.doc)).toEqual([1]);
  });

  it.each([
    ['too short', () => [1, 2, 3]],
    ['too long', () => Array<number>(dimension + 1).fill(0.1)],
    ['with a value that is no number', () => [Number.NaN, ...Array<number>(dimension - 1).fill(0.1)]],
    ['with an endless value', () => [Number.POSITIVE_INFINITY, ...Array<number>(dimension - 1).fill(0.1)]],
  ])('a vector %s is refused before hnswlib sees it', async (_what, vector) => {
    await expect(nearest(index.vectors, vector(), 5)).rejects.toThrow(VectorError);
  });

  it.each([0, -1, Number.NaN])('%s nearest are none; more than there are, all', async (k) => {
    expect(await index.vectors.similaritySearchVectorWithScore(await query(), k)).toEqual([]);
    expect(await index.vectors.similaritySearchVectorWithScore(await query(), 1e6)).toHaveLength(
      index.manifest.counts.vectors,
    );
  });

  it('a graph of another dimension, of another count, or cut short is refused before hnswlib reads it', async () => {
    await expect(loadVectors(graph, owners, dimension + 1, embeddings)).rejects.toThrow('维数不符');
    await expect(loadVectors(graph, owners.subarray(2), dimension, embeddings)).rejects.toThrow('段落数');
    const short = join(temporary('graph'), 'graph.hnsw');
    copyFileSync(graph, short);
    for (const size of [readFileSync(graph).length - 100, 1000, 10]) {
      truncateSync(short, size);
      await expect(loadVectors(short, owners, dimension, embeddings)).rejects.toThrow(IndexError);
    }
  });
});

describe('the segmenter’s dictionaries', () => {
  const dir = mkdtempSync(join(tmpdir(), 'guiwen-dictionary-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const file = (name: string, content: string) => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };

  it('one that is there is taken', () => {
    expect(() => checkDictionaries([file('good', '水 1 n\n')])).not.toThrow();
  });

  it('one that is missing, empty or a folder is named, with what to do', () => {
    expect(() => checkDictionaries([join(dir, 'none')])).toThrow(/词典缺失.*none.*npm ci/);
    expect(() => checkDictionaries([file('empty', '')])).toThrow(/是空的.*empty.*npm ci/);
    expect(() => checkDictionaries([dir])).toThrow(/无法读取/);
  });

  // Root reads everything.
  it.skipIf(process.getuid?.() === 0)('one that may not be read is named', () => {
    const locked = file('locked', '水 1 n\n');
    chmodSync(locked, 0);
    expect(() => checkDictionaries([locked])).toThrow(/无法读取.*locked/);
  });
});
