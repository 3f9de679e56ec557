import { mkdirSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtinEmbedding } from '../../src/embedding/index.ts';
import { IndexError } from '../../src/index/manifest.ts';
import { openIndex } from '../../src/index/open.ts';
import {
  build,
  copyOf,
  damage,
  generationOf,
  leftovers,
  open,
  removeTemporary,
  rewriteManifest,
  smallCorpus,
  temporary,
} from './temporary.ts';

let corpus: string;
let intact: string;
let index: string;
beforeAll(async () => {
  corpus = smallCorpus(2);
  intact = temporary('index');
  await build(corpus, intact);
});
beforeEach(() => {
  index = copyOf(intact);
});
afterAll(removeTemporary);

/** Why the index is not opened; it is never opened, and building makes it good again. */
async function refusal(): Promise<string> {
  const error = await open(corpus, index).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(IndexError);
  await build(corpus, index);
  await open(corpus, index);
  return (error as IndexError).message;
}

const FILES = [
  'manifest.json',
  'manifest.sha256',
  'english.json',
  'lexical.bin',
  'words.bin',
  'contents.json',
  'text.bin',
  'bodies.bin',
  'passages.bin',
  'passages.offsets',
  'vectors.bin',
  'owners.bin',
  'graph.hnsw',
];

it('an index consists of the kinds of file that are damaged below', () => {
  const generation = generationOf(index);
  const kinds = readdirSync(generation, { recursive: true })
    .map((file) => String(file).replaceAll('\\', '/'))
    .filter((file) => statSync(join(generation, file)).isFile());
  expect(kinds.sort()).toEqual([...FILES].sort());
});

describe.each(FILES)('%s', (file) => {
  const path = () => join(generationOf(index), file);
  /** A damaged manifest cannot say of which file the hash is wrong. */
  const named = file.startsWith('manifest') ? 'manifest.json' : file;

  it('with one bit turned around is recognised and named', async () => {
    damage(path(), Math.floor(statSync(path()).size / 2));
    expect(await refusal()).toContain(named);
  });

  it('cut short is recognised and named', async () => {
    truncateSync(path(), Math.floor(statSync(path()).size / 2));
    expect(await refusal()).toContain(named);
  });

  it('missing is recognised and named', async () => {
    rmSync(path());
    expect(await refusal()).toMatch(file === 'manifest.json' ? /没有清单文件/ : named);
  });
});

describe('an index that is not there or not whole', () => {
  it('is named as missing', async () => {
    index = temporary('none');
    expect(await refusal()).toContain('还没有索引');
  });

  it('a pointer to a generation that is gone, or to something outside the folder', async () => {
    rmSync(generationOf(index), { recursive: true });
    expect(await refusal()).toContain('清单');
    writeFileSync(join(index, 'CURRENT'), '../elsewhere\n');
    expect(await refusal()).toContain('还没有索引');
  });

  it('a half-written generation is never taken for the one in use', async () => {
    const generation = generationOf(index);
    const dead = join(index, 'building-gen-dead-4194999');
    renameSync(generation, dead);
    rmSync(join(dead, 'manifest.json'));
    writeFileSync(join(index, 'CURRENT'), 'building-gen-dead-4194999\n');
    expect(await refusal()).toContain('还没有索引');
    expect(leftovers(index)).toEqual([]);
  });

  it('a generation that was finished but never put in use is removed by the next build', async () => {
    mkdirSync(join(index, 'gen-unused-4194998'));
    mkdirSync(join(index, 'building-gen-other-4194999'));
    mkdirSync(join(index, `building-gen-container-${process.pid}`));
    await build(corpus, index);
    expect(leftovers(index)).toEqual([]);
  });

  it('a build under way in another process is left alone', async () => {
    const other = `building-gen-other-${process.ppid}`;
    mkdirSync(join(index, other));
    await build(corpus, index);
    expect(leftovers(index)).toEqual([other]);
  });
});

describe('an index that belongs to something else', () => {
  it('an older or newer schema, with both numbers', async () => {
    rewriteManifest(index, (m) => ({ ...m, schema: 99, newField: true }));
    expect(await refusal()).toMatch(/索引版本不符.*99/);
  });

  it('another reader', async () => {
    rewriteManifest(index, (m) => ({ ...m, readerVersion: m.readerVersion - 1 }));
    expect(await refusal()).toContain('读取程序');
  });

  it('another embedding, or the same name with another dimension', async () => {
    rewriteManifest(index, (m) => ({ ...m, embedding: { ...m.embedding, id: 'other-model' } }));
    expect(await refusal()).toContain('向量模型');
    rewriteManifest(index, (m) => ({ ...m, embedding: { ...m.embedding, dimension: 512 } }));
    expect(await refusal()).toContain('向量模型');
  });

  it('vectors of another dimension than the embedding in use has', async () => {
    const embedding = builtinEmbedding();
    rewriteManifest(index, (m) => ({ ...m, embedding: { id: 'wider', dimension: 512 } }));
    await expect(openIndex(index, corpus, { ...embedding, id: 'wider', dimension: 512 })).rejects.toThrow(
      /维数不符/,
    );
  });

  it('other counts than its parts have', async () => {
    rewriteManifest(index, (m) => ({ ...m, counts: { ...m.counts, passages: m.counts.passages + 1 } }));
    expect(await refusal()).toContain('段落数');
  });

  it('a document that has changed, come or gone, by its name', async () => {
    const other = copyOf(corpus);
    const message = (dir: string) => open(dir, index).then(String, (error: Error) => error.message);
    writeFileSync(join(other, '2.txt'), '第一章 总则\n改过了。\n');
    expect(await message(other)).toContain('2.txt');
    rmSync(join(other, '2.txt'));
    expect(await message(other)).toContain('2.txt');
    const more = copyOf(corpus);
    writeFileSync(join(more, '3.txt'), '第一章 总则\n新来的。\n');
    expect(await message(more)).toContain('3.txt');
  });

  it('another glossary', async () => {
    const other = copyOf(corpus);
    writeFileSync(join(other, 'glossary.yaml'), 'terms:\n  - term: 水环境\n');
    await expect(open(other, index)).rejects.toThrow('术语表');
  });
});
