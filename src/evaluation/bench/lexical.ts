/**
 * Lexical search beside MiniSearch, Orama and SQLite FTS5: the same texts, cut into the same terms by the same
 * function, the ten best of every question.
 * @module
 */
import { create, insert, search as searchOrama } from '@orama/orama';
import Database from 'better-sqlite3';
import MiniSearch from 'minisearch';
import { LexicalBuilder, LexicalIndex } from '../../index/lexical.ts';
import { terms } from '../../language/segment.ts';
import type { Passage } from '../../plan/types.ts';
import { head, mb, ms, resident, row, timed, timeEach } from './measure.ts';
import type { World } from './world.ts';
import { goldInFirstFive, percent, textOf } from './world.ts';

/** Finds the ten best documents. */
type Search = (question: string) => readonly number[] | Promise<readonly number[]>;
/** Builds an index of texts; undefined if the time is up. */
type Build = (texts: Iterable<string>, isTimeUp: () => boolean) => Promise<Search | undefined>;

/** Questions a search that takes seconds is asked. */
const FEW = 60;

const ours: Build = async (texts) => {
  const builder = new LexicalBuilder();
  for (const text of texts) builder.add([{ terms: terms(text), weight: 1 }]);
  const index = new LexicalIndex(builder.build());
  return (question) =>
    index
      .search(
        terms(question).map((term) => ({ term, weight: 1 })),
        10,
      )
      .map((hit) => hit.doc);
};

const miniSearch: Build = async (texts, isTimeUp) => {
  const index = new MiniSearch<{ id: number; text: string }>({
    fields: ['text'],
    tokenize: terms,
    processTerm: (term) => term,
  });
  let id = 0;
  for (const text of texts) {
    if (isTimeUp()) return undefined;
    index.add({ id: id++, text });
  }
  return (question) =>
    index
      .search(question)
      .slice(0, 10)
      .map((hit) => hit.id as number);
};

const orama: Build = async (texts, isTimeUp) => {
  const index = create({
    schema: { text: 'string' } as const,
    components: {
      tokenizer: {
        language: 'chinese',
        normalizationCache: new Map(),
        tokenize: (text: string) => [...new Set(terms(text))],
      },
    },
  });
  let id = 0;
  for (const text of texts) {
    if (isTimeUp()) return undefined;
    await insert(index, { id: String(id++), text });
  }
  return async (question) =>
    (await searchOrama(index, { term: question, limit: 10, threshold: 1 })).hits.map((hit) => Number(hit.id));
};

const fts5: Build = async (texts, isTimeUp) => {
  const db = new Database(':memory:');
  // Terms are words to it as they are: a letter, digit, point or percent sign each belong to one.
  db.exec(`CREATE VIRTUAL TABLE t USING fts5(text, content='', tokenize="unicode61 tokenchars '.%'")`);
  const add = db.prepare('INSERT INTO t(rowid, text) VALUES (?, ?)');
  let id = 0;
  db.exec('BEGIN');
  for (const text of texts) {
    if (isTimeUp()) return undefined;
    add.run(id++, terms(text).join(' '));
  }
  db.exec('COMMIT');
  const find = db.prepare('SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10').pluck();
  return (question) => {
    const words = [...new Set(terms(question))].map((term) => `"${term}"`);
    return words.length === 0 ? [] : (find.all(words.join(' OR ')) as number[]);
  };
};

const CONTENDERS: readonly (readonly [string, Build])[] = [
  ['typed-array BM25 (ours)', ours],
  ['SQLite FTS5 (better-sqlite3, in memory)', fts5],
  ['MiniSearch', miniSearch],
  ['Orama', orama],
];

/** Prints the comparison. @param limitMs what building one index may take */
export async function compareLexical(world: World, limitMs: number): Promise<void> {
  const { index, name, questions } = world;
  console.log(`## Lexical search: ${name}, ${index.passages.length} passages\n`);
  console.log(
    `The same terms for all; cutting text and question into them is part of every time. Building may take ${ms(limitMs)}.\n`,
  );
  head('index', 'built in', 'memory', 'p50', 'p95', 'gold in first 5');
  for (const [contender, build] of CONTENDERS) {
    const before = resident();
    const deadline = performance.now() + limitMs;
    const { value: search, ms: took } = await timed(() =>
      build(textsOf(index.passages), () => performance.now() > deadline),
    );
    if (!search) {
      row(contender, `not within ${ms(limitMs)}`, '–', '–', '–', '–');
      continue;
    }
    const memory = resident() - before;
    const first = await timed(() => search(questions[0]?.question ?? ''));
    const asked = (first.ms > 30 ? questions.slice(0, FEW) : questions).map((q) => q.question);
    const { p50, p95 } = await timeEach(asked, search);
    const gold = await goldInFirstFive({ ...world, questions: questions.slice(0, asked.length) }, search);
    row(contender, ms(took), mb(Math.max(0, memory)), ms(p50), ms(p95), percent(gold));
  }
  console.log();
}

function* textsOf(passages: readonly Passage[]): Generator<string> {
  for (let doc = 0; doc < passages.length; doc++) yield textOf(passages[doc] as Passage);
}
