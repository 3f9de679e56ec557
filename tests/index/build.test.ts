import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CorpusError } from '../../src/plan/catalog.ts';
import { readPlan } from '../../src/plan/read.ts';
import {
  build,
  copyOf,
  damage,
  generationOf,
  leftovers,
  open,
  planText,
  removeTemporary,
  smallCorpus,
  temporary,
} from './temporary.ts';

let corpus: string;
let index: string;
beforeAll(async () => {
  corpus = smallCorpus(3);
  index = temporary('index');
  await build(corpus, index);
});
afterAll(removeTemporary);

/** A corpus and index of its own, to be changed. */
const fresh = () => ({ corpus: copyOf(corpus), index: copyOf(index) });

describe('an index', () => {
  it('gives back the plans as they were read, passage for passage', async () => {
    const opened = await open(corpus, index);
    for (const [n, file] of ['1.txt', '2.txt', '3.txt'].entries()) {
      expect(opened.plans[n]).toEqual(await readPlan(readFileSync(join(corpus, file)), file));
    }
    expect(opened.passages).toEqual(opened.plans.flatMap((p) => p.passages));
    expect(opened.passages.map((_p, doc) => opened.plans[opened.planOf[doc] as number]?.facts.id)).toEqual(
      opened.passages.map((p) => p.planId),
    );
    expect(opened.manifest.counts.passages).toBe(opened.passages.length);
  });

  it('is the same whenever it is built from the same documents', async () => {
    const again = temporary('again');
    await build(corpus, again);
    const files = (dir: string) =>
      readdirSync(generationOf(dir), { recursive: true })
        .map(String)
        .filter((f) => /\.(?:bin|json|hnsw|offsets|txt)$/.test(f) && f !== 'manifest.json')
        .sort();
    expect(files(again)).toEqual(files(index));
    expect(files(index)).toEqual(expect.arrayContaining(['lexical.bin', 'graph.hnsw', 'passages.bin']));
    for (const file of files(index)) {
      expect(
        readFileSync(join(generationOf(again), file)).equals(readFileSync(join(generationOf(index), file))),
      ).toBe(true);
    }
  });

  it('holds nothing but the generation in use and the pointer to it', () => {
    expect(leftovers(index)).toEqual([]);
  });
});

describe('building again', () => {
  it('takes over documents that have not changed', async () => {
    const { corpus, index } = fresh();
    expect(await build(corpus, index)).toMatchObject({ documents: 3, reused: 3, skipped: [] });
    expect((await open(corpus, index)).plans).toHaveLength(3);
  });

  it('reads only the document whose bytes have changed', async () => {
    const { corpus, index } = fresh();
    writeFileSync(join(corpus, '2.txt'), planText(7));
    expect(await build(corpus, index)).toMatchObject({ documents: 3, reused: 2 });
    expect((await open(corpus, index)).plans[1]?.text).toContain('第7号市');
  });

  it('makes the same index from what it took over as from nothing', async () => {
    const { corpus, index } = fresh();
    writeFileSync(join(corpus, '2.txt'), planText(7));
    await build(corpus, index);
    const anew = temporary('anew');
    await build(corpus, anew);
    for (const file of ['lexical.bin', 'graph.hnsw', 'vectors.bin', 'passages.bin', 'words.bin']) {
      expect(
        readFileSync(join(generationOf(index), file)).equals(readFileSync(join(generationOf(anew), file))),
      ).toBe(true);
    }
  });

  it('reads a document anew when plans.yaml says something else of it', async () => {
    const { corpus, index } = fresh();
    writeFileSync(join(corpus, 'plans.yaml'), 'plans:\n  - { file: 1.txt, id: eins, title: 一号规划 }\n');
    expect(await build(corpus, index)).toMatchObject({ reused: 2 });
    expect((await open(corpus, index)).plans[0]?.facts.id).toBe('eins');
  });

  it('follows documents that come and go, whatever their place in the order', async () => {
    const { corpus, index } = fresh();
    rmSync(join(corpus, '1.txt'));
    writeFileSync(join(corpus, '0.txt'), planText(9));
    expect(await build(corpus, index)).toMatchObject({ documents: 3, reused: 2 });
    expect((await open(corpus, index)).plans.map((p) => p.facts.file)).toEqual(['0.txt', '2.txt', '3.txt']);
  });

  it('reads everything anew when asked to', async () => {
    const { corpus, index } = fresh();
    expect(await build(corpus, index, { force: true })).toMatchObject({ reused: 0 });
  });

  it.each(['passages.bin', 'bodies.bin', 'vectors.bin'])(
    'never takes over from a damaged %s',
    async (file) => {
      const { corpus, index } = fresh();
      const path = join(generationOf(index), file);
      damage(path, Math.floor(statSync(path).size / 2));
      expect(await build(corpus, index)).toMatchObject({ reused: 0 });
      expect((await open(corpus, index)).plans[0]?.text).toContain('第1号市');
    },
  );
});

describe('documents that cannot be read', () => {
  it('are left out with the reason, and the others are indexed', async () => {
    const { corpus, index } = fresh();
    writeFileSync(join(corpus, '4.txt'), Buffer.from([0, 1, 2, 0, 255, 0]));
    const lines: string[] = [];
    const report = await build(corpus, index, { log: (line) => lines.push(line) });
    expect(report).toMatchObject({ documents: 3, skipped: [{ file: '4.txt' }] });
    expect(lines.join('\n')).toContain('4.txt');
    expect((await open(corpus, index)).plans).toHaveLength(3);
  });

  it('are tried again once their bytes or their entry in plans.yaml have changed', async () => {
    const { corpus, index } = fresh();
    writeFileSync(join(corpus, 'plans.yaml'), 'plans:\n  - { file: 1.txt, id: "2", title: 一号规划 }\n');
    const report = await build(corpus, index);
    expect(report.skipped).toMatchObject([{ file: '2.txt', message: expect.stringContaining('plans.yaml') }]);
    await open(corpus, index);
    writeFileSync(
      join(corpus, 'plans.yaml'),
      'plans:\n  - { file: 1.txt, id: "2", title: 一号规划 }\n  - { file: 2.txt, id: zwei, title: 二号规划 }\n',
    );
    await expect(open(corpus, index)).rejects.toThrow('2.txt');
    expect(await build(corpus, index)).toMatchObject({ documents: 3, skipped: [] });
  });

  it('all of them: there is no index, and the one before stays', async () => {
    const { corpus, index } = fresh();
    const before = generationOf(index);
    const bad = temporary('bad');
    writeFileSync(join(bad, '1.txt'), ' \n');
    await expect(build(bad, index)).rejects.toThrow(CorpusError);
    expect(generationOf(index)).toBe(before);
    expect(leftovers(index)).toEqual([]);
    await open(corpus, index);
  });
});

describe('enrichment', () => {
  it('that cannot be used stops the build, naming file and line, rather than dropping the plan', async () => {
    const { corpus, index } = fresh();
    writeFileSync(join(corpus, '1.enrichment.jsonl'), '\n{"hash": "zz"}\n');
    await expect(build(corpus, index)).rejects.toThrow(/1\.enrichment\.jsonl 第 2 行/);
    expect(leftovers(index)).toEqual([]);
  });

  it('that has changed makes the index stale, and documents are still taken over', async () => {
    const { corpus, index } = fresh();
    writeFileSync(
      join(corpus, '1.enrichment.jsonl'),
      '{"hash": "0123456789abcdef", "questions": ["水干净吗"]}\n',
    );
    await expect(open(corpus, index)).rejects.toThrow('1.enrichment.jsonl');
    expect(await build(corpus, index)).toMatchObject({ reused: 3 });
    await open(corpus, index);
  });
});

describe('progress', () => {
  it('is told from reading to writing and ends with everything done', async () => {
    const { corpus, index } = fresh();
    const phases: string[] = [];
    let last:
      | { documentsDone: number; documents: number; passagesDone: number; passages: number }
      | undefined;
    await build(corpus, index, {
      force: true,
      onProgress: (p) => {
        if (phases.at(-1) !== p.phase) phases.push(p.phase);
        last = p;
      },
    });
    expect(phases[0]).toBe('read');
    expect(phases.at(-1)).toBe('write');
    expect(last?.documentsDone).toBe(last?.documents);
    expect(last?.passagesDone).toBe(last?.passages);
  });
});
