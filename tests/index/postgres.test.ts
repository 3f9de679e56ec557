/** The index in PostgreSQL: searched in SQL, and what is found is what the files find. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ingest, openAssistant } from '../../src/assistant.ts';
import { builtinEmbedding } from '../../src/embedding/index.ts';
import { IndexError } from '../../src/index/manifest.ts';
import type { OpenIndex } from '../../src/index/open.ts';
import { bringIn, bringOut, buildShared, openSharedIndex } from '../../src/index/postgres/index.ts';
import { restrictIndex } from '../../src/index/restrict.ts';
import { searchBy, sharedSearch } from '../../src/index/shared.ts';
import { GRAPH_FILE, nearestWithin } from '../../src/index/vectors.ts';
import { terms } from '../../src/language/segment.ts';
import { PostgresError } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../postgres/database.ts';
import { startDatabase } from '../postgres/database.ts';
import { build, generationOf, open, removeTemporary, smallCorpus, temporary } from './temporary.ts';

const embedding = builtinEmbedding();
let database: TestDatabase;

beforeAll(async () => {
  database = await startDatabase();
}, 120_000);
afterAll(async () => {
  await database.stop();
  removeTemporary();
});
beforeEach(() => database.clear());

const question = '到2027年水环境质量要怎样改善，落实什么责任制';
const query = terms(question).map((term, i) => ({ term, weight: i % 3 === 0 ? 1 : 0.37 }));

/** What is opened from the database, with what it said on the way. */
async function openShared(indexDir = temporary('copy')) {
  const logged: string[] = [];
  const opened = await openSharedIndex(database.url, indexDir, embedding, (line) => logged.push(line));
  const search = sharedSearch(opened.index);
  if (!search) throw new Error('not searched in the database');
  return { ...opened, search, logged, indexDir };
}

async function ingestOf(corpusDir: string, layout?: { hnsw: boolean; parts: number }) {
  const indexDir = temporary('index');
  await buildShared(database.url, { corpusDir, indexDir, embedding }, layout);
  return indexDir;
}

const schemas = async () =>
  (
    await database.rows<{ nspname: string }>(
      "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'guiwen\\_%' ORDER BY 1",
    )
  ).map(({ nspname }) => nspname);

describe.each([
  ['compared one by one', undefined],
  ['with an HNSW index', { hnsw: true, parts: 1 }],
  ['split by plan', { hnsw: true, parts: 3 }],
])('a search, vectors %s,', (_name, layout) => {
  it('finds the documents and scores that the files give', async () => {
    const corpus = smallCorpus(4);
    const indexDir = await ingestOf(corpus, layout);
    const local: OpenIndex = await open(corpus, indexDir);
    const { search, close, logged } = await openShared();
    for (const plans of [[], [2], [0, 3]]) {
      const accept =
        plans.length > 0 ? (doc: number) => plans.includes(local.planOf[doc] as number) : undefined;
      const expected = local.lexical.search(query, 7, accept);
      expect(expected).toHaveLength(7);
      expect(await search.lexical(query, 7, plans)).toEqual(expected);
    }
    const vector = await embedding.embeddings.embedQuery(question);
    const norm = Math.hypot(...vector);
    const unit = vector.map((v) => v / norm);
    for (const plans of [[0, 1, 2, 3], [1], []]) {
      const of = (plans.length > 0 ? plans : [0, 1, 2, 3]).map((n) => local.planVectors[n]!);
      const expected = nearestWithin(of, unit, 9);
      const found = await search.nearest(unit, 9, plans);
      expect(found?.map(({ similarity }) => similarity.toFixed(5))).toEqual(
        expected.map(({ similarity }) => similarity.toFixed(5)),
      );
      if (plans.length > 0) {
        expect(found?.map(({ doc }) => local.planOf[doc])).toEqual(
          expected.map(({ doc }) => local.planOf[doc]),
        );
      }
    }
    expect(logged).toEqual([]);
    await close();
  });
});

describe('an index of some plans only', () => {
  it('is searched in the database as in files, and nothing else of the database is', async () => {
    const corpus = smallCorpus(4);
    const local = await open(corpus, await ingestOf(corpus, { hnsw: true, parts: 1 }));
    const { index, close } = await openShared();
    const vector = await embedding.embeddings.embedQuery(question);
    const idOf = (n: number) => local.plans[n]!.facts.id;
    for (const numbers of [[1, 3], [2], [0, 1, 2, 3]]) {
      const ids = new Set(numbers.map(idOf));
      const [mine, theirs] = [restrictIndex(local, ids), restrictIndex(index, ids)];
      const search = sharedSearch(theirs)!;
      for (const plans of [[], [0]]) {
        const accept = plans.length > 0 ? (doc: number) => plans.includes(mine.planOf[doc]!) : undefined;
        const expected = mine.lexical.search(query, 7, accept);
        expect(expected.length).toBeGreaterThan(4);
        expect(await search.lexical(query, 7, plans)).toEqual(expected);
        const near = nearestWithin(plans.length > 0 ? [mine.planVectors[0]!] : mine.planVectors, vector, 9);
        const found = await search.nearest(vector, 9, plans);
        const rounded = (hits: typeof near = []) =>
          hits.map(({ doc, similarity }) => [mine.planOf[doc], similarity.toFixed(5)]);
        expect(rounded(found)).toEqual(rounded(near));
      }
    }
    await close();
  });

  it('finds nothing where there are none, though to the database no plans are all plans', async () => {
    await ingestOf(smallCorpus(2));
    const { index, search, close } = await openShared();
    expect(await search.lexical(query, 5, [])).toHaveLength(5);
    const nothing = sharedSearch(restrictIndex(index, new Set()))!;
    expect(await nothing.lexical(query, 5, [])).toEqual([]);
    expect(await nothing.nearest(await embedding.embeddings.embedQuery(question), 5, [])).toEqual([]);
    await close();
  });

  it('is searched in its copy when the database fails', async () => {
    await ingestOf(smallCorpus(2));
    const { index, close } = await openShared();
    const part = restrictIndex(index, new Set([index.plans[1]!.facts.id]));
    await close();
    expect(await sharedSearch(part)?.lexical(query, 5, [])).toBeUndefined();
  });
});

describe('a server', () => {
  it('needs the address alone: no corpus, no index of its own', async () => {
    const corpus = smallCorpus(3);
    await ingestOf(corpus);
    const assistant = await openAssistant({
      corpusDir: join(temporary('nothing'), 'corpus'),
      indexDir: temporary('copy'),
      store: database.url,
    });
    expect(assistant.plans()).toHaveLength(3);
    const answer = await assistant.ask({ question: '第2号市改善水环境要落实什么责任制' });
    expect(answer.citations[0]?.quote).toContain('责任制');
    await assistant.close();
  });

  it('that finds no index in the database builds it from its corpus, for all', async () => {
    const lines: string[] = [];
    const first = await openAssistant({
      corpusDir: smallCorpus(2),
      indexDir: temporary('index'),
      store: database.url,
      log: (line) => lines.push(line),
    });
    expect(lines).toEqual(['重建索引：数据库里还没有索引']);
    const { index, close } = await openShared();
    expect(index.plans).toHaveLength(2);
    await close();
    await first.close();
  });

  it('opens again from its copy, without fetching it', async () => {
    await ingestOf(smallCorpus(2));
    const { close, indexDir } = await openShared();
    await close();
    await database.exec('DELETE FROM guiwen.files');
    await (await openShared(indexDir)).close();
    await expect(openShared()).rejects.toThrow();
  });

  it('fetches no graph of vectors; whoever moves the index to files gets it after all', async () => {
    const corpus = smallCorpus(2);
    await ingestOf(corpus);
    const { index, close, indexDir } = await openShared();
    await close();
    expect(index.vectors).toBeUndefined();
    expect(readdirSync(generationOf(indexDir))).not.toContain(GRAPH_FILE);
    await bringOut(database.url, indexDir);
    expect((await open(corpus, indexDir)).vectors).toBeDefined();
  });

  it('fetches a copy that was damaged again, and leaves no older one lying about', async () => {
    await ingestOf(smallCorpus(2));
    const first = await openShared();
    await first.close();
    writeFileSync(join(generationOf(first.indexDir), 'lexical.bin'), 'damaged');
    const again = await openShared(first.indexDir);
    expect(again.index.plans).toHaveLength(2);
    await again.close();
    await ingestOf(smallCorpus(3));
    const newer = await openShared(first.indexDir);
    expect(newer.index.plans).toHaveLength(3);
    expect(readdirSync(first.indexDir).filter((name) => /gen-/.test(name))).toEqual([
      basename(generationOf(first.indexDir)),
    ]);
    // What is still served from the older one is answered.
    expect(again.index.passages[0]?.text).not.toBe('');
    await newer.close();
  });

  it('searches its copy when its generation is gone from the database, and says so', async () => {
    await ingestOf(smallCorpus(2));
    const { index, search, close, logged } = await openShared();
    for (const plans of [3, 4]) await ingestOf(smallCorpus(plans));
    expect(await search.lexical(query, 5, [])).toBeUndefined();
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(/^改在本机副本中查找：/);
    const { assistantOver } = await import('../../src/assistant.ts');
    const hits = await assistantOver(index).search({ query: question, k: 3 });
    expect(hits).toHaveLength(3);
    await close();
  });

  it('says that the database cannot be reached, without its address', async () => {
    const error = await openAssistant({
      corpusDir: 'corpus',
      indexDir: temporary('index'),
      store: 'postgres://guiwen:hunter2@127.0.0.1:1/plans',
    }).catch((e) => e);
    expect(error).toBeInstanceOf(PostgresError);
    expect(error.message).toMatch(/^连不上 STORE 所指的数据库。/);
    expect(error.message).not.toMatch(/hunter2|127/);
  });

  it('refuses an index built with another embedding', async () => {
    await ingestOf(smallCorpus(2));
    const foreign = { ...embedding, id: 'another' };
    await expect(openSharedIndex(database.url, temporary('copy'), foreign)).rejects.toThrow('向量模型已更换');
  });
});

describe('an ingest', () => {
  it('replaces the index whole, and keeps the one before for the servers that search it', async () => {
    for (const plans of [1, 2, 3, 4]) await ingestOf(smallCorpus(plans));
    const { index, close } = await openShared();
    expect(index.plans).toHaveLength(4);
    await close();
    expect(await schemas()).toEqual(['guiwen_3', 'guiwen_4']);
  });

  it('that fails half way leaves the index in use as it was', async () => {
    await ingestOf(smallCorpus(2));
    await database.exec('CREATE SCHEMA guiwen_2');
    await expect(ingestOf(smallCorpus(3))).rejects.toThrow(PostgresError);
    const { index, search, close } = await openShared();
    expect(index.plans).toHaveLength(2);
    expect(await search.lexical(query, 5, [])).toHaveLength(5);
    await close();
  });

  it('at the same time as others: they take turns, and what is in use is one of theirs, whole', async () => {
    // Older ones, which each of them would clear away.
    for (const plans of [1, 1]) await ingestOf(smallCorpus(plans));
    const sizes = [2, 3, 4];
    const built = await Promise.all(
      sizes.map(async (plans) => {
        const [corpusDir, indexDir] = [smallCorpus(plans), temporary('index')];
        await build(corpusDir, indexDir);
        return { corpusDir, indexDir, embedding };
      }),
    );
    expect(await Promise.all(built.map((one) => bringIn(database.url, one)))).toEqual([true, true, true]);
    expect(await schemas()).toEqual(['guiwen_4', 'guiwen_5']);
    const { index, search, close } = await openShared();
    expect(sizes).toContain(index.plans.length);
    const [{ count } = { count: 0 }] = await database.rows<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${(await schemas()).at(-1)}.passages`,
    );
    expect(count).toBe(index.passages.length);
    expect(await search.lexical(query, 5, [])).toEqual(index.lexical.search(query, 5));
    await close();
  });

  it('of the same files changes nothing', async () => {
    const corpusDir = smallCorpus(2);
    const indexDir = await ingestOf(corpusDir);
    expect(await bringIn(database.url, { corpusDir, indexDir, embedding })).toBe(false);
    expect(await schemas()).toEqual(['guiwen_1']);
  });

  it('through the assistant goes to the database', async () => {
    const report = await ingest({
      corpusDir: smallCorpus(3),
      indexDir: temporary('index'),
      store: database.url,
    });
    expect(report.documents).toBe(3);
    const { index, close } = await openShared();
    expect(index.plans).toHaveLength(3);
    await close();
  });
});

describe('an index moved', () => {
  it('from files to the database and back is the same, byte by byte', async () => {
    const corpus = smallCorpus(3);
    const indexDir = temporary('index');
    await build(corpus, indexDir);
    expect(await bringIn(database.url, { corpusDir: corpus, indexDir, embedding })).toBe(true);
    const back = temporary('back');
    await bringOut(database.url, back);
    const opened = await open(corpus, back);
    expect(opened.plans).toHaveLength(3);
    const files = (dir: string) =>
      readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((e) => e.isFile())
        .map((e) => relative(dir, join(e.parentPath, e.name)))
        .filter((name) => name !== 'glossary.yaml')
        .sort();
    const [from, to] = [generationOf(indexDir), generationOf(back)];
    expect(files(to)).toEqual(files(from));
    for (const file of files(from)) {
      expect(readFileSync(join(to, file)).equals(readFileSync(join(from, file))), file).toBe(true);
    }
  });

  it('keeps its glossary', async () => {
    const corpus = smallCorpus(2);
    writeFileSync(
      join(corpus, 'glossary.yaml'),
      'terms:\n  - { term: 水环境, everyday: [河里的水], english: [water environment] }\n',
    );
    await ingestOf(corpus);
    const { index, close } = await openShared();
    expect(index.glossary.entries.map(({ term }) => term)).toEqual(['水环境']);
    await close();
  });

  it('from a database that holds none is refused', async () => {
    await expect(bringOut(database.url, temporary('back'))).rejects.toThrow(IndexError);
  });

  it('never writes outside its folder, whatever the database says', async () => {
    await ingestOf(smallCorpus(1));
    await database.exec("UPDATE guiwen.files SET name = '../../out.json' WHERE name = 'english.json'");
    const dir = join(temporary('back'), 'a', 'b');
    mkdirSync(dir, { recursive: true });
    await expect(bringOut(database.url, dir)).rejects.toThrow('不合法的文件名');
  });

  it('refuses an index of which a file was changed in the database', async () => {
    await ingestOf(smallCorpus(1));
    await database.exec("UPDATE guiwen.files SET bytes = '[]' WHERE name = 'english.json'");
    await expect(openShared()).rejects.toThrow('索引文件损坏：english.json');
  });
});

it('a copy of an index that leaves plans out is not searched in the database', async () => {
  const corpus = smallCorpus(1);
  const indexDir = temporary('index');
  await build(corpus, indexDir);
  const index = await open(corpus, indexDir);
  searchBy(index, { lexical: async () => [], nearest: async () => [], close: async () => {} });
  expect(sharedSearch(index)).toBeDefined();
  expect(sharedSearch({ ...index, plans: [] })).toBeUndefined();
});
