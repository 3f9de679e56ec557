/**
 * What a statement may stand on: the sentences and table rows of a passage, each with its clauses read for numbers,
 * years, places and turns, and with the words that stand around it.
 * @module
 */
import type { OpenIndex } from '../../index/open.ts';
import { fold, matchable } from '../../language/normalise.ts';
import type { Cell, Passage } from '../../plan/types.ts';
import type { Hit } from '../../retrieval/search.ts';
import type { Unit } from '../units.ts';
import { unitsOf } from '../units.ts';
import type { Quantity, Year } from './quantities.ts';
import { BOUND_WORDS, numbersIn, ORDINALS } from './quantities.ts';
import type { Turn, Word } from './words.ts';
import { bare, clausesOf, indicatorNames, placesIn, turnsIn, wordsOf } from './words.ts';

/** A clause with what it says. */
export interface Clause {
  /** Folded. */
  readonly text: string;
  readonly squashed: string;
  readonly quantities: readonly Quantity[];
  readonly years: readonly Year[];
  readonly places: readonly string[];
  readonly turns: readonly Turn[];
  readonly words: readonly Word[];
}

/** A sentence or row of a passage. */
export interface Ground {
  readonly unit: Unit;
  /** The passage's number in the prompt. */
  readonly handle: number;
  /** The sentence or row itself. */
  readonly own: string;
  /** What stands right by it: its paragraph's beginning, its lead, the heading above, its table's header. */
  readonly near: string;
  /** What names its subject without saying anything of it: its lead, the heading above, its table's header. */
  readonly above: string;
  /** All headings above it. */
  readonly headings: string;
  /** The plan's names. */
  readonly names: string;
  readonly clauses: readonly Clause[];
  /** What a row is about: the last part of its indicator's name, or its first cell that is no number. */
  readonly subject: readonly Word[];
  /** Years said last before it, in its paragraph or in the headings. */
  readonly before: readonly number[];
}

/** What statements are read with. */
export interface Lexicon {
  readonly index: OpenIndex;
  readonly regions: readonly string[];
  readonly indicators: readonly string[];
}

const lexicons = new WeakMap<OpenIndex, Lexicon>();

/** The names an index knows: made once. */
export function lexiconOf(index: OpenIndex): Lexicon {
  let lexicon = lexicons.get(index);
  if (!lexicon) {
    lexicon = {
      index,
      regions: [...new Set(index.plans.flatMap((p) => p.facts.regions).map(fold))].filter((r) =>
        /^\p{Script=Han}{2,}$/u.test(r),
      ),
      indicators: indicatorNames(
        index.plans.flatMap((p, n) => (index.entries[n]?.indicators ? p.indicators.map((i) => i.name) : [])),
      ),
    };
    lexicons.set(index, lexicon);
  }
  return lexicon;
}

/** Reads a clause, folded. */
export function readClause(text: string, lexicon: Lexicon): Clause {
  const numbers = numbersIn(text);
  return {
    text,
    squashed: bare(text),
    ...numbers,
    places: placesIn(text, lexicon.regions),
    turns: turnsIn(text),
    words: wordsOf(wordsOnly(text, numbers)),
  };
}

/** A text without its numbers and their bounds, which are compared as numbers. */
function wordsOnly(text: string, { quantities, years }: ReturnType<typeof numbersIn>): string {
  let out = text;
  for (const { start, end } of [...quantities, ...years])
    out = out.slice(0, start) + '，'.repeat(end - start) + out.slice(end);
  return out.replace(BOUND_WORDS, '，').replace(ORDINALS, '，');
}

const read = new WeakMap<Passage, readonly Omit<Ground, 'handle'>[]>();

/** The grounds of a passage; read once for every passage. */
export function groundsOf(hit: Hit, handle: number, lexicon: Lexicon): Ground[] {
  let grounds = read.get(hit.passage);
  if (!grounds) {
    grounds = readGrounds(hit, lexicon);
    read.set(hit.passage, grounds);
  }
  return grounds.map((ground) => ({ ...ground, unit: { ...ground.unit, hit }, handle }));
}

function readGrounds(hit: Hit, lexicon: Lexicon): Omit<Ground, 'handle'>[] {
  return unitsOf(hit, lexicon.index).map((unit): Omit<Ground, 'handle'> => {
    const { facts } = unit.plan;
    const { path, context } = hit.passage;
    const widest = facts.regions[0] ?? '';
    const aliases = facts.regions.filter((r) => widest.includes(r) || r.includes(widest));
    const headings = path.join('\n');
    const header = unit.row ? `${unit.row.table.title} ${unit.row.table.header.join(' ')}` : '';
    const beforeYears = numbersIn(fold(unit.before)).years.map((y) => y.year);
    const headingYears = numbersIn(fold(`${path.at(-1) ?? ''} ${header}`)).years.map((y) => y.year);
    return {
      unit,
      own: bare(matchable(unit.text)),
      near: bare(`${unit.before}\n${unit.lead}\n${path.at(-1) ?? ''}\n${context}\n${header}`),
      above: bare(`${unit.lead}\n${path.at(-1) ?? ''}\n${context}\n${header}`),
      headings: bare(headings),
      names: bare(
        `${facts.title}\n${facts.shortNames.join('\n')}\n${aliases.join('\n')}\n${facts.issuer ?? ''}`,
      ),
      clauses: unit.row
        ? rowClauses(unit.row, lexicon)
        : clausesOf(unit.text).map((c) => readClause(c, lexicon)),
      subject: unit.row ? rowSubject(unit) : [],
      before: beforeYears.length > 0 ? beforeYears.slice(-2) : headingYears,
    };
  });
}

function rowSubject(unit: Unit): Word[] {
  const indicator = unit.plan.indicators.find((i) => i.start === unit.start);
  const name = indicator?.name ?? namesIn(unit.row?.row.cells ?? [])[0]?.text ?? '';
  return wordsOf(fold(name.split(/\s+/).at(-1) ?? ''));
}

/** Cells that hold no number; an item's own number (7．, [7]) and the digits of a name are none. */
const namesIn = (cells: readonly Cell[]) =>
  cells.filter(
    ({ text }) =>
      text !== '' &&
      !/\d/.test(
        text
          .normalize('NFKC')
          .replace(/^\s*(?:[[(]\d{1,2}[\])]|\d{1,2}[.、](?!\d))/, '')
          .replace(/pm\s*2\.5|pm10/gi, ''),
      ),
  );

/** A row's clauses: for every cell with a number the row's names, the column's header and the cell. */
function rowClauses({ row, table }: NonNullable<Unit['row']>, lexicon: Lexicon): Clause[] {
  const names = namesIn(row.cells);
  const label = names.map((c) => c.text).join(' ');
  const clauses = row.cells.flatMap((cell, i) => {
    if (cell.text === '' || names.includes(cell)) return [];
    const header = table.header[i] ?? '';
    const parts = clausesOf(cell.text);
    return parts.map((part): Clause => {
      const read = readClause(part, lexicon);
      const whole = readClause(fold(`${label} ${header} ${part}`), lexicon);
      const years = numbersIn(fold(header)).years;
      return { ...whole, quantities: read.quantities, years: read.years.length > 0 ? read.years : years };
    });
  });
  return [...clauses, readClause(fold(label), lexicon)];
}
