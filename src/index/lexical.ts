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
    const work = this.pieces();
    for (;;) {
      const { done, value } = work.next();
      if (done) return Buffer.concat(value);
    }
  }

  /** As `build`, step by step, for work that lets other work go on; the index's parts come at the end. */
  *pieces(): Generator<undefined, Uint8Array[]> {
    const n = this.#lengths.length;
    const average = this.#lengths.reduce((a, b) => a + b, 0) / Math.max(1, n);
    const words: string[] = [];
    for (const some of this.#byFirstUnit()) {
      words.push(...some.sort());
      yield;
    }
    let total = 0;
    for (const list of this.#postings.values()) total += list.docs.length;
    const offsets = new Uint32Array(words.length + 1);
    const wordOffsets = new Uint32Array(words.length + 1);
    const docs = new Uint32Array(total);
    const scores = new Float32Array(total);
    const idfs = new Float32Array(words.length);
    const lengths = Float64Array.from(this.#lengths);
    let at = 0;
    for (const [w, word] of words.entries()) {
      const list = this.#postings.get(word) as { docs: number[]; tfs: number[] };
      offsets[w] = at;
      wordOffsets[w + 1] = (wordOffsets[w] as number) + word.length;
      const idf = idfOf(n, list.docs.length);
      idfs[w] = idf;
      for (let i = 0; i < list.docs.length; i++) {
        const doc = list.docs[i] as number;
        const tf = list.tfs[i] as number;
        const norm = K1 * (1 - B + (B * (lengths[doc] as number)) / average);
        docs[at] = doc;
        scores[at] = (idf * tf * (K1 + 1)) / (tf + norm);
        at++;
      }
      if (w % 256 === 0) yield;
    }
    offsets[words.length] = at;
    const dictionary = new Uint16Array(wordOffsets[words.length] as number);
    for (const [w, word] of words.entries()) {
      const from = wordOffsets[w] as number;
      for (let i = 0; i < word.length; i++) dictionary[from + i] = word.charCodeAt(i);
      if (w % 4096 === 0) yield;
    }
    return serialise({ size: n, offsets, idfs, docs, scores, wordOffsets, dictionary });
  }

  /** The terms in groups that each begin with one UTF-16 unit, in the order of these. */
  #byFirstUnit(): string[][] {
    const groups = new Map<number, string[]>();
    for (const word of this.#postings.keys()) {
      const unit = word.charCodeAt(0);
      const group = groups.get(unit);
      if (group) group.push(word);
      else groups.set(unit, [word]);
    }
    return [...groups].sort((a, b) => a[0] - b[0]).map(([, group]) => group);
  }
}

const MAGIC = 'GWLEX002';
const HEADER_BYTES = 24;
const bytes = (array: Uint32Array | Float32Array | Uint16Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Inverse document frequency of a term that `count` of `size` documents hold. */
const idfOf = (size: number, count: number) => Math.log(1 + (size - count + 0.5) / (count + 0.5));

/** What an index consists of; `dictionary` holds the terms one after the other, sorted by UTF-16 units. */
interface Parts {
  /** Number of documents. */
  readonly size: number;
  /** Where each term's postings begin, and the end of the last. */
  readonly offsets: Uint32Array;
  readonly idfs: Float32Array;
  readonly docs: Uint32Array;
  readonly scores: Float32Array;
  /** Where each term begins in `dictionary`, and the end of the last. */
  readonly wordOffsets: Uint32Array;
  readonly dictionary: Uint16Array;
}

/** The parts of an index in their binary form. */
function serialise({ size, offsets, idfs, docs, scores, wordOffsets, dictionary }: Parts): Uint8Array[] {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  [size, idfs.length, docs.length, dictionary.length].forEach((value, i) => {
    header.writeUInt32LE(value, 8 + 4 * i);
  });
  return [header, ...[offsets, idfs, docs, scores, wordOffsets, dictionary].map(bytes)];
}

/** An opened lexical index. It works on the bytes it was given: nothing is copied or parsed. */
export class LexicalIndex {
  /** Number of documents. */
  readonly size: number;
  /** Number of terms. */
  readonly words: number;
  readonly #wordOffsets: Uint32Array;
  readonly #dictionary: Uint16Array;
  readonly #offsets: Uint32Array;
  readonly #idfs: Float32Array;
  readonly #docs: Uint32Array;
  readonly #scores: Float32Array;
  readonly #accumulator: Float32Array;
  readonly #touched: Uint32Array;

  /** @throws Error if the bytes are no lexical index of this version */
  constructor(buffer: Buffer) {
    if (buffer.length < HEADER_BYTES || buffer.toString('latin1', 0, 8) !== MAGIC)
      throw new Error('not a lexical index');
    const [size, words, total, units] = [0, 1, 2, 3].map((i) => buffer.readUInt32LE(8 + 4 * i)) as [
      number,
      number,
      number,
      number,
    ];
    if (buffer.length < HEADER_BYTES + 8 * (words + 1) + 4 * words + 8 * total + 2 * units)
      throw new Error('lexical index cut short');
    const aligned = buffer.byteOffset % 4 === 0 ? buffer : Buffer.from(new Uint8Array(buffer).buffer);
    let at = aligned.byteOffset + HEADER_BYTES;
    const take = <T>(
      Kind: new (bytes: ArrayBuffer, at: number, length: number) => T,
      width: number,
      count: number,
    ) => {
      const part = new Kind(aligned.buffer as ArrayBuffer, at, count);
      at += width * count;
      return part;
    };
    this.size = size;
    this.words = words;
    this.#offsets = take(Uint32Array, 4, words + 1);
    this.#idfs = take(Float32Array, 4, words);
    this.#docs = take(Uint32Array, 4, total);
    this.#scores = take(Float32Array, 4, total);
    this.#wordOffsets = take(Uint32Array, 4, words + 1);
    this.#dictionary = take(Uint16Array, 2, units);
    this.#accumulator = new Float32Array(size);
    this.#touched = new Uint32Array(size);
  }

  /** The number of a term, or −1: a binary search in the sorted terms. */
  #number(term: string): number {
    let low = 0;
    let high = this.words - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const order = this.#compare(term, middle);
      if (order === 0) return middle;
      if (order < 0) high = middle - 1;
      else low = middle + 1;
    }
    return -1;
  }

  #compare(term: string, word: number): number {
    const from = this.#wordOffsets[word] as number;
    const length = (this.#wordOffsets[word + 1] as number) - from;
    const shorter = Math.min(length, term.length);
    for (let i = 0; i < shorter; i++) {
      const difference = term.charCodeAt(i) - (this.#dictionary[from + i] as number);
      if (difference !== 0) return difference;
    }
    return term.length - length;
  }

  /**
   * The index of some documents only, numbered by their place in `docs` (ascending): terms of other documents are
   * gone, and a term says as much as it does among these. Lengths stay measured by the whole index's average.
   */
  within(docs: Uint32Array): LexicalIndex {
    const numberOf = new Int32Array(this.size).fill(-1);
    docs.forEach((doc, n) => {
      numberOf[doc] = n;
    });
    const kept: number[] = [];
    const counts: number[] = [];
    let total = 0;
    let units = 0;
    for (let w = 0; w < this.words; w++) {
      let count = 0;
      for (let i = this.#offsets[w] as number; i < (this.#offsets[w + 1] as number); i++)
        if ((numberOf[this.#docs[i] as number] as number) >= 0) count++;
      if (count === 0) continue;
      kept.push(w);
      counts.push(count);
      total += count;
      units += (this.#wordOffsets[w + 1] as number) - (this.#wordOffsets[w] as number);
    }
    const parts: Parts = {
      size: docs.length,
      offsets: new Uint32Array(kept.length + 1),
      idfs: Float32Array.from(counts, (count) => idfOf(docs.length, count)),
      docs: new Uint32Array(total),
      scores: new Float32Array(total),
      wordOffsets: new Uint32Array(kept.length + 1),
      dictionary: new Uint16Array(units),
    };
    let at = 0;
    kept.forEach((w, n) => {
      const word = this.#dictionary.subarray(this.#wordOffsets[w], this.#wordOffsets[w + 1]);
      const begins = parts.wordOffsets[n] as number;
      parts.dictionary.set(word, begins);
      parts.wordOffsets[n + 1] = begins + word.length;
      // By the kept one, in 32 bits, so that whoever knows only that comes to the same scores.
      const share = (parts.idfs[n] as number) / (this.#idfs[w] as number);
      for (let i = this.#offsets[w] as number; i < (this.#offsets[w + 1] as number); i++) {
        const doc = numberOf[this.#docs[i] as number] as number;
        if (doc < 0) continue;
        parts.docs[at] = doc;
        parts.scores[at] = (this.#scores[i] as number) * share;
        at++;
      }
      parts.offsets[n + 1] = at;
    });
    return new LexicalIndex(Buffer.concat(serialise(parts)));
  }

  /** Inverse document frequency of a term; 0 if no document holds it. */
  idf(term: string): number {
    const w = this.#number(term);
    return w < 0 ? 0 : (this.#idfs[w] as number);
  }

  /** Whether any document holds the term. */
  has(term: string): boolean {
    return this.#number(term) >= 0;
  }

  /** The numbers of the documents that hold a term, ascending. */
  documentsOf(term: string): Uint32Array {
    const w = this.#number(term);
    return w < 0 ? new Uint32Array(0) : this.#docs.subarray(this.#offsets[w], this.#offsets[w + 1]);
  }

  /** All terms in order, each with its documents, ascending, and what it counts in each. */
  *postings(): Generator<{ term: string; idf: number; docs: Uint32Array; scores: Float32Array }> {
    for (let w = 0; w < this.words; w++) {
      const [from, to] = [this.#offsets[w], this.#offsets[w + 1]];
      yield {
        term: String.fromCharCode(
          ...this.#dictionary.subarray(this.#wordOffsets[w], this.#wordOffsets[w + 1]),
        ),
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
    const touched = this.#touched;
    const docs = this.#docs;
    const scores = this.#scores;
    let reached = 0;
    for (const { term, weight } of query) {
      const w = this.#number(term);
      if (w < 0) continue;
      const end = this.#offsets[w + 1] as number;
      for (let i = this.#offsets[w] as number; i < end; i++) {
        const doc = docs[i] as number;
        const before = acc[doc] as number;
        if (before === 0) touched[reached++] = doc;
        acc[doc] = before + weight * (scores[i] as number);
      }
    }
    const best = new Best(k);
    for (let i = 0; i < reached; i++) {
      const doc = touched[i] as number;
      const score = acc[doc] as number;
      acc[doc] = 0;
      if (score > 0 && best.admits(doc, score) && (accept === undefined || accept(doc))) best.add(doc, score);
    }
    return best.list();
  }
}

/** The k best by score; of equal ones those of lower number. A heap with the least of them on top. */
class Best {
  readonly #k: number;
  readonly #hits: LexicalHit[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  admits(doc: number, score: number): boolean {
    if (this.#hits.length < this.#k) return this.#k > 0;
    const least = this.#hits[0] as LexicalHit;
    return score > least.score || (score === least.score && doc < least.doc);
  }

  /** Adds what is admitted. */
  add(doc: number, score: number): void {
    const hits = this.#hits;
    const hit = { doc, score };
    if (hits.length < this.#k) {
      let at = hits.push(hit) - 1;
      while (at > 0) {
        const up = (at - 1) >> 1;
        if (!isWorse(hit, hits[up] as LexicalHit)) break;
        hits[at] = hits[up] as LexicalHit;
        at = up;
      }
      hits[at] = hit;
      return;
    }
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= hits.length) break;
      if (down + 1 < hits.length && isWorse(hits[down + 1] as LexicalHit, hits[down] as LexicalHit)) down++;
      if (!isWorse(hits[down] as LexicalHit, hit)) break;
      hits[at] = hits[down] as LexicalHit;
      at = down;
    }
    hits[at] = hit;
  }

  list(): LexicalHit[] {
    return this.#hits.sort((a, b) => b.score - a.score || a.doc - b.doc);
  }
}

const isWorse = (a: LexicalHit, b: LexicalHit) => a.score < b.score || (a.score === b.score && a.doc > b.doc);
