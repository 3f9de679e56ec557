/**
 * How well a unit answers a question: which of the question's content words it holds by itself, which only its
 * surroundings hold, and whether it holds the kind of thing that was asked for.
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { fold } from '../language/normalise.ts';
import { meaningOf, nearnessOf } from '../retrieval/nearness.ts';
import type { Hit, Pointer } from '../retrieval/search.ts';
import { conceptWeights, passageWords, presence } from '../retrieval/search.ts';
import type { Understood } from '../retrieval/understand.ts';
import { questionWords } from '../retrieval/understand.ts';
import type { Unit } from './units.ts';
import { foldedOf, unitsOf } from './units.ts';

/** A unit with what speaks for it. */
export interface Evidence {
  readonly unit: Unit;
  readonly score: number;
  /** Share of the question's weight that the unit itself holds, 0…1. */
  readonly inside: number;
  /** Share of the question's weight that the unit and its surroundings cover, 0…1. */
  readonly support: number;
  /** Per concept, how much the unit itself holds of it, 0…1. */
  readonly held: readonly number[];
  /** Per concept, unit and surroundings. */
  readonly around: readonly number[];
  /** Per concept, the unit, its lead, the words before it or its headings, whichever holds most of it. */
  readonly close: readonly number[];
  /** Per concept, 1 if the paragraph's lead sentence or the heading right above holds it. */
  readonly lead: readonly number[];
  /** The unit or what goes before it in its paragraph (or its table's header) gives the years asked for. */
  readonly yearFits: boolean;
  /** Cosine similarity of the unit to the question, −1…1. */
  readonly likeness: number;
  /** The kind of thing asked for (a number, a date) stands in the unit. */
  readonly kindFits: boolean;
}

/** What a word found only in the lead, in the paragraph before, or in headings counts beside one in the unit. */
const NEAR = { lead: 0.8, before: 0.6, context: 0.65, passage: 0.4, aids: 0.5 } as const;
/** A passage's rank speaks for its units, too. */
const PASSAGE_SHARE = 0.3;
const PASSAGE_ALONE = 0.8;
/** What it tells of a unit that the nearest enrichment question points to it. */
const POINTER_SHARE = 0.5;
const POINTED = 0.2;
/** What a unit's likeness to the question counts; with {@link POINTED} fitted on the development half. */
const UNIT_SIMILARITY = 1.5;
/** A question without a year is about what the plan aims at, not what it looks back on. */
const OWN_TARGET = 0.15;
/** Units of plans other than those a question prefers stand behind, unless those have nothing on the subject. */
const OTHER_REGION = 0.7;
/** From this support on, a preferred plan does have something on the subject. */
const PREFERRED_SUPPORT = 0.4;
/** So it does with this share of the best support anywhere: in other words than the plans' all support is low. */
const PREFERRED_SHARE = 0.45;

/** Evidence from found passages, best first. */
export function gather(hits: readonly Hit[], query: Understood, index: OpenIndex): Evidence[] {
  const weights = conceptWeights(query.concepts, index);
  const total = weights.reduce((a, b) => a + b, 0) || 1;
  const top = hits[0]?.score || 1;
  const evidence: Evidence[] = [];
  const meaning = meaningOf(query.bare);
  for (const hit of withSiblingRows(hits, index)) {
    const { context, body, aids, pairs } = passageWords(index, hit.doc);
    const inContext = query.concepts.map((c) => presence(c, context, pairs.context));
    const inPassage = query.concepts.map((c) => presence(c, body, pairs.body));
    const inAids = query.concepts.map((c) => (aids ? presence(c, aids, pairs.aids) : 0));
    for (const unit of unitsOf(hit, index)) {
      const { own, lead, before, pairs: ownPairs } = unit.squashed;
      const held = query.concepts.map((c) => presence(c, own, ownPairs));
      const led = query.concepts.map((c) => (lead ? presence(c, lead) : 0));
      const preceded = query.concepts.map((c) => (before ? presence(c, before) : 0));
      const around = query.concepts.map((_c, i) =>
        Math.max(
          held[i] as number,
          NEAR.lead * (led[i] as number),
          NEAR.before * (preceded[i] as number),
          NEAR.context * (inContext[i] as number),
          NEAR.passage * (inPassage[i] as number),
          NEAR.aids * (inAids[i] as number),
        ),
      );
      const close = query.concepts.map((_c, i) =>
        Math.max(held[i] as number, led[i] as number, preceded[i] as number, inContext[i] as number),
      );
      const support = around.reduce((sum, p, i) => sum + p * (weights[i] as number), 0) / total;
      const inside = held.reduce((sum, p, i) => sum + p * (weights[i] as number), 0) / total;
      const yearFits = yearsFit(query.years, unit);
      const kindFits = fitsKind(query, unit);
      const likeness = nearnessOf(meaning, unit.meaning);
      const score =
        0.5 * support +
        0.5 * inside +
        (query.years.length === 0
          ? 0
          : yearFits
            ? query.years.every((y) => yearsOf(unit).own.includes(y))
              ? 0.2
              : 0.1
            : -0.15) +
        (kindFits ? 0.12 : -0.12) +
        (query.asks.has('list') ? Math.min(0.15, 0.03 * (unit.text.match(/、/g)?.length ?? 0)) : 0) +
        UNIT_SIMILARITY * likeness +
        (pointsAt(hit.pointer, unit)
          ? POINTED + POINTER_SHARE * (hit.pointer?.nearness ?? 0) * (1 - inside)
          : 0) +
        ahead(unit, query.years) -
        (unit.isLead ? 0.35 : 0) -
        (hit.passage.kind === 'note' ? 0.25 : 0);
      const title = unit.squashed.title;
      const inLead = query.concepts.map((c) => (presence(c, lead + title) >= 0.7 ? 1 : 0));
      evidence.push({
        unit,
        score,
        inside,
        support,
        held,
        around,
        close,
        lead: inLead,
        yearFits,
        likeness,
        kindFits,
      });
    }
  }
  // The fewer of the question's words the units hold, the more the passages' own ranking tells.
  const held = Math.max(0, ...evidence.map((e) => e.inside));
  const share = PASSAGE_SHARE + PASSAGE_ALONE * (1 - held);
  const ranked = evidence.map((e) => ({ ...e, score: e.score + share * (e.unit.hit.score / top) }));
  return scoped(ranked, query);
}

/** Puts the plans that a question prefers first, or alone if they have something on the subject. */
function scoped(evidence: readonly Evidence[], query: Understood): Evidence[] {
  const { preferred } = query.scope;
  const isPreferred = (e: Evidence) => preferred.includes(e.unit.planNumber);
  const best = Math.max(0, ...evidence.map((e) => e.support));
  if (
    preferred.length > 0 &&
    evidence.some((e) => isPreferred(e) && e.support >= Math.min(PREFERRED_SUPPORT, PREFERRED_SHARE * best))
  ) {
    return evidence.filter(isPreferred).sort((a, b) => b.score - a.score);
  }
  return evidence
    .map((e) => (preferred.length === 0 || isPreferred(e) ? e : { ...e, score: e.score * OTHER_REGION }))
    .sort((a, b) => b.score - a.score);
}

/** The other rows of a table of which a row was found: what is asked for together often stands in rows together. */
function withSiblingRows(hits: readonly Hit[], index: OpenIndex): Hit[] {
  const docs = new Set(hits.map((h) => h.doc));
  const siblings = hits
    .slice(0, 3)
    .filter((h) => h.passage.kind === 'row')
    .flatMap((hit) => {
      const found: Hit[] = [];
      for (const step of [1, -1]) {
        for (
          let doc = hit.doc + step;
          index.passages[doc]?.kind === 'row' &&
          index.passages[doc]?.nodeId === hit.passage.nodeId &&
          index.planOf[doc] === hit.plan;
          doc += step
        ) {
          if (docs.has(doc)) continue;
          docs.add(doc);
          found.push({
            ...hit,
            doc,
            passage: index.passages[doc] as Hit['passage'],
            score: hit.score * 0.6,
            coverage: 0,
            similarity: 0,
            pointer: undefined,
          });
        }
      }
      return found;
    });
  return [...hits, ...siblings];
}

/** The unit stands in a part that looks back on the period before or describes the present. */
const looksBack = (unit: Unit) =>
  unit.hit.passage.path.some((heading) => questionWords.looking_back.some((word) => heading.includes(word)));

/** For a question without a past year: the plan's own aims before what it looks back on. */
function ahead(unit: Unit, asked: readonly number[]): number {
  const period = unit.plan.facts.period;
  if (!period || asked.some((y) => y < period.start)) return 0;
  const { own, table } = yearsOf(unit);
  const years = [...own, ...table];
  if (years.some((y) => y >= period.end)) return OWN_TARGET;
  return (unit.row && years.length > 0 && years.every((y) => y < period.start)) ||
    (asked.length > 0 && looksBack(unit))
    ? -OWN_TARGET
    : 0;
}

/** Whether the nearest enrichment question points to this very unit of its passage. */
export function pointsAt(pointer: Pointer | undefined, unit: Unit): boolean {
  return pointer !== undefined && unit.start <= pointer.offset && pointer.offset < unit.end;
}

/** Years printed in a text. */
export function yearsIn(text: string): number[] {
  return [...fold(text).matchAll(/(?<!\d)((?:19|20)\d\d)(?!\d)/g)].map((m) => Number(m[1]));
}

/** The years of a unit: its own, and those of its table's title and header. */
interface UnitYears {
  readonly own: readonly number[];
  readonly table: readonly number[];
  /** The same read on from header to title. */
  readonly header: readonly number[];
}

const unitYears = new WeakMap<Unit['squashed'], UnitYears>();

/** The years of a unit, kept once read. */
function yearsOf(unit: Unit): UnitYears {
  let years = unitYears.get(unit.squashed);
  if (!years) {
    const { title, header } = unit.row?.table ?? { title: '', header: [] };
    years = {
      own: yearsIn(unit.text),
      table: yearsIn(`${title} ${header.join(' ')}`),
      header: yearsIn(header.join(' ') + title),
    };
    unitYears.set(unit.squashed, years);
  }
  return years;
}

/**
 * Whether a unit speaks of the years asked for: it names them, or the paragraph before it does last, or its table's
 * header does, or it names none and the year is the one its plan's targets are for.
 */
function yearsFit(asked: readonly number[], unit: Unit): boolean {
  if (asked.length === 0) return true;
  const { own, header } = yearsOf(unit);
  const period = unit.plan.facts.period;
  return asked.every((year) => {
    if (own.includes(year) || header.includes(year)) return true;
    if (own.length > 0 || header.length > 0) return false;
    const before = yearsIn(unit.before);
    if (before.length > 0) return before.at(-1) === year;
    // What a plan tells of the period before it are no targets of its own.
    const told = /十([一二三四五六七])五/.exec(`${unit.lead}${unit.before}${unit.text}`)?.[1];
    if (told) return 1955 + 5 * ('一二三四五六七'.indexOf(told) + 10) === year;
    return period !== undefined && year === period.end && !looksBack(unit);
  });
}

const NUMBER = /\d|[一二三四五六七八九十百千万两]+(?:个|项|座|处|家|条|类|种|公里|亩|吨|万|亿|倍|次)/;

function fitsKind(query: Understood, unit: Unit): boolean {
  const { asks } = query;
  const text = foldedOf(unit);
  if (asks.has('date')) return yearsOf(unit).own.length > 0 || /十四五|每年|每季度|月底|年底/.test(text);
  if (asks.has('number'))
    return NUMBER.test(text.replace(/(?:19|20)\d\d年?|十四五|十三五|pm2\.5/g, '')) || unit.row !== undefined;
  if (asks.has('list')) return /[、；]/.test(text) || unit.row !== undefined;
  return true;
}
