/**
 * Whether a sentence or row of a plan says what a clause of a model says. Everything here is a reason to refuse;
 * what none of them finds is let through. docs/citations.md tells what that guarantees and what it does not.
 * @module
 */
import { numberFault } from './figures.ts';
import type { Clause, Ground, Lexicon } from './grounds.ts';
import { ordinalsIn, periodsIn, printsYear } from './quantities.ts';
import type { Statement } from './statement.ts';
import type { Turn, Word } from './words.ts';
import { bare, holds, indicatorsIn, quotedIn, strongerThan, turnsDirection } from './words.ts';

/**
 * Why the clauses numbered `from` to `to` (exclusive) of a statement do not stand on the ground, in Chinese; empty if
 * they do. Years and places said in earlier clauses count for numbers said in later ones.
 */
export function faultsOf(
  statement: Statement,
  [from, to]: readonly [number, number],
  ground: Ground,
  lexicon: Lexicon,
): string[] {
  const clauses = statement.clauses.slice(from, to);
  const text = clauses.map((c) => c.text).join('，');
  const squashed = bare(text);
  const around = `${ground.own}\n${ground.near}`;
  const headed = `${around}\n${ground.headings}`;
  const anywhere = `${headed}\n${ground.names}`;
  const faults: string[] = [];
  const lacks = (what: string) => faults.push(`所引原文没有“${what}”`);

  // A row is read with its table's header; nothing that stands beside a sentence makes a thing its subject, neither the
  // heading nor the paragraph's lead. (A statement may cite the lead as well.)
  const itself = ground.unit.row ? around : ground.own;
  const named = `${itself}\n${ground.names}`;
  const words = clauses.flatMap((c) => c.words);
  // A sentence that names places of its own is of those, and of no other that only stands near it.
  const there = ground.clauses.some((c) => c.places.length > 0) ? named : anywhere;
  for (const word of words) {
    const isPlace = word.kind === 'place' || isRegion(word, lexicon);
    if (!holds(isPlace ? there : word.kind === 'thing' ? named : itself, word)) lacks(word.text);
  }
  const told = words.filter((w) => w.kind !== 'place');
  const own = told.filter((w) => holds(itself, w)).length;
  if (told.length > 0 && own / told.length < OWN_SHARE) faults.push('所引的句子说的是别的事');
  for (const place of clauses.flatMap((c) => c.places)) {
    if (!there.includes(bare(place))) lacks(place);
  }
  for (const name of indicatorsIn(squashed, lexicon.indicators)) {
    if (!named.includes(name)) lacks(name);
  }
  // The plan's own period counts where its text names no other.
  const periods = periodsIn(around).length > 0 ? around : anywhere;
  for (const period of periodsIn(text)) if (!periods.includes(period)) lacks(period);
  for (const quoted of quotedIn(text)) if (!anywhere.includes(quoted)) lacks(quoted);
  for (const ordinal of ordinalsIn(text)) {
    const where = `${ground.unit.text}\n${ground.unit.hit.passage.path.join('\n')}\n${ground.unit.hit.passage.label}`;
    if (!ordinalsIn(where).includes(ordinal) && !anywhere.includes(ordinal)) lacks(ordinal);
  }
  for (const { year } of clauses.flatMap((c) => c.years)) {
    const given =
      ground.clauses.some((c) => c.years.some((y) => y.year === year)) || ground.before.includes(year);
    if (!given && !printsYear(headed, year)) lacks(`${year}年`);
  }
  for (let i = from; i < to; i++) {
    for (const quantity of (statement.clauses[i] as Clause).quantities) {
      const fault = numberFault(statement, i, quantity, ground, lexicon);
      if (fault) faults.push(fault);
    }
  }
  for (const word of strongerThan(text, `${foldedOf(ground)}`)) lacks(word);
  if (turnsDirection(text, `${foldedOf(ground)} ${ground.near}`)) faults.push('升降方向与所引原文不一致');
  faults.push(...turnFaults(clauses, ground));
  return [...new Set(faults)];
}

/** At least this share of a clause's words must stand in the sentence or row itself. */
const OWN_SHARE = 0.5;

const foldedOf = (ground: Ground) => `${ground.clauses.map((c) => c.text).join('，')}\n${ground.own}`;
const isRegion = (word: Word, { regions }: Lexicon) => regions.includes(word.text);

/** 不, 禁止, 力争 … said where the plan does not say them, or left out where it does. */
function turnFaults(clauses: readonly Clause[], ground: Ground): string[] {
  const faults: string[] = [];
  const covers = (scope: readonly string[], text: string) =>
    scope.filter((word) => text.includes(word)).length / scope.length;
  const alike = (a: Turn, b: Turn) => {
    const common = a.reach.filter((word) => b.reach.includes(word)).length;
    return a.kind === b.kind && common >= Math.min(2, a.reach.length, b.reach.length);
  };
  for (const clause of clauses) {
    for (const turn of clause.turns.filter((t) => t.kind === 'not')) {
      const said = ground.clauses.some((c) =>
        c.turns.some((t) => alike(t, turn) && covers(turn.scope, c.squashed) >= 0.5),
      );
      if (!said) faults.push('否定与所引原文不一致');
    }
    for (const { turns } of ground.clauses) {
      for (const kind of ['not', 'hedged'] as const) {
        const due = turns.filter((t) => t.kind === kind && covers(t.scope, clause.squashed) >= 0.67);
        const kept = clause.turns.filter((t) => due.some((d) => alike(d, t)));
        if (kept.length < due.length)
          faults.push(kind === 'not' ? '漏了原文的否定' : '漏了原文的“力争”“鼓励”等限定');
      }
    }
  }
  return faults;
}
