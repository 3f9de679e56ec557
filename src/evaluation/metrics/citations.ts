/**
 * Citation metrics: precision and coverage on gold spans, quote fidelity, locators, plans.
 * @module
 */
import type { Citation } from '../../answer/types.ts';
import type { PlanText } from '../match.ts';
import { compact, looseHaystack, saysIn } from '../match.ts';
import type { SuiteCase } from '../suite.ts';
import type { Found, PlanTexts } from './hits.ts';
import { asksForPlace, goldRanks, hits } from './hits.ts';
import { recallAt } from './retrieval.ts';

/** A citation as a stretch. */
export function citationAsFound(citation: Citation): Found {
  return {
    planId: citation.plan.id,
    start: citation.start,
    end: citation.end,
    text: citation.quote,
    path: citation.path,
  };
}

/** Whether a citation hits a gold span. */
export function citesGold(citation: Citation, entry: SuiteCase, texts: PlanTexts): boolean {
  const headings = asksForPlace(entry);
  return entry.gold.some((gold) => hits(citationAsFound(citation), gold, texts, { headings }));
}

/** Whether a citation is to the point: it hits a gold span, or its quote holds a `must` string. */
export function isToThePoint(citation: Citation, entry: SuiteCase, texts: PlanTexts): boolean {
  if (citesGold(citation, entry, texts)) return true;
  const quote = looseHaystack(citation.quote);
  return entry.must.some((group) => group.some((alternative) => saysIn(quote, alternative)));
}

/** Simple citation precision: the share of citations that are to the point; undefined without citations. */
export function citationPrecision(
  citations: readonly Citation[],
  entry: SuiteCase,
  texts: PlanTexts,
): number | undefined {
  if (citations.length === 0) return undefined;
  return citations.filter((c) => isToThePoint(c, entry, texts)).length / citations.length;
}

/**
 * Citation coverage: whether the gold is cited. need any: 1 if a citation hits any span; need all: the share of
 * spans that some citation hits.
 */
export function citationCoverage(citations: readonly Citation[], entry: SuiteCase, texts: PlanTexts): number {
  return recallAt(
    goldRanks(citations.map(citationAsFound), entry, texts),
    entry.need,
    Number.POSITIVE_INFINITY,
  );
}

/** Quote fidelity of one citation: the quote is what stands at its offsets, unit by unit. */
export function isVerbatim(citation: Citation, texts: PlanTexts): boolean {
  const plan = texts.get(citation.plan.id);
  return (
    plan !== undefined &&
    citation.quote !== '' &&
    citation.start >= 0 &&
    citation.end <= plan.text.length &&
    plan.text.slice(citation.start, citation.end) === citation.quote
  );
}

/** Where the plan's outline says an offset stands. */
export interface Located {
  readonly path: readonly string[];
  readonly label: string;
}

/**
 * Locator accuracy of one citation: its path is the one recomputed from its offsets, its label begins with that
 * node's label, every heading of the path really stands in the plan before the quote's end, and where the citation
 * hits a gold span whose headings the author gave, the path holds them.
 */
export function isWellLocated(
  citation: Citation,
  located: Located | undefined,
  entry: SuiteCase,
  texts: PlanTexts,
): boolean {
  const plan = texts.get(citation.plan.id);
  if (!plan || !located) return false;
  const path = citation.path.map(compact);
  if (path.join('\n') !== located.path.map(compact).join('\n')) return false;
  if (!compact(citation.label).startsWith(compact(located.label))) return false;
  if (!headingsStandBefore(citation, plan)) return false;
  const hit = entry.gold.filter((gold) => gold.path && hits(citationAsFound(citation), gold, texts));
  return hit.length === 0 || hit.some((gold) => gold.path?.every((h) => path.includes(compact(h))));
}

function headingsStandBefore(citation: Citation, plan: PlanText): boolean {
  const { end } = plan.toCompact(citation);
  let from = 0;
  for (const heading of citation.path) {
    const place = plan.find(heading).find((p) => p.start >= from && p.end <= end);
    if (!place) return false;
    from = place.start;
  }
  return true;
}

/** Citations of plans a right answer may not cite; empty where the author set no limit. */
export function strayCitations(citations: readonly Citation[], entry: SuiteCase): Citation[] {
  if (entry.plans.length === 0) return [];
  return citations.filter((c) => !entry.plans.includes(c.plan.id));
}
