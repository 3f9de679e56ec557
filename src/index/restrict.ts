/**
 * An opened index with some of its plans only, as if the others had never been read.
 * @module
 */
import { listOf } from './lazy.ts';
import type { OpenIndex } from './open.ts';
import { searchBy, searchOfPart, sharedSearch } from './shared.ts';
import type { PlanEntry } from './store.ts';
import type { PlanVectors } from './vectors.ts';
import { restrictWords } from './words.ts';

/**
 * The index of the plans whose ids are in `ids`; ids of no plan are ignored. Documents and plans are numbered anew
 * from 0. Texts, passages and vectors are shared with the whole index, so it costs postings and numbers only. There
 * is no graph of vectors: they are searched exactly.
 */
export function restrictIndex(index: OpenIndex, ids: ReadonlySet<string>): OpenIndex {
  const kept = index.entries.flatMap(({ facts }, n) => (ids.has(facts.id) ? [n] : []));
  let passages = 0;
  let vectors = 0;
  const entries = kept.map((old): PlanEntry => {
    const entry = index.entries[old] as PlanEntry;
    const moved = {
      ...entry,
      passages: { ...entry.passages, first: passages },
      vectors: { ...entry.vectors, first: vectors },
    };
    passages += entry.passages.count;
    vectors += entry.vectors.count;
    return moved;
  });
  const docs = new Uint32Array(passages);
  const planOf = new Uint32Array(passages);
  entries.forEach((entry, n) => {
    const { first, count } = entry.passages;
    const old = (index.entries[kept[n] as number] as PlanEntry).passages.first;
    for (let i = 0; i < count; i++) docs[first + i] = old + i;
    planOf.fill(n, first, first + count);
  });
  const pick = <T>(list: readonly T[], numbers: ArrayLike<number>) =>
    listOf(numbers.length, (n) => list[numbers[n] as number] as T);
  const lexical = index.lexical.within(docs);
  const part: OpenIndex = {
    ...index,
    manifest: {
      ...index.manifest,
      // Which other documents there are, read or skipped, is nobody's business here.
      sources: kept.map((n) => index.manifest.sources[n] as (typeof index.manifest.sources)[number]),
      skipped: [],
      files: [],
      counts: { ...index.manifest.counts, plans: kept.length, passages, vectors },
    },
    entries,
    plans: kept.map((n) => index.plans[n] as (typeof index.plans)[number]),
    passages: pick(index.passages, docs),
    planOf,
    lexical,
    vectors: undefined,
    planVectors: listOf(kept.length, (n): PlanVectors => {
      const old = kept[n] as number;
      const by = (entries[n] as PlanEntry).passages.first - (index.entries[old] as PlanEntry).passages.first;
      const { values, owners } = index.planVectors[old] as PlanVectors;
      return { values, owners: owners.map(({ doc, nth }) => ({ doc: doc + by, nth })) };
    }),
    enrichment: pick(index.enrichment, docs),
    words: restrictWords(index.words, kept),
  };
  const shared = sharedSearch(index);
  if (shared) searchBy(part, searchOfPart(shared, index, part, kept));
  return part;
}
