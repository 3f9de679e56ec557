/** What only large indexes do: lists made when asked for, a graph in a thread, files left on the disk. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hashFile, piecesOfFile, readHashed } from '../../src/index/files.ts';
import { graphBuilder } from '../../src/index/graph.ts';
import { lazyList } from '../../src/index/lazy.ts';
import { openStore, STORE_FILES } from '../../src/index/store.ts';
import { efFor } from '../../src/index/vectors.ts';
import { build, generationOf, open, removeTemporary, smallCorpus, temporary } from './temporary.ts';

afterAll(removeTemporary);

it('a larger graph is searched more widely, within bounds', () => {
  expect([5_000, 20_000, 50_000, 170_000, 1e7].map(efFor)).toEqual([128, 128, 320, 1024, 1024]);
});

describe('a list made when asked for', () => {
  const made: number[] = [];
  const item = (at: number) => {
    made.push(at);
    return { at };
  };

  it('makes what is asked for, keeps it, and in time forgets it', () => {
    const list = lazyList(100, item, 4);
    expect(made).toEqual([]);
    expect(list).toHaveLength(100);
    expect(list[7]).toEqual({ at: 7 });
    expect(list[7]).toBe(list[7]);
    expect(made).toEqual([7]);
    for (let at = 20; at < 40; at++) expect(list[at]).toEqual({ at });
    expect(list[7]).toEqual({ at: 7 });
    expect(made.filter((at) => at === 7)).toHaveLength(2);
  });

  it('is otherwise a list: its methods, its ends, its equality', () => {
    const list = lazyList(6, item, 2);
    const plain = [0, 1, 2, 3, 4, 5].map((at) => ({ at }));
    expect(list).toEqual(plain);
    expect(list.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(list.slice(4)).toEqual(plain.slice(4));
    expect([...list.entries()].at(-1)).toEqual([5, { at: 5 }]);
    expect([list[6], list[-1], list.at(-1)]).toEqual([undefined, undefined, { at: 5 }]);
    expect(Array.isArray(list)).toBe(true);
    expect(() => {
      (list as { at: number }[])[0] = { at: 9 };
    }).toThrow(TypeError);
  });
});

it('a graph built in a thread is the graph built without one', async () => {
  const dir = temporary('graph');
  const values = Float32Array.from({ length: 8 * 300 }, (_x, i) => Math.sin(i * i));
  const built = async (name: string, threadFrom: number) => {
    const file = join(dir, name);
    const graph = graphBuilder({ dimension: 8, count: 300, file }, threadFrom);
    await graph.add(values.slice(0, 8 * 100));
    await graph.add(values.slice(8 * 100));
    await graph.finish();
    await graph.stop();
    return readFileSync(file);
  };
  expect((await built('thread', 1)).equals(await built('none', 1e9))).toBe(true);
});

it('a thread that cannot write the graph fails the build, and does not end the process', async () => {
  const file = join(temporary('graph'), 'no', 'such', 'folder', 'graph.hnsw');
  const graph = graphBuilder({ dimension: 4, count: 1, file }, 1);
  await graph.add(Float32Array.of(1, 2, 3, 4));
  await expect(graph.finish()).rejects.toThrow();
  await graph.stop();
});

it('a store left on the disk gives what one in memory gives, even once its files are gone', async () => {
  const corpus = smallCorpus(3);
  const dir = temporary('index');
  await build(corpus, dir);
  const inMemory = await open(corpus, dir);
  const path = (name: string) => join(generationOf(dir), name);
  const files = await Promise.all(
    STORE_FILES.map(async (name) => [name, piecesOfFile(path(name), (await hashFile(path(name))).bytes)]),
  );
  const store = openStore(Object.fromEntries(files));
  for (const name of STORE_FILES) rmSync(path(name));
  expect(store.plans).toEqual(inMemory.plans);
  expect(store.passages).toEqual(inMemory.passages);
  expect(store.enrichment).toEqual(inMemory.enrichment);
});

it('a file is hashed the same whether it is kept or not', async () => {
  const path = join(import.meta.dirname, 'large.test.ts');
  const { bytes, sha256 } = await readHashed(path);
  expect(await hashFile(path)).toEqual({ bytes: bytes.length, sha256 });
  expect(bytes.equals(readFileSync(path))).toBe(true);
});
