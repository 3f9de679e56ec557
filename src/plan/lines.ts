/**
 * A decoded document as tidy lines: markup cleaned, page furniture and the table of contents left out.
 * @module
 */
import type { Source } from './decode/index.ts';
import { headingCandidate } from './headings.ts';

/** One line of the source after cleaning. */
export interface Line {
  /** Cleaned text; tabs inside separate table cells. */
  readonly text: string;
  /** Blank lines before it. */
  readonly blankBefore: number;
  /** It starts with a tab: a table cell of its own. */
  readonly cell: boolean;
  /** Markdown heading level, 0 if none. */
  readonly hash: number;
  /** Markup says that a paragraph begins here, so it never goes on with the line before. */
  readonly begins: boolean;
}

const LATEX: Record<string, string> = {
  geq: '≥',
  ge: '≥',
  leq: '≤',
  le: '≤',
  times: '×',
  pm: '±',
  sim: '~',
  mu: 'μ',
  circ: '°',
  cdot: '·',
  approx: '≈',
  '%': '%',
};

/** Display width: a CJK character counts 2, others 1. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const c of text) width += (c.codePointAt(0) ?? 0) > 0x2e7f || '“”‘’—…·'.includes(c) ? 2 : 1;
  return width;
}

/**
 * Removes what markup adds to the words, the same way everywhere: HTML tags and comments, `$…$` and `_{…}` of
 * formulas, Markdown emphasis. `PM _{2.5}` becomes `PM2.5`, `SO_2` `SO2`, `$\geq$` `≥`.
 */
export function cleanMarkup(line: string, markdown: boolean): string {
  let s = line;
  if (s.includes('<')) {
    s = s
      .replace(/<!--(?:(?!<!--)[^>]){0,500}-->/g, '')
      .replace(/<\/?(?:p|br|sup|sub|b|i|u|strong|em|span|div|font)(?:\s[^<>]{0,200})?\/?>/gi, '');
  }
  s = s.replace(/ *[_^]\{([^{}]{0,40})\}/g, '$1').replace(/(?<=\b[A-Z][A-Za-z]{0,4})_(?=[\da-z]\b)/g, '');
  if (s.includes('$')) {
    s = s.replace(/\$([^$]{1,60})\$/g, (_all, math: string) =>
      math.replace(/\\([a-z]+|%)/g, (whole, name: string) => LATEX[name] ?? whole).trim(),
    );
  }
  if (markdown) s = s.replace(/\*\*([^*]{1,400})\*\*/g, '$1').replace(/^>\s?/, '');
  return s.replace(/[ \u00a0\u3000\u2002\u2003\u200b\ufeff]+/g, (run) =>
    /^[\u200b\ufeff]+$/.test(run) ? '' : ' ',
  );
}

function splitPipeRow(text: string): string {
  return text
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split('|')
    .map((cell) => cell.trim())
    .join('\t');
}

/** The source as cleaned lines, furniture and table of contents left out. */
export function toLines(source: Source): Line[] {
  const markdown = source.format === 'md' || source.format === 'docx';
  const lines: Line[] = [];
  let blank = 0;
  let frontMatter = false;
  const raw = source.text.split('\n');
  for (let i = 0; i < raw.length; i++) {
    const original = raw[i] as string;
    if (source.format === 'md' && original.trim() === '---' && (i === 0 || frontMatter)) {
      frontMatter = !frontMatter;
      continue;
    }
    if (frontMatter) continue;
    let text = cleanMarkup(original.replace(/^\f/, ''), markdown);
    const cell = /^ ?\t/.test(text) && !/\t[^\t]*\S[^\t]*\t/.test(text);
    const hash = markdown ? (/^ {0,3}(#{1,6})(?: |$)/.exec(text)?.[1]?.length ?? 0) : 0;
    if (hash > 0) text = text.replace(/^ {0,3}#{1,6} ?/, '');
    if (markdown && /^\s*\|.*\|\s*$/.test(text)) {
      if (/^[\s|:-]+$/.test(text)) continue;
      text = splitPipeRow(text.trim());
    }
    // Tabs matter only between cells: a row keeps its leading empty cells, running text has none.
    text = cell || !text.includes('\t') ? text.trim() : text.replace(/^ +| +$/g, '');
    if (text.trim() === '' && !cell) {
      blank++;
      continue;
    }
    const begins = source.format === 'docx' || (source.format === 'md' && (blank > 0 || hash > 0));
    lines.push({ text, blankBefore: blank, cell, hash, begins });
    blank = 0;
  }
  return dropContents(dropFurniture(lines));
}

const PAGE_MARK = /^(?:[-—–] ?\d{1,4} ?[-—–]|第 ?\d{1,4} ?页(?: ?[,，/]? ?共 ?\d{1,4} ?页)?)$/;

/** Page numbers, marked as such or bare and counting up. */
function dropFurniture(lines: Line[]): Line[] {
  const bare = lines.map((l) => (!l.cell && /^\d{1,4}$/.test(l.text) ? Number(l.text) : undefined));
  const numbers = bare.filter((n): n is number => n !== undefined);
  const counting =
    numbers.length >= 4 &&
    numbers.filter((n, i) => i > 0 && n === (numbers[i - 1] as number) + 1).length >= numbers.length * 0.8;
  return lines.filter((line, i) => !(PAGE_MARK.test(line.text) || (counting && bare[i] !== undefined)));
}

const LEADER = /(?:[.．·]{3}|…|\t)[\s.．·…]*[（(]?\d{1,4}[）)]?$/;

const entryKey = (text: string) =>
  text
    .replace(/(?:[.．·…]{3}|…|\t).*$/, '')
    .replace(/[\s（(]*\d{1,4}[）)]?$/, '')
    .replace(/\s/g, '');

/**
 * Leaves out the table of contents: what follows a line 目录 as long as it looks like entries (leaders with page
 * numbers, or bare headings), up to the first heading that comes a second time; or a run of entries without title.
 */
function dropContents(lines: Line[]): Line[] {
  const title = lines.findIndex((l) => /^目\s*[录次]$/.test(l.text));
  if (title < 0) {
    const first = lines.findIndex(
      (_l, i) => lines.slice(i, i + 5).filter((l) => LEADER.test(l.text)).length === 5,
    );
    if (first < 0) return lines;
    let end = first;
    while (end < lines.length && LEADER.test((lines[end] as Line).text)) end++;
    return [...lines.slice(0, first), ...lines.slice(end)];
  }
  const seen = new Set<string>();
  let end = title + 1;
  let entries = 0;
  for (; end < lines.length; end++) {
    const text = (lines[end] as Line).text;
    const leader = LEADER.test(text);
    const key = entryKey(text);
    if (!leader && seen.has(key)) break;
    const heading =
      headingCandidate(text) !== undefined || /^(?:前\s*言|引\s*言|序\s*言|附\s*则|附\s*录)/.test(text);
    const fragment =
      text.trim().length < 40 && !/[。；！？]$/.test(text) && LEADER.test(lines[end + 1]?.text ?? '');
    if (!leader && !fragment && !(heading && text.length < 60 && !/[。；：]/.test(text))) break;
    entries++;
    if (key !== '') seen.add(key);
  }
  return entries < 2 ? lines : [...lines.slice(0, title), ...lines.slice(end)];
}
