/**
 * A background of questions that no plan answers: how near a question is to one of them, in the built-in
 * embedding's space. Compared with how near it is to the corpus it tells whether it is about the plans at all.
 * @module
 */
import { readFileSync } from 'node:fs';
import { embedText } from '../embedding/builtin.ts';
import { dotProduct } from '../embedding/dot.ts';

let vectors: Float32Array[] | undefined;

/** Embeds the background once; call early. */
export function loadBackground(): readonly Float32Array[] {
  vectors ??= readFileSync(new URL('./data/off-topic.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map(embedText);
  return vectors;
}

/** Cosine similarity of a question to the nearest background question, 0…1. */
export function offTopicSimilarity(question: string): number {
  const vector = embedText(question);
  let best = 0;
  for (const other of loadBackground()) {
    best = Math.max(best, dotProduct(vector, other));
  }
  return best;
}
