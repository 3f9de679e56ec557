/**
 * When a retrieved passage or a quote is at a gold span.
 * @module
 */
import type { PlanText } from '../match.ts';
import { compact, overlap } from '../match.ts';
import type { GoldSpan, SuiteCase } from '../suite.ts';

/** A stretch of a plan that was retrieved or quoted. */
export interface Found {
  readonly planId: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly path: readonly string[];
}

/** Plan texts by id. */
export type PlanTexts = ReadonlyMap<string, PlanText>;

/**
 * Whether a stretch hits a gold span of the same plan: it holds the span's quote, or the quote holds it, or their
 * offsets share at least half of the quote; white space, width and markup aside. With `headings` (questions about
 * where something stands), a stretch whose path names the gold heading hits it too.
 */
export function hits(
  found: Found,
  gold: GoldSpan,
  texts: PlanTexts,
  options: { readonly headings?: boolean } = {},
): boolean {
  if (found.planId !== gold.plan) return false;
  const quote = compact(gold.quote);
  const plan = texts.get(gold.plan);
  const places = plan?.find(gold.quote) ?? [];
  if (plan && places.length > 0) {
    // Every place the quote stands at counts, so that offsets say all there is to say.
    const span = plan.toCompact(found);
    for (const place of places) {
      const shared = overlap(span, place);
      if (shared * 2 >= place.end - place.start || (shared > 0 && shared === span.end - span.start))
        return true;
    }
  } else {
    const text = compact(found.text);
    if (text !== '' && (text.includes(quote) || quote.includes(text))) return true;
  }
  return options.headings === true && found.path.some((heading) => compact(heading) === quote);
}

/** For each gold span, the rank (from 1) of the first stretch that hits it; undefined where none does. */
export function goldRanks(
  ranked: readonly Found[],
  entry: Pick<SuiteCase, 'gold' | 'kind'>,
  texts: PlanTexts,
): (number | undefined)[] {
  const headings = asksForPlace(entry);
  return entry.gold.map((gold) => {
    const at = ranked.findIndex((found) => hits(found, gold, texts, { headings }));
    return at < 0 ? undefined : at + 1;
  });
}

/** Questions whose answer is a heading: there a path that names the heading is as good as the heading itself. */
export function asksForPlace(entry: Pick<SuiteCase, 'kind'>): boolean {
  return entry.kind === 'location' || entry.kind === 'structure';
}
