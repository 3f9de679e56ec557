/**
 * The units an extractive answer is made of: whole sentences of a passage, or table rows. Long sentences are taken
 * apart at semicolons.
 * @module
 */

import type { OpenIndex } from '../index/open.ts';
import { matchable, squash } from '../language/normalise.ts';
import type { Passage, Plan, Span, Table, TableRow } from '../plan/types.ts';
import { meaningOf } from '../retrieval/nearness.ts';
import type { Hit } from '../retrieval/search.ts';

/** A stretch of a plan's text that can stand as a statement. */
export interface Unit extends Span {
  readonly plan: Plan;
  readonly planNumber: number;
  readonly hit: Hit;
  readonly text: string;
  /** The paragraph's lead sentence, if the unit is not that itself. */
  readonly lead: string;
  /** The words of the paragraph before the unit: they may hold its year or subject. */
  readonly before: string;
  /** The unit is a lead sentence: it names, it does not tell. */
  readonly isLead: boolean;
  readonly row?: { readonly table: Table; readonly row: TableRow };
  /** The same words without white space, for matching; `title` is the heading right above. */
  readonly squashed: {
    readonly own: string;
    readonly lead: string;
    readonly before: string;
    readonly title: string;
  };
  /** What the unit means, as a vector. */
  readonly meaning: Float32Array;
}

type BareUnit = Omit<Unit, 'hit' | 'squashed' | 'meaning'>;
const unitsOfPassage = new WeakMap<Passage, readonly Omit<Unit, 'hit'>[]>();

/** A sentence longer than this is taken apart at its semicolons. */
const SENTENCE_MAX = 170;

/** Units of a found passage, in order; cut once for every passage. */
export function unitsOf(hit: Hit, index: OpenIndex): Unit[] {
  const { passage } = hit;
  let units = unitsOfPassage.get(passage);
  if (!units) {
    const title = squash(passage.path.at(-1) ?? '');
    units = cut(passage, index.plans[hit.plan] as Plan, hit.plan).map((unit) => ({
      ...unit,
      squashed: { own: matchable(unit.text), lead: squash(unit.lead), before: squash(unit.before), title },
      meaning: meaningOf(unit.text),
    }));
    unitsOfPassage.set(passage, units);
  }
  // An index of some plans shares its passages with the whole one, but numbers its plans itself.
  return units.map((unit) => ({ ...unit, planNumber: hit.plan, hit }));
}

function cut(passage: Passage, plan: Plan, planNumber: number): BareUnit[] {
  const base = { plan, planNumber };
  if (passage.kind === 'row') {
    const table = plan.tables.find((t) => t.start <= passage.start && passage.end <= t.end);
    const row = table?.rows.find((r) => r.start <= passage.start && passage.end <= r.end);
    const text = plan.text.slice(passage.start, passage.end);
    return [
      {
        ...base,
        start: passage.start,
        end: passage.end,
        text,
        lead: '',
        before: '',
        isLead: false,
        ...(table && row ? { row: { table, row } } : {}),
      },
    ];
  }
  if (passage.kind === 'heading') return [];
  const body = bodyOf(passage, plan);
  const units: BareUnit[] = [];
  let paragraphStart = body.start;
  let lead = '';
  for (const span of sentences(plan.text, body)) {
    if (span.start > body.start && plan.text.slice(paragraphStart, span.start).includes('\n')) {
      paragraphStart = span.start;
      lead = '';
    }
    const text = plan.text.slice(span.start, span.end);
    const isLead = span.start === paragraphStart && isLeadSentence(text) && span.end < body.end;
    units.push({
      ...base,
      ...span,
      text,
      lead: isLead ? '' : lead,
      before: plan.text.slice(paragraphStart, span.start),
      isLead,
    });
    if (isLead) lead = text;
  }
  return units;
}

const isLeadSentence = (text: string) =>
  text.length <= 38 && /。$/.test(text) && !/\d/.test(text) && !/[；：]/.test(text);

/** A passage without the heading line it begins with. */
function bodyOf(passage: Passage, plan: Plan): Span {
  const heading = passage.path.at(-1);
  const firstLine = plan.text.slice(passage.start, passage.end).split('\n')[0] ?? '';
  const startsWithHeading = heading !== undefined && squash(firstLine) === squash(heading);
  const start = startsWithHeading
    ? Math.min(passage.end, passage.start + firstLine.length + 1)
    : passage.start;
  return { start, end: passage.end };
}

/** Sentences of a span: ended by 。！？ or a line's end, list marks left out; over-long ones cut at semicolons. */
export function sentences(text: string, span: Span): Span[] {
  const out: Span[] = [];
  const push = (start: number, end: number) => {
    let from = start;
    let to = end;
    while (from < to && /\s/.test(text[from] as string)) from++;
    while (to > from && /\s/.test(text[to - 1] as string)) to--;
    const mark =
      /^(?:——|[-·•●] ?|(?:\d{1,2}|[０-９]{1,2})[．.、](?!\d)|第[〇零一二三四五六七八九十百千\d]{1,7}条(?:之[一二三四五六七八九十]{1,3})?(?=\s))\s*/.exec(
        text.slice(from, Math.min(to, from + 16)),
      )?.[0].length ?? 0;
    from += mark;
    if (to > from) out.push({ start: from, end: to });
  };
  let start = span.start;
  for (let i = span.start; i < span.end; i++) {
    const c = text[i] as string;
    if (c === '\n' || /[。！？]/.test(c)) {
      let end = i + 1;
      while (end < span.end && /[”’）】》]/.test(text[end] as string)) end++;
      push(start, end);
      start = end;
      i = end - 1;
    }
  }
  if (start < span.end) push(start, span.end);
  return out.flatMap((s) => (s.end - s.start <= SENTENCE_MAX ? [s] : splitAtSemicolons(text, s)));
}

function splitAtSemicolons(text: string, span: Span): Span[] {
  const parts: Span[] = [];
  let start = span.start;
  for (let i = span.start; i < span.end; i++) {
    if (/[；;]/.test(text[i] as string) && i + 1 - start >= 12) {
      parts.push({ start, end: i + 1 });
      start = i + 1;
    }
  }
  if (start < span.end) parts.push({ start, end: span.end });
  return parts;
}
