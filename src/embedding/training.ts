/**
 * The arithmetic of training: latent semantic analysis for a start, then a symmetric contrastive objective (InfoNCE,
 * van den Oord et al. 2018) over pairs of texts with the other pairs of the batch as negatives.
 * @module
 */
import { normalise, seeded, sumRows } from './model.ts';
import type { Bag } from './tokens.ts';

/**
 * Token vectors from the documents they occur in: the leading eigenvectors of the idf-weighted co-occurrence matrix,
 * by subspace iteration, each scaled by the square root of its singular value; rows of length 1. Rows of tokens that occur nowhere are zero.
 */
export function latentSemantics(
  documents: readonly Bag[],
  idf: Float32Array,
  tokens: number,
  dimension: number,
  rounds: number,
): Float32Array {
  const random = seeded(1);
  let basis = Float32Array.from({ length: tokens * dimension }, () => random() - 0.5);
  const lengths: number[] = [];
  for (let round = 0; round < rounds; round++) {
    orthonormalise(basis, tokens, dimension);
    const next = new Float32Array(tokens * dimension);
    for (const { ids, weights } of documents) {
      const scaled = weights.map((w, k) => w * idf[ids[k]!]!);
      if (normalise(scaled) === 0) continue;
      const sum = sumRows(basis, dimension, ids, scaled);
      addRows(next, dimension, ids, scaled, sum);
    }
    basis = next;
  }
  for (let d = 0; d < dimension; d++) {
    let norm = 0;
    for (let t = 0; t < tokens; t++) norm += basis[t * dimension + d]! ** 2;
    lengths.push(Math.sqrt(norm));
  }
  // After the last round column d is eigenvector × eigenvalue λ; λ^¼ is the square root of the singular value.
  for (let t = 0; t < tokens; t++) {
    const row = basis.subarray(t * dimension, (t + 1) * dimension);
    for (let d = 0; d < dimension; d++) row[d]! *= lengths[d]! ** -0.75;
    normalise(row);
  }
  return basis;
}

/** Adds `weights[k] × vector` to the rows of a bag. */
function addRows(
  rows: Float32Array,
  dimension: number,
  ids: Int32Array,
  weights: Float32Array,
  vector: Float32Array,
): void {
  for (let k = 0; k < ids.length; k++) {
    const at = ids[k]! * dimension;
    const weight = weights[k]!;
    for (let d = 0; d < dimension; d++) rows[at + d]! += weight * vector[d]!;
  }
}

/** Gram–Schmidt on the columns of a row-major matrix. */
function orthonormalise(matrix: Float32Array, rows: number, columns: number): void {
  const column = Array.from({ length: columns }, (_x, d) => {
    const c = new Float32Array(rows);
    for (let t = 0; t < rows; t++) c[t] = matrix[t * columns + d]!;
    return c;
  });
  column.forEach((c, d) => {
    for (let e = 0; e < d; e++) {
      const other = column[e]!;
      let dot = 0;
      for (let t = 0; t < rows; t++) dot += c[t]! * other[t]!;
      for (let t = 0; t < rows; t++) c[t]! -= dot * other[t]!;
    }
    normalise(c);
    for (let t = 0; t < rows; t++) matrix[t * columns + d] = c[t]!;
  });
}

/** Two texts that belong together; pairs of one batch with the same group are no negatives of each other. */
export interface Pair {
  readonly left: Bag;
  readonly right: Bag;
  readonly group: number;
}

/** How a step of training is done. */
export interface StepOptions {
  readonly temperature: number;
  readonly rate: number;
}

/** Trains rows in place, one batch at a time (AdaGrad with one accumulator a row). */
export class Trainer {
  readonly #rows: Float32Array;
  readonly #dimension: number;
  /** Rows from here on stay as they are. */
  readonly #frozenFrom: number;
  readonly #squares: Float32Array;
  readonly #gradient: Float32Array;

  constructor(rows: Float32Array, dimension: number, frozenFrom: number) {
    this.#rows = rows;
    this.#dimension = dimension;
    this.#frozenFrom = frozenFrom;
    this.#squares = new Float32Array(rows.length / dimension);
    this.#gradient = new Float32Array(rows.length);
  }

  /** One batch; returns its loss. */
  step(pairs: readonly Pair[], { temperature, rate }: StepOptions): number {
    const n = pairs.length;
    const left = this.#embed(pairs.map((p) => p.left));
    const right = this.#embed(pairs.map((p) => p.right));
    const logits = new Float32Array(n * n);
    const D = this.#dimension;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (i !== j && pairs[i]!.group === pairs[j]!.group) {
          logits[i * n + j] = -1e9;
          continue;
        }
        let dot = 0;
        const a = i * D;
        const b = j * D;
        for (let d = 0; d < D; d++) dot += left.units[a + d]! * right.units[b + d]!;
        logits[i * n + j] = dot / temperature;
      }
    }
    // Half of the loss asks every left for its right, half every right for its left.
    const pull = new Float32Array(n * n);
    let loss = 0;
    for (const [outer, inner] of [
      [n, 1],
      [1, n],
    ] as const) {
      for (let i = 0; i < n; i++) {
        let top = -Infinity;
        for (let j = 0; j < n; j++) top = Math.max(top, logits[i * outer + j * inner]!);
        let sum = 0;
        for (let j = 0; j < n; j++) sum += Math.exp(logits[i * outer + j * inner]! - top);
        for (let j = 0; j < n; j++)
          pull[i * outer + j * inner]! += Math.exp(logits[i * outer + j * inner]! - top) / sum;
        pull[i * n + i]! -= 1;
        loss -= (logits[i * n + i]! - top - Math.log(sum)) / (2 * n);
      }
    }
    const scale = 1 / (2 * n * temperature);
    const toLeft = new Float32Array(n * D);
    const toRight = new Float32Array(n * D);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const g = pull[i * n + j]! * scale;
        if (Math.abs(g) < 1e-7) continue;
        const a = i * D;
        const b = j * D;
        for (let d = 0; d < D; d++) {
          toLeft[a + d]! += g * right.units[b + d]!;
          toRight[b + d]! += g * left.units[a + d]!;
        }
      }
    }
    const touched = new Set<number>();
    pairs.forEach(({ left: bag }, i) => {
      this.#backward(bag, left, i, toLeft, touched);
    });
    pairs.forEach(({ right: bag }, i) => {
      this.#backward(bag, right, i, toRight, touched);
    });
    this.#apply(touched, rate);
    return loss;
  }

  #embed(bags: readonly Bag[]): { units: Float32Array; norms: number[] } {
    const D = this.#dimension;
    const units = new Float32Array(bags.length * D);
    const norms = bags.map(({ ids, weights }, i) => {
      const sum = sumRows(this.#rows, D, ids, weights);
      const norm = normalise(sum);
      units.set(sum, i * D);
      return norm;
    });
    return { units, norms };
  }

  /** Through the normalisation to the rows of one text. */
  #backward(
    { ids, weights }: Bag,
    { units, norms }: { units: Float32Array; norms: number[] },
    i: number,
    gradient: Float32Array,
    touched: Set<number>,
  ): void {
    const D = this.#dimension;
    const norm = norms[i]!;
    if (norm === 0) return;
    const unit = units.subarray(i * D, (i + 1) * D);
    const g = gradient.slice(i * D, (i + 1) * D);
    let along = 0;
    for (let d = 0; d < D; d++) along += g[d]! * unit[d]!;
    for (let d = 0; d < D; d++) g[d] = (g[d]! - along * unit[d]!) / norm;
    addRows(this.#gradient, D, ids, weights, g);
    for (const id of ids) touched.add(id);
  }

  #apply(touched: ReadonlySet<number>, rate: number): void {
    const D = this.#dimension;
    for (const id of touched) {
      const at = id * D;
      let square = 0;
      for (let d = 0; d < D; d++) square += this.#gradient[at + d]! ** 2;
      if (id < this.#frozenFrom && square > 0) {
        this.#squares[id]! += square / D;
        const step = rate / Math.sqrt(this.#squares[id]!);
        for (let d = 0; d < D; d++) this.#rows[at + d]! -= step * this.#gradient[at + d]!;
      }
      this.#gradient.fill(0, at, at + D);
    }
  }
}
