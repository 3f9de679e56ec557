/**
 * One grammar of heading families for plans, statutes and Markdown. A candidate is what a line looks like by
 * itself; which families really are headings is decided per document by what they do (`chooseFamilies`).
 * @module
 */
import { CHINESE_NUMERAL_CHARS, parseNumeral } from '../language/numerals.ts';

/**
 * The families, outermost first: 第X编, 第X章, 第X节, 第X条, 一、, （一）, 1．, （1）, and beside them 专栏, 附件 and
 * unnumbered ones such as 前言.
 */
export type Family =
  | 'bian'
  | 'zhang'
  | 'jie'
  | 'tiao'
  | 'cn'
  | 'cnParen'
  | 'ar'
  | 'arParen'
  | 'box'
  | 'annex'
  | 'named';

/** A line that looks like a heading. */
export interface Candidate {
  readonly family: Family;
  /** Its number; NaN for unnumbered ones. */
  readonly value: number;
  /** The number as printed, e.g. 第三章. */
  readonly number: string;
  /** Characters of the line before the title begins. */
  readonly titleAt: number;
  /** Whether white space or punctuation sets the number apart from what follows. */
  readonly apart: boolean;
}

const N = `[${CHINESE_NUMERAL_CHARS}\\d０-９]{1,9}`;
const PATTERNS: readonly (readonly [Family, RegExp])[] = [
  ['bian', new RegExp(`^第 ?(${N}) ?(?:编|篇|部分)`)],
  ['zhang', new RegExp(`^第 ?(${N}) ?章`)],
  ['jie', new RegExp(`^第 ?(${N}) ?节`)],
  ['tiao', new RegExp(`^第 ?(${N}) ?条(?:之[一二三四五六七八九十]{1,3})?`)],
  ['box', new RegExp(`^专 ?栏 ?(${N})(?:[-—]\\d+)?`)],
  ['annex', new RegExp(`^附 ?(?:件|表|录|图|则) ?(${N})?(?=[\\s:：.．]|$)`)],
  ['cn', /^([〇零一二三四五六七八九十百]{1,5})、/],
  ['cnParen', /^[（(]([〇零一二三四五六七八九十百]{1,5})[）)]/],
  ['arParen', /^[（(]([\d０-９]{1,3})[）)]/],
  ['ar', /^([\d０-９]{1,3})(?:[．、]|\.(?!\d))/],
  ['named', /^(?:前\s*言|引\s*言|序\s*言|导\s*言|序|引子|结\s*语|后\s*记|附\s*则)$/],
];

/** What heading a line looks like by itself, if any. */
export function headingCandidate(line: string): Candidate | undefined {
  const text = line.trimStart();
  const first = text[0];
  if (first === undefined) return undefined;
  if (!/[第专附前引序导结后（(〇零一二三四五六七八九十百\d０-９]/.test(first)) return undefined;
  for (const [family, pattern] of PATTERNS) {
    const match = pattern.exec(text);
    if (!match) continue;
    const rest = text.slice(match[0].length);
    const gap = /^[\s:：.．]*/.exec(rest)?.[0].length ?? 0;
    if (rest !== '' && refers(family, rest, gap > 0)) return undefined;
    const value = match[1] === undefined ? Number.NaN : (parseNumeral(match[1]) ?? Number.NaN);
    const apart =
      gap > 0 ||
      rest === '' ||
      family === 'cn' ||
      family === 'cnParen' ||
      family === 'ar' ||
      family === 'arParen';
    return {
      family,
      value,
      number: match[0].replace(/\s/g, ''),
      titleAt: line.length - rest.length + gap,
      apart,
    };
  }
  return undefined;
}

const REFERENCE = new RegExp(`^(?:规定|所[称列指述]|的|[、，]|(?:至|和|或|或者|及|以及)第|第${N}[条款项])`);
const CLAUSE_REFERENCE = new RegExp(`^\\s*第${N}[款项]`);

/** Whether a number at a line's start is a reference that runs on: 第十二条规定的…, 第三条、第四条…, 第五条 第二款…. */
function refers(family: Family, rest: string, apart: boolean): boolean {
  if (family !== 'tiao' && family !== 'zhang' && family !== 'jie' && family !== 'bian') return false;
  return apart ? CLAUSE_REFERENCE.test(rest) : REFERENCE.test(rest);
}

const TERMINAL = /[。！？…；：，、,;:][”’）】》]?$/;

/** Whether a line can be a whole title: no sentence end, not longer than two printed lines. */
export function isTitle(text: string): boolean {
  return text.length <= 60 && !TERMINAL.test(text.trim());
}

/** How a document uses its families. */
export interface FamilyChoice {
  /** 第X章 (or 第X编) exist, so 一、 is below them. */
  readonly chapters: boolean;
  /** 第X条 are the articles of the document. */
  readonly articles: boolean;
  /** 一、 are headings. */
  readonly cn: boolean;
  /** （一） are headings: `running` if they count through all chapters (articles), `nested` if they start anew. */
  readonly cnParen: 'running' | 'nested' | 'none';
  /** 1． are headings (title-only lines); otherwise they are list items. */
  readonly ar: boolean;
}

/** A candidate with the line it was found on, in document order; lines inside boxes and tables left out. */
export interface PlacedCandidate {
  readonly candidate: Candidate;
  readonly text: string;
}

/** Decides from the sequence of candidates which families are headings in this document. */
export function chooseFamilies(placed: readonly PlacedCandidate[]): FamilyChoice {
  const of = (family: Family) => placed.filter((p) => p.candidate.family === family);
  const chapters = of('zhang').some((p) => p.candidate.apart) || of('bian').some((p) => p.candidate.apart);
  const articles = rises(of('tiao').filter((p) => p.candidate.apart));
  const cn = countSequence(of('cn')) >= 2;
  let cnParen: FamilyChoice['cnParen'] = 'none';
  if (!articles) {
    const parens = of('cnParen');
    const headed = parens.filter(
      (p) => isTitle(p.text) || runInTitleEnd(p.text, p.candidate.titleAt) !== undefined,
    );
    if (parens.length >= 2 && headed.length >= parens.length * 0.6) {
      cnParen = runsThroughChapters(placed) ? 'running' : 'nested';
    }
  }
  const ars = of('ar');
  const ar = !articles && ars.length >= 2 && ars.filter((p) => isTitle(p.text)).length >= ars.length * 0.7;
  return { chapters, articles, cn, cnParen, ar };
}

/** Length of the longest run that counts up by one (starting anew at one counts on). */
function countSequence(placed: readonly PlacedCandidate[]): number {
  let last = 0;
  let count = 0;
  for (const { candidate } of placed) {
    if (candidate.value === last + 1 || candidate.value === 1) {
      last = candidate.value;
      count++;
    }
  }
  return count;
}

/** Whether numbers rise from line to line or start anew at one, as articles do and references to them do not. */
function rises(placed: readonly PlacedCandidate[]): boolean {
  let last = 0;
  let rising = 0;
  for (const { candidate } of placed) {
    if (candidate.value > last || candidate.value === 1) rising++;
    last = candidate.value;
  }
  return placed.length >= 2 && rising >= placed.length * 0.8;
}

/** Whether （一）（二）… go on counting where a new chapter begins. */
function runsThroughChapters(placed: readonly PlacedCandidate[]): boolean {
  let last = 0;
  let chapterSince = false;
  let through = 0;
  let anew = 0;
  for (const { candidate } of placed) {
    if (candidate.family === 'cn' || candidate.family === 'zhang') chapterSince = true;
    if (candidate.family !== 'cnParen') continue;
    if (chapterSince && last > 0) {
      if (candidate.value === last + 1) through++;
      else anew++;
    }
    last = candidate.value;
    chapterSince = false;
  }
  return through >= 2 && through > anew;
}

/** Longest run-in title: a lead sentence that names what follows on the same line. Two printed lines of a page. */
const RUN_IN_MAX = 40;

/**
 * Where the run-in title of a line ends (before its full stop), for lines such as `（一）构建绿色产业体系。重庆市以…`.
 * @returns undefined when the line does not open with a short lead sentence followed by more text.
 */
export function runInTitleEnd(text: string, from: number): number | undefined {
  const stop = text.indexOf('。', from);
  if (stop < 0 || stop - from > RUN_IN_MAX || stop - from < 2) return undefined;
  if (stop >= text.trimEnd().length - 1) return undefined;
  return /[；：]/.test(text.slice(from, stop)) ? undefined : stop;
}

/** A heading for display: one space after the number, none between Chinese characters. */
export function tidyHeading(text: string): string {
  const s = text.replace(/\s+/g, ' ').trim();
  const c = headingCandidate(s);
  const tidy = (t: string) =>
    t.replace(/(?<=[\p{Script=Han}，、。（）：“”]) (?=[\p{Script=Han}，、。（）：“”])/gu, '');
  if (!c || c.family === 'named') return tidy(s);
  const title = tidy(s.slice(c.titleAt)).trim();
  const gap =
    c.family === 'cn' || c.family === 'cnParen' || c.family === 'ar' || c.family === 'arParen' ? '' : ' ';
  return title === '' ? c.number : c.number + gap + title;
}

/** 第十二条【标题】 or 第十二条 标题: only a bracketed title belongs to the number. */
export function articleTitleEnd(text: string, c: Candidate): number {
  const at = /^第[^条]{1,12}条(?:之[一二三四五六七八九十]{1,3})?/.exec(text)?.[0].length ?? c.number.length;
  const bracket = /^\s*(?:【[^】]{1,30}】|〔[^〕]{1,30}〕)/.exec(text.slice(at));
  return at + (bracket?.[0].length ?? 0);
}
