/**
 * The same answers from files and from PostgreSQL, on the regression suite's development half: on every sixth question,
 * or on all of them with COMPARE=all, which prints the two side by side.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Answer } from '../../src/answer/types.ts';
import type { Assistant } from '../../src/assistant.ts';
import { assistantOver } from '../../src/assistant.ts';
import { builtinEmbedding } from '../../src/embedding/index.ts';
import { bringIn, openSharedIndex } from '../../src/index/postgres/index.ts';
import { CORPUS, IN_2024, openShared, sharedIndexDir } from '../opened-corpus.ts';
import type { TestDatabase } from '../postgres/database.ts';
import { startDatabase } from '../postgres/database.ts';

const DEVELOPMENT = join(import.meta.dirname, '../regression/development');
const EVERY = process.env.COMPARE === 'all' ? 1 : 6;

interface Case {
  readonly id: string;
  readonly question: string;
  readonly history?: { role: 'user' | 'assistant'; content: string }[];
}

let database: TestDatabase;
let files: Assistant;
let shared: Assistant;
let dir: string;
const faults: string[] = [];
let close = async () => {};

beforeAll(async () => {
  ({ assistant: files } = await openShared());
  database = await startDatabase();
  const embedding = builtinEmbedding();
  await bringIn(database.url, { indexDir: sharedIndexDir(), corpusDir: CORPUS, embedding });
  dir = await mkdtemp(join(tmpdir(), 'guiwen-copy-'));
  const opened = await openSharedIndex(database.url, dir, embedding, (line) => faults.push(line));
  close = opened.close;
  shared = assistantOver(opened.index, IN_2024);
}, 240_000);
afterAll(async () => {
  await close();
  await database?.stop();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

const told = ({ status, reason, answer, citations }: Answer) => ({
  status,
  reason,
  answer,
  quotes: citations.map(({ passageId, label, quote }) => `${passageId} ${label} ${quote}`),
});

it('answers alike from both', async () => {
  const cases = readdirSync(DEVELOPMENT)
    .sort()
    .flatMap((file) => readFileSync(join(DEVELOPMENT, file), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Case)
    .filter((_c, n) => n % EVERY === 0);
  expect(cases.length).toBeGreaterThan(50);
  const tally = { questions: 0, statuses: 0, answers: 0, passages: 0 };
  const found = async (assistant: Assistant, query: string) =>
    (await assistant.search({ query, k: 10 })).map(({ id }) => id);
  for (const { id, question, history = [] } of cases) {
    const request = { question, ...(history.length > 0 && { history }) };
    const [one, other] = [told(await files.ask(request)), told(await shared.ask(request))];
    expect(other, id).toEqual(one);
    const [these, those] = [await found(files, question), await found(shared, question)];
    tally.questions++;
    tally.statuses += Number(one.status === other.status);
    tally.answers += Number(JSON.stringify(one) === JSON.stringify(other));
    tally.passages += Number(JSON.stringify(these) === JSON.stringify(those));
  }
  if (EVERY === 1) console.log('questions, and of how many both stores say the same:', tally);
  expect(faults).toEqual([]);
  // The graph of vectors in files may miss a near one among the last of its candidates; comparing all misses none.
  expect(tally.passages / tally.questions).toBeGreaterThan(0.9);
}, 240_000);
