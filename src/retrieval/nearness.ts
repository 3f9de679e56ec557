/**
 * How near two texts are in meaning, by the built-in embedding, whatever embedding the index was made with: the
 * answer looks at single sentences, which no index holds vectors of.
 * @module
 */
import { embedText } from '../embedding/builtin.ts';
import { dotProduct } from '../embedding/dot.ts';

/** The vector of a text, of length 1. */
export const meaningOf = (text: string): Float32Array => embedText(text);

/** Cosine similarity of two vectors of {@link meaningOf}, −1…1. */
export const nearnessOf = (a: Float32Array, b: Float32Array): number => dotProduct(a, b);
