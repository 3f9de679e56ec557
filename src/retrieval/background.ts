/**
 * A background of questions that no plan answers: how near a question is to one of them, in the built-in
 * embedding's space. Compared with how near it is to the corpus it tells whether it is about the plans at all.
 * @module
 */
import { readFileSync } from 'node:fs';
import { BUILTIN_DIMENSION, embedText } from '../embedding/builtin.ts';
import { dotProduct } from '../embedding/dot.ts';

let vectors: Float32Array | undefined;

/** Embeds the background once, one vector after the other; call early. */
export function loadBackground(): Float32Array {
  if (!vectors) {
    const lines = readFileSync(new URL('./data/off-topic.txt', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
    vectors = new Float32Array(lines.length * BUILTIN_DIMENSION);
    for (const [n, line] of lines.entries()) vectors.set(embedText(line), n * BUILTIN_DIMENSION);
  }
  return vectors;
}

/** Cosine similarity of a question to the nearest background question, 0…1. */
export function offTopicSimilarity(question: string): number {
  const vector = embedText(question);
  let best = 0;
  const others = loadBackground();
  for (let at = 0; at < others.length; at += vector.length)
    best = Math.max(best, dotProduct(vector, others, at));
  return best;
}
