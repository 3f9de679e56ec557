/**
 * The lexical index: BM25 over typed-array postings. Every posting holds its whole contribution to the score, so
 * that a search only adds numbers up.
 *
 * BM25 after Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond"; the fields of a
 * document are weighted before saturation (BM25F, section 3.5.1 there).
 * @module
 */

/** Saturation of term frequency; the usual 1.2. */
const K1 = 1.2;
/** Length normalisation; below the usual 0.75 since passages have much the same length. */
const B = 0.6;

/** One field of a document: its terms with repetitions, and what a term in it counts. */
export interface WeightedField {
  readonly terms: readonly string[];
  readonly weight: number;
}

/** A query term with its weight (1 for a word of the question, less for an expansion). */
export interface WeightedTerm {
  readonly term: string;
  readonly weight: number;
}

/** A found document: its number and BM25 score. */
export interface LexicalHit {
  readonly doc: number;
  readonly score: number;
}

/** Collects documents and builds the index. Documents are numbered in the order they are added, from 0. */
export class LexicalBuilder {
  readonly #postings = new Map<string, { docs: number[]; tfs: number[] }>();
  readonly #lengths: number[] = [];

  add(fields: readonly WeightedField[]): void {
    const doc = this.#lengths.length;
    const tf = new Map<string, number>();
    let length = 0;
    for (const field of fields) {
      for (const term of field.terms) tf.set(term, (tf.get(term) ?? 0) + field.weight);
      length += field.terms.length * field.weight;
    }
    this.#lengths.push(length);
    for (const [term, count] of tf) {
      let list = this.#postings.get(term);
      if (!list) {
        list = { docs: [], tfs: [] };
        this.#postings.set(term, list);
      }
      list.docs.push(doc);
      list.tfs.push(count);
    }
  }

  /** How many of the documents so far hold a term. */
  count(term: string): number {
    return this.#postings.get(term)?.docs.length ?? 0;
  }

  /** The finished index in its binary form, which `LexicalIndex` opens. */
  build(): Buffer {
    const n = this.#lengths.length;
    const average = this.#lengths.reduce((a, b) => a + b, 0) / Math.max(1, n);
    const words = [...this.#postings.keys()].sort();
    const total = words.reduce((sum, w) => sum + (this.#postings.get(w)?.docs.length ?? 0), 0);
    const offsets = new Uint32Array(words.length + 1);
    const docs = new Uint32Array(total);
    const scores = new Float32Array(total);
    const idfs = new Float32Array(words.length);
    let at = 0;
    words.forEach((word, w) => {
      const list = this.#postings.get(word) as { docs: number[]; tfs: number[] };
      offsets[w] = at;
      const idf = idfOf(n, list.docs.length);
      idfs[w] = idf;
      for (let i = 0; i < list.docs.length; i++) {
        const doc = list.docs[i] as number;
        const tf = list.tfs[i] as number;
        const norm = K1 * (1 - B + (B * (this.#lengths[doc] as number)) / average);
        docs[at] = doc;
        scores[at] = (idf * tf * (K1 + 1)) / (tf + norm);
        at++;
      }
    });
    offsets[words.length] = at;
    return serialise({ size: n, words, offsets, idfs, docs, scores });
  }
}

const MAGIC = 'GWLEX001';
const HEADER_BYTES = 24;
const bytes = (array: Uint32Array | Float32Array) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** Inverse document frequency of a term that `count` of `size` documents hold. */
const idfOf = (size: number, count: number) => Math.log(1 + (size - count + 0.5) / (count + 0.5));

/** The parts of an index in their binary form. */
function serialise(parts: {
  readonly size: number;
  readonly words: readonly string[];
  readonly offsets: Uint32Array;
  readonly idfs: Float32Array;
  readonly docs: Uint32Array;
  readonly scores: Float32Array;
}): Buffer {
  const { size, words, offsets, idfs, docs, scores } = parts;
  const dictionary = Buffer.from(words.join('\n'), 'utf8');
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  [size, words.length, docs.length, dictionary.length].forEach((value, i) => {
    header.writeUInt32LE(value, 8 + 4 * i);
  });
  const padding = Buffer.alloc((4 - (dictionary.length % 4)) % 4);
  return Buffer.concat([
    header,
    bytes(offsets),
    bytes(idfs),
    bytes(docs),
    bytes(scores),
    dictionary,
    padding,
  ]);
}

/** An opened lexical index. */
export class LexicalIndex {
  /** Number of documents. */
  readonly size: number;
  readonly #terms = new Map<string, number>();
  readonly #offsets: Uint32Array;
  readonly #idfs: Float32Array;
  readonly #docs: Uint32Array;
  readonly #scores: Float32Array;
  readonly #accumulator: Float32Array;

  /** @throws Error if the bytes are no lexical index of this version */
  constructor(buffer: Buffer) {
    if (buffer.length < HEADER_BYTES || buffer.toString('latin1', 0, 8) !== MAGIC)
      throw new Error('not a lexical index');
    const [size, words, total, dictionaryBytes] = [0, 1, 2, 3].map((i) => buffer.readUInt32LE(8 + 4 * i)) as [
      number,
      number,
      number,
      number,
    ];
    let at = HEADER_BYTES;
    const take = (length: number) => {
      const copy = new ArrayBuffer(length);
      new Uint8Array(copy).set(buffer.subarray(at, at + length));
      at += length;
      return copy;
    };
    if (buffer.length < HEADER_BYTES + 4 * (words + 1) + 4 * words + 8 * total + dictionaryBytes)
      throw new Error('lexical index cut short');
    this.size = size;
    this.#offsets = new Uint32Array(take(4 * (words + 1)));
    this.#idfs = new Float32Array(take(4 * words));
    this.#docs = new Uint32Array(take(4 * total));
    this.#scores = new Float32Array(take(4 * total));
    if (words > 0) {
      buffer
        .toString('utf8', at, at + dictionaryBytes)
        .split('\n')
        .forEach((word, i) => {
          this.#terms.set(word, i);
        });
    }
    this.#accumulator = new Float32Array(size);
  }

  /**
   * The index of some documents only, numbered by their place in `docs` (ascending): terms of other documents are
   * gone, and a term says as much as it does among these. Lengths stay measured by the whole index's average.
   */
  within(docs: readonly number[]): LexicalIndex {
    const numberOf = new Int32Array(this.size).fill(-1);
    docs.forEach((doc, n) => {
      numberOf[doc] = n;
    });
    const words: string[] = [];
    const offsets: number[] = [0];
    const idfs: number[] = [];
    const kept: number[] = [];
    const scores: number[] = [];
    for (const [word, w] of this.#terms) {
      const first = kept.length;
      for (let i = this.#offsets[w] as number; i < (this.#offsets[w + 1] as number); i++) {
        const doc = numberOf[this.#docs[i] as number] as number;
        if (doc < 0) continue;
        kept.push(doc);
        scores.push(this.#scores[i] as number);
      }
      const count = kept.length - first;
      if (count === 0) continue;
      // As it is kept, so that whoever knows only the kept ones comes to the same scores.
      const idf = Math.fround(idfOf(docs.length, count));
      for (let i = first; i < kept.length; i++) scores[i]! *= idf / (this.#idfs[w] as number);
      words.push(word);
      idfs.push(idf);
      offsets.push(kept.length);
    }
    return new LexicalIndex(
      serialise({
        size: docs.length,
        words,
        offsets: Uint32Array.from(offsets),
        idfs: Float32Array.from(idfs),
        docs: Uint32Array.from(kept),
        scores: Float32Array.from(scores),
      }),
    );
  }

  /** Inverse document frequency of a term; 0 if no document holds it. */
  idf(term: string): number {
    const w = this.#terms.get(term);
    return w === undefined ? 0 : (this.#idfs[w] as number);
  }

  /** Whether any document holds the term. */
  has(term: string): boolean {
    return this.#terms.has(term);
  }

  /** All terms in order, each with its documents, ascending, and what it counts in each. */
  *postings(): Generator<{ term: string; idf: number; docs: Uint32Array; scores: Float32Array }> {
    for (const [term, w] of this.#terms) {
      const [from, to] = [this.#offsets[w], this.#offsets[w + 1]];
      yield {
        term,
        idf: this.#idfs[w] as number,
        docs: this.#docs.subarray(from, to),
        scores: this.#scores.subarray(from, to),
      };
    }
  }

  /**
   * The best documents, best first.
   * @param accept which documents count; all if left out
   */
  search(query: readonly WeightedTerm[], k: number, accept?: (doc: number) => boolean): LexicalHit[] {
    const acc = this.#accumulator;
    const touched: number[] = [];
    for (const { term, weight } of query) {
      const w = this.#terms.get(term);
      if (w === undefined) continue;
      const end = this.#offsets[w + 1] as number;
      for (let i = this.#offsets[w] as number; i < end; i++) {
        const doc = this.#docs[i] as number;
        if (acc[doc] === 0) touched.push(doc);
        acc[doc]! += weight * (this.#scores[i] as number);
      }
    }
    const hits: LexicalHit[] = [];
    for (const doc of touched) {
      const score = acc[doc] as number;
      acc[doc] = 0;
      if (score > 0 && (accept === undefined || accept(doc))) hits.push({ doc, score });
    }
    return topK(hits, k);
  }
}

/** The k best by score, best first; ties in document order. */
export function topK<T extends { readonly score: number; readonly doc: number }>(hits: T[], k: number): T[] {
  const better = (a: T, b: T) => b.score - a.score || a.doc - b.doc;
  if (hits.length > 4 * k) {
    // A threshold from a sorted sample of scores keeps the full sort small.
    const scores = Float32Array.from(hits, (h) => h.score).sort();
    const cut = scores[scores.length - k] as number;
    return hits
      .filter((h) => h.score >= cut)
      .sort(better)
      .slice(0, k);
  }
  return hits.sort(better).slice(0, k);
}
