/**
 * The built-in embedding's model file: a vocabulary and one int8 vector with its scale for each token. Written by
 * `npm run train:embedding`, described by `model.json` beside it.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BUCKETS } from './tokens.ts';

const descriptionSchema = z.object({
  format: z.literal(1),
  dimension: z.number().int().min(8).max(1024),
  tokens: z.number().int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
/** What `model.json` says of `model.bin`. */
export type ModelDescription = z.infer<typeof descriptionSchema>;

/** A model ready for use: row `i` of `rows` belongs to token `i`; the rows after the vocabulary to its buckets. */
export interface Model {
  readonly dimension: number;
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly rows: Float32Array;
}

/** A model file that cannot be used; the message says which and what to do. */
export class ModelError extends Error {
  constructor(file: string, what: string) {
    super(`内置向量模型 ${file} ${what}。请重新安装本软件，或运行 npm run train:embedding 重新生成。`);
    this.name = 'ModelError';
  }
}

/**
 * Reads `model.json`.
 * @throws ModelError if it is missing or invalid
 */
export function readDescription(file: string): ModelDescription {
  let raw: string;
  try {
    raw = readFileSync(file, 'utf8');
  } catch {
    throw new ModelError(file, '缺失');
  }
  try {
    return descriptionSchema.parse(JSON.parse(raw));
  } catch {
    throw new ModelError(file, '内容无效');
  }
}

/**
 * Reads `model.bin` (some 20 MB in memory) and checks it against its description.
 * @throws ModelError if it is missing or its checksum differs
 */
export function readModel(file: string, description: ModelDescription): Model {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new ModelError(file, '缺失');
  }
  if (createHash('sha256').update(bytes).digest('hex') !== description.sha256) {
    throw new ModelError(file, '已损坏（校验和不符）');
  }
  const { dimension, tokens } = description;
  const words = bytes.readUInt32LE(0);
  const vocabulary = new Map(
    bytes
      .toString('utf8', 4, 4 + words)
      .split('\n')
      .map((token, i) => [token, i]),
  );
  let at = 4 + words;
  if (vocabulary.size !== tokens || bytes.length !== at + tokens * (4 + dimension)) {
    throw new ModelError(file, '与 model.json 不符');
  }
  const rows = new Float32Array((tokens + BUCKETS) * dimension);
  const scaleAt = at;
  at += 4 * tokens;
  for (let t = 0; t < tokens; t++) {
    const scale = bytes.readFloatLE(scaleAt + 4 * t);
    for (let d = 0; d < dimension; d++) rows[t * dimension + d] = bytes.readInt8(at++) * scale;
  }
  rows.set(bucketRows(dimension), tokens * dimension);
  return { dimension, vocabulary, rows };
}

/** `model.bin` of a vocabulary and its rows (without buckets), and its description. */
export function writeModel(
  vocabulary: readonly string[],
  rows: Float32Array,
  dimension: number,
): { bytes: Buffer; description: ModelDescription } {
  const words = Buffer.from(vocabulary.join('\n'), 'utf8');
  const head = Buffer.alloc(4);
  head.writeUInt32LE(words.length);
  const scales = Buffer.alloc(4 * vocabulary.length);
  const values = Buffer.alloc(dimension * vocabulary.length);
  for (let t = 0; t < vocabulary.length; t++) {
    const row = rows.subarray(t * dimension, (t + 1) * dimension);
    const scale = Math.fround(Math.max(1e-6, ...row.map(Math.abs)) / 127);
    scales.writeFloatLE(scale, 4 * t);
    row.forEach((x, d) => {
      values.writeInt8(Math.max(-127, Math.min(127, Math.round(x / scale))), t * dimension + d);
    });
  }
  const bytes = Buffer.concat([head, words, scales, values]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, description: { format: 1, dimension, tokens: vocabulary.length, sha256 } };
}

/**
 * Vectors of the buckets, the same for every model of a dimension: random signs, so that two texts that share an
 * unknown name are near and nothing else is.
 */
export function bucketRows(dimension: number): Float32Array {
  const random = seeded(20_250_101);
  const unit = 1 / Math.sqrt(dimension);
  return Float32Array.from({ length: BUCKETS * dimension }, () => (random() < 0.5 ? -unit : unit));
}

/** Mulberry32: uniform numbers in [0, 1) from a seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Adds up the rows of a bag; not normalised. */
export function sumRows(
  rows: Float32Array,
  dimension: number,
  ids: Int32Array,
  weights: Float32Array,
): Float32Array {
  const sum = new Float32Array(dimension);
  for (let k = 0; k < ids.length; k++) {
    const at = ids[k]! * dimension;
    const weight = weights[k]!;
    for (let d = 0; d < dimension; d++) sum[d]! += weight * rows[at + d]!;
  }
  return sum;
}

/** Scales a vector to length 1 in place and returns the length it had; zero stays zero. */
export function normalise(vector: Float32Array): number {
  let norm = 0;
  for (const x of vector) norm += x * x;
  norm = Math.sqrt(norm);
  if (norm > 0) for (let d = 0; d < vector.length; d++) vector[d]! /= norm;
  return norm;
}
