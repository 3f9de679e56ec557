/**
 * Whether a number of a statement is said in the plan of the same thing: the same value and unit, with the same bound,
 * for the same year and place, of the same subject.
 * @module
 */
import type { Clause, Ground, Lexicon } from './grounds.ts';
import type { Quantity } from './quantities.ts';
import { printsYear } from './quantities.ts';
import type { Statement } from './statement.ts';
import type { Word } from './words.ts';
import { bare, holds, indicatorsIn } from './words.ts';

/** Why a number of a statement's clause does not stand on the ground; undefined if it does. */
export function numberFault(
  statement: Statement,
  clauseNumber: number,
  said: Quantity,
  ground: Ground,
  lexicon: Lexicon,
): string | undefined {
  const shown = (statement.clauses[clauseNumber] as Clause).text.slice(said.start, said.end);
  const equal = ground.clauses.flatMap((clause, i) =>
    clause.quantities.filter((q) => sameAmount(said, q, clause, ground)).map((q) => ({ q, i })),
  );
  if (equal.length === 0) return `所引原文没有数字“${shown}”`;
  const bounded = equal.filter(({ q }) => q.bound === said.bound);
  if (bounded.length === 0) return `“${shown}”的限定（以上、不超过、约等）与所引原文不一致`;
  const years = yearsFor(statement.clauses, clauseNumber, said, []);
  const dated = bounded.filter(({ q, i }) => {
    const printed = yearsFor(ground.clauses, i, q, ground.before);
    const roles = sameRole(said, q, ground) || (q.role === 'from' && years.length > 0 && printed.length > 0);
    if (!roles) return false;
    return years.every((y) => (printed.length > 0 ? printed.includes(y) : printsYear(`${ground.near}`, y)));
  });
  if (dated.length === 0) return `“${shown}”的年份或变化的起止与所引原文不一致`;
  const alike = dated.filter(({ i }) =>
    inTurnAlike(statement.clauses[clauseNumber] as Clause, ground.clauses[i] as Clause),
  );
  if (alike.length === 0) return `“${shown}”在所引原文里是分别说的`;
  const places = placesFor(statement.clauses, clauseNumber, said, lexicon);
  const placed = alike.filter(({ q, i }) => {
    const printed = placesFor(ground.clauses, i, q, lexicon);
    return places.every((p) =>
      printed.length > 0
        ? printed.some((o) => o.includes(p) || p.includes(o))
        : `${ground.near}\n${ground.headings}\n${ground.names}`.includes(p),
    );
  });
  if (placed.length === 0) return `“${shown}”在所引原文里说的不是${places.join('、')}`;
  if (!placed.some(({ q, i }) => sameSubject(statement, clauseNumber, said, q, i, ground, lexicon)))
    return `“${shown}”在所引原文里说的是别的事`;
  return undefined;
}

/** Several things have a number each, in turn: whose it is cannot be told from the one number. */
const EACH = /分别|各(?!级|类|地|区|项|种|方|界|单位|部门|主体)|依次/;

/** Where the plan tells numbers in turn, the statement tells all of them, of the same things in the same order. */
function inTurnAlike(said: Clause, printed: Clause): boolean {
  if (!EACH.test(printed.text)) return !EACH.test(said.text) || said.quantities.length < 2;
  if (!EACH.test(said.text)) return false;
  if (
    said.quantities.length !== printed.quantities.length ||
    said.quantities.some((q, i) => !near(q.value, (printed.quantities[i] as Quantity).value))
  )
    return false;
  const order = said.words
    .toSorted((a, b) => said.squashed.indexOf(a.text) - said.squashed.indexOf(b.text))
    .map((w) => printed.squashed.indexOf(w.text))
    .filter((at) => at >= 0);
  return order.every((at, i) => i === 0 || at > (order[i - 1] as number));
}

const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

function sameAmount(said: Quantity, printed: Quantity, clause: Clause, ground: Ground): boolean {
  const ends = (a: Quantity, b: Quantity, scale: number) =>
    near(a.value, b.value * scale) &&
    (a.high === undefined ? b.high === undefined : b.high !== undefined && near(a.high, b.high * scale));
  if (ends(said, printed, 1) && said.unit === printed.unit) return true;
  // A row's unit stands in its name, its header or its unit's column.
  if (printed.unit !== '' || printed.printed !== '' || said.printed === '' || !ground.unit.row) return false;
  const scale = said.bare === 0 ? 1 : said.value / said.bare;
  return (
    ends(said, printed, scale) &&
    unitStands(said.printed, bare(`${clause.text} ${ground.near} ${ground.own}`))
  );
}

const unitStands = (unit: string, text: string) =>
  text.includes(bare(unit)) || (/^[个座处家项]$/.test(unit) && !text.includes('%'));

function sameRole(said: Quantity, printed: Quantity, ground: Ground): boolean {
  const role = (q: Quantity) => (q.role === 'to' ? undefined : q.role);
  if (role(said) === role(printed)) return true;
  return ground.unit.row !== undefined && printed.role === undefined && said.role === 'by';
}

/** The years a number is said for: those nearest before it in its clause, else after it, else in the clauses before. */
function yearsFor(
  clauses: readonly Clause[],
  n: number,
  quantity: Quantity,
  before: readonly number[],
): readonly number[] {
  const own = (clauses[n] as Clause).years;
  const earlier = own.filter((y) => y.end <= quantity.start);
  const last = earlier.at(-1);
  if (last) return linked(earlier, last, (clauses[n] as Clause).text);
  const next = own[0];
  if (next) return linked(own.toReversed(), next, (clauses[n] as Clause).text);
  for (let i = n - 1; i >= 0; i--) {
    const years = (clauses[i] as Clause).years;
    const nearest = years.at(-1);
    if (nearest) return linked(years, nearest, (clauses[i] as Clause).text);
  }
  return before;
}

/** A year with the one it is joined to: 2021—2025年. */
function linked(years: Clause['years'], year: Clause['years'][number], text: string): number[] {
  const other = years.find(
    (y) =>
      y !== year &&
      /^\s*(?:-+|至|到|、|和)\s*$/.test(text.slice(Math.min(y.end, year.end), Math.max(y.start, year.start))),
  );
  return other ? [other.year, year.year] : [year.year];
}

/** The places a number is said for: those right by it, else of its clause, else of the nearest clause before. */
function placesFor(
  clauses: readonly Clause[],
  n: number,
  quantity: Quantity,
  { regions }: Lexicon,
): readonly string[] {
  const clause = clauses[n] as Clause;
  const by = stretchOf(clause, quantity);
  if (by !== clause.text) {
    const own = clause.places.filter((place) => by.includes(place));
    if (own.length > 0) return own.filter((p) => !isWhole(p, own, regions));
  }
  for (let i = n; i >= 0; i--) {
    const { places } = clauses[i] as Clause;
    if (places.length > 0) return places;
  }
  return [];
}

/** 成渝地区 beside 四川: the whole of which the other is a part says nothing of its own. */
const isWhole = (place: string, all: readonly string[], regions: readonly string[]) =>
  all.length > 1 && regions.includes(place) && /地区|双城|流域/.test(place);

/** The words by a number in a clause with several of its unit: 建设22座、改造33座. The clause itself if it is alone. */
function stretchOf(clause: Clause, quantity: Quantity): string {
  const alike = clause.quantities.filter((q) => q.unit === quantity.unit && q.role !== 'from');
  if (alike.length < 2 || EACH.test(clause.text)) return clause.text;
  const earlier = alike.filter((q) => q.end <= quantity.start).at(-1);
  const later = alike.find((q) => q.start >= quantity.end);
  const joint = /[、和与及]/;
  let from = earlier?.end ?? 0;
  const gap = joint.exec(clause.text.slice(from, quantity.start));
  if (earlier && gap) from += gap.index + 1;
  let to = later?.start ?? clause.text.length;
  const next = later && joint.exec(clause.text.slice(quantity.end, to));
  if (next) to = quantity.end + next.index;
  return clause.text.slice(from, to);
}

/**
 * Whether a number is said of the same thing. The plan's words count from the number's clause back to the last clause
 * with another number of its unit; the heading only where those give no subject themselves.
 */
function sameSubject(
  statement: Statement,
  n: number,
  said: Quantity,
  printed: Quantity,
  at: number,
  ground: Ground,
  lexicon: Lexicon,
): boolean {
  const clause = ground.clauses[at] as Clause;
  const isRow = ground.unit.row !== undefined;
  const own = (statement.clauses[n] as Clause).words.filter((w) => statementHolds(statement, n, said, w));
  const inherits = !own.some((w) => w.kind === 'thing');
  const words = inherits ? [...inherited(statement.clauses, n), ...own] : own;
  const others = inherits ? statement.clauses.flatMap((c) => c.quantities) : [];
  let reach = isRow ? clause.squashed : bare(stretchOf(clause, printed));
  if (!isRow && reach === clause.squashed) {
    for (let i = at - 1; i >= 0; i--) {
      const earlier = ground.clauses[i] as Clause;
      const rival = earlier.quantities.some(
        (q) =>
          q.unit === said.unit &&
          q.role !== 'from' &&
          !others.some((o) => near(o.value, q.value) && o.unit === q.unit),
      );
      if (rival) break;
      reach = `${earlier.squashed}\n${reach}`;
    }
  }
  const claimText = bare(statement.text);
  const beside = isRow ? ground.subject : clause.words.filter((w) => w.kind !== 'place' && holds(reach, w));
  if (beside.length > 0) {
    // The plan's own words by the number: a statement that has none of them is of something else.
    const kept = beside.filter((w) => holds(claimText, w)).length;
    if (kept === 0 || (isRow && kept / beside.length < 0.5)) return false;
  }
  const indicators = indicatorsIn(clause.squashed, lexicon.indicators);
  if (indicators.length === 1 && !claimText.includes(indicators[0] as string)) {
    const name = indicators[0] as string;
    const pairs = Array.from({ length: name.length - 1 }, (_x, i) => name.slice(i, i + 2));
    if (pairs.filter((p) => claimText.includes(p)).length / pairs.length < 0.5) return false;
  }
  if (isRow && !tellsColumn(ground, clause, at, claimText)) return false;
  const told = words.filter((w) => w.kind !== 'place');
  // A word that only another number of the same unit is said of makes it that number's statement.
  const rivals = isRow ? '' : rivalWords(ground, at, printed);
  if (told.some((w) => !holds(reach, w) && holds(rivals, w))) return false;
  const wider = `${reach}\n${beside.length === 0 ? ground.near : ground.above}\n${ground.names}`;
  return told.every((w) => holds(wider, w));
}

/** Whether a word of a statement's clause stands by this number, and not by another of its unit. */
function statementHolds(statement: Statement, n: number, said: Quantity, word: Word): boolean {
  const clause = statement.clauses[n] as Clause;
  return holds(bare(stretchOf(clause, said)), word);
}

/** Where two columns are for the same year (目标值, 实际值), the statement says which. */
function tellsColumn(ground: Ground, clause: Clause, at: number, claimText: string): boolean {
  const header = ground.unit.row?.table.header ?? [];
  const same = ground.clauses.some(
    (c, i) =>
      i !== at &&
      c.quantities.length > 0 &&
      c.years.length > 0 &&
      c.years.every((y) => clause.years.some((o) => o.year === y.year)) &&
      c.squashed !== clause.squashed,
  );
  if (!same) return true;
  const kinds = header
    .map((h) =>
      bare(h)
        .replace(/[\d年]/g, '')
        .slice(0, 2),
    )
    .filter((k) => k.length === 2);
  const own = kinds.filter((k) => clause.squashed.includes(k) && /目标|实际|现状|完成|规划|基准/.test(k));
  return own.length === 0 || own.some((k) => claimText.includes(k));
}

/** The words of the nearest clause before that has a thing's name. */
function inherited(clauses: readonly Clause[], n: number): readonly Word[] {
  for (let i = n - 1; i >= 0; i--) {
    const { words } = clauses[i] as Clause;
    if (words.some((w) => w.kind === 'thing')) return words;
  }
  return [];
}

/** The words by the ground's other numbers of the same unit. */
function rivalWords(ground: Ground, at: number, printed: Quantity): string {
  return ground.clauses
    .flatMap((clause, i) =>
      clause.quantities
        .filter((q) => !(i === at && q === printed) && q.unit === printed.unit && q.role !== 'from')
        .map((q) => bare(stretchOf(clause, q))),
    )
    .filter((text) => text !== (ground.clauses[at] as Clause).squashed)
    .join('\n');
}
