/**
 * Slots: what a question is about and must itself stand in the evidence — its year, its place, its subject, and
 * what it presumes.
 * @module
 */
import type { OpenIndex } from '../index/open.ts';
import { fold, squash } from '../language/normalise.ts';
import { docsThatMayHold } from '../retrieval/holding.ts';
import { passageWords, presence } from '../retrieval/search.ts';
import type { Concept, Understood } from '../retrieval/understand.ts';
import { questionWords } from '../retrieval/understand.ts';
import type { Evidence } from './evidence.ts';

/** The words that make a question's subject: those that say most. */
export function coreConcepts(query: Understood, weights: readonly number[]): number[] {
  const all = query.concepts.flatMap((c, i) =>
    c.weight >= 0.8 && !c.place && !/^\d/.test(c.text) ? [i] : [],
  );
  const subjects = all.filter((i) => !questionWords.details.includes((query.concepts[i] as Concept).text));
  const nouns = subjects.length > 0 ? subjects : all;
  const top = Math.max(0, ...nouns.map((i) => weights[i] as number));
  return nouns.filter((i) => (weights[i] as number) >= 0.6 * top);
}

/** Whether evidence is about the subject: the unit, its lead, headings or the words before it name it. */
export function onSubject(evidence: Evidence, core: readonly number[], weights: readonly number[]): boolean {
  const total = core.reduce((sum, i) => sum + (weights[i] as number), 0);
  if (total === 0) return false;
  return (
    core.reduce((sum, i) => sum + (evidence.close[i] as number) * (weights[i] as number), 0) / total >= 0.6
  );
}

/** Whether the unit gives a value for the years asked for. */
export function givesYear(evidence: Evidence, query: Understood): boolean {
  if (!evidence.yearFits) return false;
  const { row } = evidence.unit;
  if (!row) return !query.asks.has('number') || evidence.kindFits;
  return query.years.every((year) => {
    const columns = row.table.header.flatMap((h, i) => (h.includes(String(year)) ? [i] : []));
    return columns.length === 0 || columns.some((i) => !/^[—–\-\s]*$/.test(row.row.cells[i]?.text ?? ''));
  });
}

/** Places the question asks about, other than those of the plans it is asked of. */
export function placesAsked(query: Understood, index: OpenIndex): Concept[] {
  const own = new Set(
    query.scope.only
      .concat(query.scope.preferred)
      .flatMap((n) => index.plans[n]?.facts.regions ?? [])
      .map(fold),
  );
  return query.concepts.filter((c) => c.place && !own.has(c.text) && isNamed(c.text, index));
}

/** A place by its ending or because a plan names it; the segmenter alone takes too many words for places. */
const isNamed = (place: string, index: OpenIndex) =>
  !/^[东西南北中]{1,3}部?$/.test(place) &&
  (/[省市区县州镇乡]$|街道$/.test(place) ||
    questionWords.provinces.includes(place) ||
    isPrinted(place, docsThatMayHold(index, [place]), index, '省市区县州镇'));

/**
 * Whether one of some documents prints a word.
 * @param before characters of which one must follow it; anything may if left out
 */
export function isPrinted(word: string, docs: Iterable<number>, index: OpenIndex, before = ''): boolean {
  for (const doc of docs) {
    const { body } = passageWords(index, doc);
    for (let at = body.indexOf(word); at >= 0; at = body.indexOf(word, at + 1)) {
      const next = body[at + word.length];
      if (before === '' || (next !== undefined && before.includes(next))) return true;
    }
  }
  return false;
}

/** Whether the unit, or what stands right before it, names the place. */
export function namesPlace({ unit }: Evidence, place: Concept): boolean {
  return (
    presence(place, squash(unit.before + unit.text)) >= 0.9 ||
    squash(unit.before + unit.text).includes(place.text.replace(/[省市区县州镇乡]$/, '').padEnd(2, '　'))
  );
}

const printsNumber = (text: string, number: string) =>
  new RegExp(`(?<![\\d.])${number.replace('.', '\\.')}(?![\\d.]\\d|\\d)`).test(text);

/** The part of a 为什么 question that the evidence contradicts: a change it does not speak of, numbers it does not print. */
export function brokenPremise(query: Understood, evidence: readonly Evidence[]): string | undefined {
  if (!query.asks.has('reason')) return undefined;
  const { folded } = query;
  const texts = evidence.map((e) => squash(e.unit.before + e.unit.text));
  const change = questionWords.changes.find((w) => folded.includes(w));
  if (change && !texts.some((t) => t.includes(change))) return change;
  const fromTo = /从(\d+(?:\.\d+)?)%?.{0,12}?(?:到|至|成|为)(\d+(?:\.\d+)?)/.exec(folded);
  if (fromTo) {
    const [, from, to] = fromTo as unknown as [string, string, string];
    const told = texts.some(
      (t) => printsNumber(t, from) && printsNumber(t, to) && t.indexOf(from) < t.lastIndexOf(to),
    );
    if (!told) return `从${from}到${to}`;
  }
  const numbers = [...folded.matchAll(/(?<![\d.])(\d+(?:\.\d+)?)(?![\d.]|年)/g)]
    .map((m) => m[1] as string)
    .filter((n) => !/^(?:19|20)\d\d$/.test(n) && n !== '2.5');
  const missing = numbers.find((n) => !texts.some((t) => printsNumber(t, n)));
  return missing;
}
