/**
 * The reader on thousands of statutes nobody here has read. They are not part of the repository: STATUTES_DIR names
 * a folder of Markdown files, or a .tar.xz archive of one.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toChineseNumeral } from '../../src/language/numerals.ts';
import { DocumentError } from '../../src/plan/decode/index.ts';
import { locate } from '../../src/plan/locate.ts';
import { readPlan } from '../../src/plan/read.ts';
import type { Plan } from '../../src/plan/types.ts';
import { nodesOf, unspaced } from './reading.ts';

const SOURCE = process.env.STATUTES_DIR;
/** Paragraphs looked up per document; together several thousand. */
const PER_DOCUMENT = 2;

const NUMBER = '第[〇零一二三四五六七八九十百千0-9]+ ?条(?:之[一二三四五六七八九十]+)?';
const ARTICLE = new RegExp(`^[ \\u3000#*]*(${NUMBER})(?=[ \\u3000*【])`);
const ITEM = /^[（(][〇零一二三四五六七八九十百\d]+[）)]|^\d+[.．、]/;

/** A paragraph of a statute as its source prints it: article number, and the number of the 款. */
interface Printed {
  readonly article: string;
  readonly clause: number;
  /** How many 款 the article has. */
  clauses: number;
  readonly item: boolean;
  readonly words: string;
}

/** The paragraphs of all articles, read off the source line by line, knowing nothing of the reader. */
function printedParagraphs(source: string): Printed[] {
  const paragraphs: Printed[] = [];
  let article: { number: string; own: Printed[] } | undefined;
  const body = source.split(/<!-- INFO END -->/).at(-1) as string;
  for (const raw of body.split('\n')) {
    const line = raw.replace(/\*\*/g, '').trim();
    if (line === '') continue;
    const number = ARTICLE.exec(line)?.[1]?.replace(/\s/g, '');
    if (number) article = { number, own: [] };
    else if (/^#|^第.{1,6}[编章节]|^附[件表录图:：]/.test(line)) article = undefined;
    if (!article) continue;
    const item = !number && ITEM.test(line);
    const clause = article.own.filter((p) => !p.item).length + (item ? 0 : 1);
    const printed = { article: article.number, clause, clauses: 0, item, words: unspaced(line) };
    article.own.push(printed);
    for (const p of article.own) p.clauses = clause;
    paragraphs.push(printed);
  }
  return paragraphs;
}

/** Where in the text a stretch of words stands that occurs once, white space aside. */
function findWords(plan: Plan, words: string): { start: number; end: number } | undefined {
  const places: number[] = [];
  let squeezed = '';
  for (let i = 0; i < plan.text.length; i++) {
    if (/\s/.test(plan.text[i] as string)) continue;
    squeezed += plan.text[i];
    places.push(i);
  }
  const at = squeezed.indexOf(words);
  if (at < 0 || squeezed.includes(words, at + 1)) return undefined;
  return { start: places[at] as number, end: (places[at + words.length - 1] as number) + 1 };
}

/** Always the same numbers from 0 to `below` - 1 (Park & Miller 1988). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

describe.skipIf(!SOURCE)('statutes (set STATUTES_DIR to a folder or .tar.xz of Markdown statutes)', () => {
  let folder: string;
  let temporary: string | undefined;
  let files: string[];
  beforeAll(() => {
    folder = SOURCE as string;
    if (statSync(folder).isFile()) {
      temporary = mkdtempSync(join(tmpdir(), 'statutes-'));
      execFileSync('tar', ['-xf', folder, '-C', temporary]);
      folder = temporary;
    }
    files = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.md'))
      .sort();
  }, 120_000);
  afterAll(() => {
    if (temporary) rmSync(temporary, { recursive: true, force: true });
  });

  it('all read; articles are not lost; labels are the numbers printed there', {
    timeout: 300_000,
  }, async () => {
    const random = seeded(20260731);
    const thrown: string[] = [];
    const wordless: string[] = [];
    let printed = 0;
    let found = 0;
    let checked = 0;
    const wrongArticles: string[] = [];
    const wrongClauses: string[] = [];
    let clauses = 0;
    for (const file of files) {
      const bytes = readFileSync(join(folder, file));
      const source = bytes.toString('utf8');
      let plan: Plan;
      try {
        plan = await readPlan(bytes, file);
      } catch (error) {
        const outside = source.replace(/^---\n[\s\S]*?\n---\s*/, '').trim();
        if (error instanceof DocumentError && outside === '') wordless.push(file);
        else thrown.push(`${file}: ${(error as Error).message}`);
        continue;
      }
      const paragraphs = printedParagraphs(source);
      const numbers = paragraphs
        .filter((p, i) => p.article !== paragraphs[i - 1]?.article)
        .map((p) => p.article);
      const articles = nodesOf(plan.outline)
        .filter((n) => n.kind === 'article')
        .map((n) => n.number);
      printed += numbers.length;
      for (const number of numbers) {
        const at = articles.indexOf(number);
        if (at < 0) continue;
        articles.splice(at, 1);
        found++;
      }
      for (let n = 0; n < PER_DOCUMENT && paragraphs.length > 0; n++) {
        const p = paragraphs[random(paragraphs.length)] as Printed;
        const span = findWords(plan, p.words);
        if (!span) continue;
        checked++;
        const { label } = locate(plan.outline, span);
        const rest = label.startsWith(p.article) ? label.slice(p.article.length) : undefined;
        if (rest === undefined || !/^(?:$|第)/.test(rest)) {
          wrongArticles.push(`${file}: ${p.article} is cited as ${label}: ${p.words.slice(0, 30)}`);
        } else if (!p.item && p.clauses > 1) {
          clauses++;
          if (rest !== `第${toChineseNumeral(p.clause)}款`)
            wrongClauses.push(
              `${file}: ${p.article} 第${p.clause}款 is cited as ${label}: ${p.words.slice(0, 30)}`,
            );
        }
      }
    }
    console.log(
      `${files.length} files, ${wordless.length} of them without a word outside their front matter; ` +
        `${found} of ${printed} articles found; ${checked} paragraphs looked up, ${wrongArticles.length} under ` +
        `another article; ${clauses} 款, ${wrongClauses.length} under another number`,
    );
    if (process.env.STATUTES_SHOW) console.log([...wrongArticles, ...wrongClauses].slice(0, 60).join('\n'));
    expect(thrown).toEqual([]);
    expect(found / printed).toBeGreaterThanOrEqual(0.99);
    expect(wrongArticles).toEqual([]);
    expect(wrongClauses.length / Math.max(1, clauses)).toBeLessThan(0.02);
    if (files.length >= 1500) expect(checked).toBeGreaterThanOrEqual(2000);
  });
});
