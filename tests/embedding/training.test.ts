import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { heldOut, UNSEEN, unseenQuestions } from '../../src/embedding/train.ts';

const lines = readFileSync(
  new URL('../../src/embedding/data/statutes.questions.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { statute: string; article: number; questions: string[] });

it('holds out of training every statute it is measured on, those of the second suite among them', () => {
  const held = heldOut();
  for (const set of UNSEEN)
    for (const { statute } of unseenQuestions(set)) expect(held, statute).toContain(statute);
  const suite = new URL('../regression/statutes/documents.json', import.meta.url);
  const { documents } = JSON.parse(readFileSync(suite, 'utf8')) as { documents: { path: string }[] };
  for (const { path } of documents)
    expect(
      held.some((name) => path.split('/').at(-1)?.startsWith(name)),
      path,
    ).toBe(true);
  expect(lines.filter(({ statute }) => held.includes(statute))).toEqual([]);
});

it('has questions of its own for articles of many statutes, none for two articles', () => {
  expect(new Set(lines.map((l) => l.statute)).size).toBeGreaterThanOrEqual(100);
  const questions = lines.flatMap((l) => l.questions);
  expect(new Set(questions).size).toBe(questions.length);
  for (const { article, questions: asked } of lines) {
    expect(article).toBeGreaterThan(0);
    expect(asked.length).toBeGreaterThan(0);
  }
});
