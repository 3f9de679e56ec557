/**
 * An opened index with some of its plans only, as if the others had never been read.
 * @module
 */
import type { OpenIndex } from './open.ts';
import { searchBy, searchOfPart, sharedSearch } from './shared.ts';
import type { PlanVectors } from './vectors.ts';

/**
 * The index of the plans whose ids are in `ids`; ids of no plan are ignored. Documents and plans are numbered anew
 * from 0. Texts, passages and vectors are shared with the whole index, so it costs postings and numbers only. There
 * is no graph of vectors: they are searched exactly.
 */
export function restrictIndex(index: OpenIndex, ids: ReadonlySet<string>): OpenIndex {
  const kept = index.plans.flatMap((plan, n) => (ids.has(plan.facts.id) ? [n] : []));
  const numberOf = new Map(kept.map((old, n) => [old, n]));
  const docs: number[] = [];
  index.planOf.forEach((plan, doc) => {
    if (numberOf.has(plan)) docs.push(doc);
  });
  const docOf = new Map(docs.map((old, n) => [old, n]));
  const pick = <T>(list: readonly T[], numbers: readonly number[]) => numbers.map((n) => list[n] as T);
  const sources = pick(index.manifest.sources, kept);
  const lexical = index.lexical.within(docs);
  const part: OpenIndex = {
    ...index,
    manifest: {
      ...index.manifest,
      // Which other documents there are, read or skipped, is nobody's business here.
      sources,
      skipped: [],
      files: [],
      counts: { ...index.manifest.counts, plans: kept.length, passages: docs.length },
    },
    plans: pick(index.plans, kept),
    passages: pick(index.passages, docs),
    planOf: Uint16Array.from(docs, (doc) => numberOf.get(index.planOf[doc] as number) as number),
    lexical,
    vectors: undefined,
    planVectors: pick(index.planVectors, kept).map(
      ({ values, owners }): PlanVectors => ({
        values,
        owners: owners.map(({ doc, nth }) => ({ doc: docOf.get(doc) as number, nth })),
      }),
    ),
    enrichment: pick(index.enrichment, docs),
  };
  const shared = sharedSearch(index);
  if (shared) searchBy(part, searchOfPart(shared, index.lexical, { plans: kept, docOf, lexical }));
  return part;
}
