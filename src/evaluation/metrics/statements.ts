/**
 * Citation recall and precision per statement, after ALCE (Gao et al. 2023) on gold spans.
 * @module
 */
import type { Citation } from '../../answer/types.ts';
import type { Compact } from '../match.ts';
import { looseHaystack, saysIn } from '../match.ts';
import type { Statement } from '../statements.ts';
import type { SuiteCase } from '../suite.ts';
import { isToThePoint } from './citations.ts';
import type { PlanTexts } from './hits.ts';

/**
 * Whether citations support a statement, on gold spans: at least one of them is to the point, and every `must`
 * string and every number the statement holds stands in their quotes, paths, labels or plan titles (a year may
 * stand up to 1,500 characters around the quote, in the head of its table or paragraph). This stands where ALCE
 * (Gao et al. 2023) asks an entailment model.
 */
export function supports(
  citations: readonly Citation[],
  statement: Statement,
  entry: SuiteCase,
  texts: PlanTexts,
): boolean {
  if (!citations.some((c) => isToThePoint(c, entry, texts))) return false;
  return unsupportedIn(statement.text, citations, entry.must, texts).length === 0;
}

/** The `must` strings and numbers of a statement that its citations do not hold; see {@link supports}. */
export function unsupportedIn(
  statement: string,
  citations: readonly Citation[],
  must: SuiteCase['must'],
  texts: PlanTexts,
): string[] {
  const said = looseHaystack(statement);
  const shown = citations.map(evidenceOf);
  const isHeld = (needle: string) => shown.some((e) => saysIn(e, needle));
  const strings = must.flat().filter((alternative) => saysIn(said, alternative) && !isHeldGroup(alternative));
  const numbers = numbersOf(said).filter(
    (number) => !isHeld(number) && !(isYear(number) && citations.some((c) => hasNearby(number, c, texts))),
  );
  return [...new Set([...strings, ...numbers])];

  // One alternative of a group may stand in the answer (English, an abbreviation), another in the quote.
  function isHeldGroup(alternative: string): boolean {
    return must.some((group) => group.includes(alternative) && group.some(isHeld));
  }
}

const evidence = new WeakMap<Citation, Compact>();

/** What a citation shows a reader: its quote, headings, label and the plan's title. */
function evidenceOf(citation: Citation): Compact {
  let found = evidence.get(citation);
  if (!found) {
    found = looseHaystack([citation.quote, ...citation.path, citation.label, citation.plan.title].join('\n'));
    evidence.set(citation, found);
  }
  return found;
}

function hasNearby(year: string, citation: Citation, texts: PlanTexts): boolean {
  const text = texts.get(citation.plan.id)?.text ?? '';
  const around = text.slice(Math.max(0, citation.start - 1500), citation.end + 1500).normalize('NFKC');
  return new RegExp(`(?<!\\d)${year}(?!\\d)`).test(around);
}

const isYear = (number: string) => /^(?:19|20)\d\d$/.test(number);

/** Numbers that assert something; small counts of things the answer itself lists (共3项) do not. */
function numbersOf(said: Compact): string[] {
  const numbers: string[] = [];
  for (const match of said.text.matchAll(/\d+(?:\.\d+)?/g)) {
    const rest = said.text.slice(match.index + match[0].length);
    const isCount =
      Number(match[0]) < 30 && /^(?:项|节|章|条|处|类|份|个|方面|部分|点|段|种|sections?|items?)/.test(rest);
    // A heading number of the answer's own wording: 第3章.
    const isOrdinal = said.text[match.index - 1] === '第';
    if (!isCount && !isOrdinal) numbers.push(match[0]);
  }
  return numbers;
}

/** Citation recall and precision of one answer, per statement. */
export interface StatementScores {
  readonly recall: number | undefined;
  readonly precision: number | undefined;
  /** Statements that their citations do not support. */
  readonly unsupported: readonly Statement[];
}

/**
 * Citation recall and precision after ALCE (Gao et al. 2023, §4), on gold spans. Recall: the share of statements
 * that their citations together support. Precision: over all (statement, citation) pairs, the share where the
 * statement is supported and the citation is not idle: it supports the statement alone, or without it the others
 * do not.
 */
export function statementScores(
  statements: readonly Statement[],
  citations: readonly Citation[],
  entry: SuiteCase,
  texts: PlanTexts,
): StatementScores {
  const byNumber = new Map(citations.map((c) => [c.n, c]));
  const unsupported: Statement[] = [];
  let pairs = 0;
  let useful = 0;
  for (const statement of statements) {
    const cited = statement.cites.flatMap((n) => byNumber.get(n) ?? []);
    const isSupported = supports(cited, statement, entry, texts);
    if (!isSupported) unsupported.push(statement);
    pairs += cited.length;
    if (!isSupported) continue;
    for (const citation of cited) {
      const others = cited.filter((c) => c !== citation);
      const isIdle =
        !supports([citation], statement, entry, texts) && supports(others, statement, entry, texts);
      if (!isIdle) useful++;
    }
  }
  return {
    recall: statements.length === 0 ? undefined : 1 - unsupported.length / statements.length,
    precision: pairs === 0 ? undefined : useful / pairs,
    unsupported,
  };
}
