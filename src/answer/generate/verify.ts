/**
 * Checking a model's sentence against the passages it cites: either the sentences and rows of plans that say it, as
 * few as do, or the reasons why they do not.
 * @module
 */
import type { Ground, Lexicon } from './grounds.ts';
import { segmentsOf } from './markers.ts';
import { plainText } from './plain.ts';
import { SENTENCE_MAX } from './reader.ts';
import type { Statement } from './statement.ts';
import { readStatement } from './statement.ts';
import { faultsOf } from './supports.ts';
import { holds } from './words.ts';

/** A stretch of a sentence that has been shown to stand on its grounds. */
export interface Verified {
  readonly text: string;
  readonly grounds: readonly Ground[];
}

/** What the check of a sentence came to. */
export type Verdict =
  | { readonly ok: true; readonly parts: readonly Verified[] }
  | { readonly ok: false; readonly faults: readonly string[]; readonly cites: readonly number[] };

/** Most sentences and rows that one stretch may rest on. */
const GROUNDS_MAX = 3;
/** Reasons told when a sentence is asked for again. */
const FAULTS_TOLD = 4;

/** A sentence that leans on the one before: its subject must stand with that one's. */
const LEANS = /^(?:其中|其|该|这|此|上述|前述|它|同时|并|且|也|还|另|分别|到那时|届时)/;

/**
 * Checks a sentence with its marks. `grounds` are those of every passage the model was given, by handle; `previous`
 * are those of the sentence before it, empty if there is none or it failed.
 */
export function verifySentence(
  sentence: string,
  grounds: ReadonlyMap<number, readonly Ground[]>,
  previous: readonly Ground[],
  lexicon: Lexicon,
): Verdict {
  const segments = segmentsOf(sentence);
  const cites = [...new Set(segments.flatMap((s) => s.cites))];
  const fail = (...faults: string[]): Verdict => ({
    ok: false,
    faults: [...new Set(faults)].slice(0, FAULTS_TOLD),
    cites,
  });
  if (sentence.length > SENTENCE_MAX) return fail('句子太长');
  const unknown = cites.find((n) => !grounds.has(n));
  if (unknown !== undefined) return fail(`没有资料 c${unknown}`);
  const parts: Verified[] = [];
  let before = previous;
  for (const [i, segment] of segments.entries()) {
    const text = plainText(segment.text);
    if (text === undefined) return fail('含有链接、图片、HTML 或代码');
    if (!/[\p{Script=Han}\p{L}\p{N}]/u.test(text)) {
      // Only a stop, or nothing, is left after the last mark.
      const last = parts.pop();
      if (last) parts.push({ ...last, text: last.text + text });
      continue;
    }
    // What is not marked itself goes with the marks after it, or before it, or is looked for everywhere.
    const own =
      segment.cites.length > 0 ? segment.cites : (segments[i + 1]?.cites ?? segments[i - 1]?.cites ?? []);
    const from = own.length > 0 ? own.flatMap((n) => grounds.get(n) ?? []) : [...grounds.values()].flat();
    const found = standsOn(text, from, before, lexicon);
    if (!found.ok) return fail(...found.faults);
    parts.push({ text, grounds: found.grounds });
    before = found.grounds;
  }
  return parts.length === 0 ? fail('没有内容') : { ok: true, parts };
}

type Standing =
  | { readonly ok: true; readonly grounds: readonly Ground[] }
  | { readonly ok: false; readonly faults: readonly string[] };

function standsOn(
  text: string,
  grounds: readonly Ground[],
  previous: readonly Ground[],
  lexicon: Lexicon,
): Standing {
  const statement = readStatement(text, lexicon);
  const groups = groupsOf(statement);
  if (groups.length === 0) return { ok: false, faults: ['没有可以核对的内容'] };
  const leans =
    LEANS.test(statement.clauses[0]?.text ?? '') || !hasSubject(statement, 0, statement.clauses.length);
  const allowed = leans
    ? grounds.filter((g) => previous.some((p) => p.unit.hit.doc === g.unit.hit.doc))
    : grounds;
  if (allowed.length === 0)
    return { ok: false, faults: [leans ? '句子没有自己的主语，又不在前一句所引的段落里' : '没有出处'] };
  const ranked = byNearness(statement, allowed);
  let faults: readonly string[] | undefined;
  for (const ground of ranked) {
    const found = faultsOf(statement, [0, statement.clauses.length], ground, lexicon);
    if (found.length === 0) return { ok: true, grounds: [ground] };
    if (faults === undefined || found.length < faults.length) faults = found;
  }
  if (groups.length > 1) {
    const chosen: Ground[] = [];
    for (const [n, group] of groups.entries()) {
      const ground = ranked.find(
        (g) =>
          faultsOf(statement, group, g, lexicon).length === 0 &&
          (n === 0 || goesWith(g, chosen, statement, groups, group, lexicon)),
      );
      if (!ground) return { ok: false, faults: faults ?? [] };
      if (!chosen.includes(ground)) chosen.push(ground);
    }
    if (chosen.length <= GROUNDS_MAX) return { ok: true, grounds: inOrder(chosen) };
  }
  return { ok: false, faults: faults ?? [] };
}

const inOrder = (grounds: readonly Ground[]) =>
  [...grounds].sort((a, b) => a.handle - b.handle || a.unit.start - b.unit.start);

/** The grounds that hold most of a statement's words first: what supports it is among them, if anything is. */
function byNearness(statement: Statement, grounds: readonly Ground[]): Ground[] {
  const words = statement.clauses.flatMap((c) => c.words);
  const shares = new Map(grounds.map((g) => [g, words.filter((w) => holds(g.own, w)).length] as const));
  return [...grounds].sort(
    (a, b) =>
      (shares.get(b) as number) - (shares.get(a) as number) || a.unit.text.length - b.unit.text.length,
  );
}

/** Clauses that are said together: one without a thing's name goes with the one before it, a mere time with the next. */
function groupsOf(statement: Statement): [number, number][] {
  const groups: [number, number][] = [];
  let open: number | undefined;
  for (let i = 0; i < statement.clauses.length; i++) {
    const from = open ?? i;
    if (hasSubject(statement, i, i + 1)) {
      groups.push([from, i + 1]);
      open = undefined;
    } else if (groups.length > 0 && open === undefined && !isTime(statement, i)) {
      (groups.at(-1) as [number, number])[1] = i + 1;
    } else {
      open = from;
    }
  }
  if (open !== undefined) {
    const last = groups.at(-1);
    if (last) last[1] = statement.clauses.length;
    else groups.push([open, statement.clauses.length]);
  }
  return groups;
}

const isTime = ({ clauses }: Statement, n: number) =>
  (clauses[n]?.years.length ?? 0) > 0 && (clauses[n]?.quantities.length ?? 0) === 0;

const hasSubject = ({ clauses }: Statement, from: number, to: number) =>
  clauses.slice(from, to).some((c) => c.words.some((w) => w.kind === 'thing'));

/** Clauses on other ground than the first must be of the same matter: the same passage, or the same subject beside it. */
function goesWith(
  ground: Ground,
  chosen: readonly Ground[],
  statement: Statement,
  groups: readonly [number, number][],
  group: readonly [number, number],
  lexicon: Lexicon,
): boolean {
  if (chosen.some((c) => c.unit.hit.doc === ground.unit.hit.doc)) return true;
  const [from, to] = groups[0] as [number, number];
  const first = statement.clauses
    .slice(from, to)
    .flatMap((c) => c.words)
    .filter((w) => w.kind === 'thing');
  const around = `${ground.own}\n${ground.near}`;
  if (first.length > 0 && first.filter((w) => holds(around, w)).length / first.length >= 0.5) return true;
  // A row or sentence whose own name the clause gives stands by itself.
  const named = statement.clauses
    .slice(...group)
    .some((c) => lexicon.indicators.some((name) => c.squashed.includes(name)));
  return named && chosen.every((c) => c.unit.plan === ground.unit.plan);
}
