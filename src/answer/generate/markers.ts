/**
 * The marks with which a model names the passages a sentence rests on: `[c1]`, `【c1】`, `[1,2]`, `(c3)`, `[c1-c3]`,
 * `[来源：c1]`, `[citation:1]`, `[[1]]`, `[^1]`, `【4:0†source】`, full width or not.
 * @module
 */

const NUMBER = '[cCｃＣ]?[\\d０-９]{1,3}';
// White space is a join only where there is no other: read in two ways, a long list would take for ever.
const JOIN = '(?:\\s*(?:[,，、;；&]|[-–—~～至到和])\\s*|\\s+)';
const LIST = `${NUMBER}(?:${JOIN}${NUMBER})*`;
const WORD = '(?:(?:来源|出处|引用|资料|原文|段落|citation|cite|ref|source|passage)\\s*[:：_ ]?\\s*)?';
const SQUARE = `(?:\\[\\[|\\[\\^?|［|【|〔)\\s*${WORD}(${LIST})(?:[:†][^\\]】］〕\\n]{0,40})?\\s*(?:\\]\\]|\\]|］|】|〕)`;
// In round brackets a bare number is an enumeration's: （1）.
const ROUND = `[(（]\\s*${WORD}([cCｃＣ][\\d０-９]{1,3}(?:${JOIN}${NUMBER})*)\\s*[)）]`;
const MARKER = new RegExp(`${SQUARE}|${ROUND}`, 'giu');
const AT_START = new RegExp(`^(?:${SQUARE}|${ROUND})`, 'iu');

/** A mark's length at the beginning of `text`; 0 if there is none. */
export function markerLength(text: string): number {
  return AT_START.exec(text)?.[0].length ?? 0;
}

/** How long an opened bracket may be and still turn out to be a mark. */
const LONGEST = 60;

/** Whether `text`, all that has come so far, may yet become a mark. */
export function mayBecomeMarker(text: string): boolean {
  return /^[[［【〔(（]/.test(text) && text.length < LONGEST && !/[\]］】〕)）\n。]/.test(text.slice(1));
}

/** A stretch of a sentence with the numbers of the passages it cites (c2 is 2). */
export interface Segment {
  readonly text: string;
  readonly cites: readonly number[];
}

/**
 * A sentence as its segments: each ends with the marks that are followed by a comma or semicolon, or with the
 * sentence. The segments' texts joined are the sentence without its marks.
 */
export function segmentsOf(sentence: string): Segment[] {
  const segments: Segment[] = [];
  let text = '';
  let cites: number[] = [];
  let from = 0;
  const close = () => {
    if (text !== '' || cites.length > 0) segments.push({ text, cites: [...new Set(cites)] });
    text = '';
    cites = [];
  };
  for (const match of sentence.matchAll(MARKER)) {
    const between = sentence.slice(from, match.index);
    // Marks apart by white space are one run; a comma after a run ends the segment.
    if (cites.length > 0 && /^\s*[，,；;]/.test(between)) {
      text += /^\s*[，,；;]/.exec(between)?.[0] ?? '';
      close();
      text += between.replace(/^\s*[，,；;]/, '');
    } else {
      text += between;
    }
    cites.push(...numbersOf((match[1] ?? match[2]) as string));
    from = match.index + match[0].length;
  }
  const rest = sentence.slice(from);
  if (cites.length > 0 && /^\s*[，,；;]\s*\S/.test(rest)) {
    text += /^\s*[，,；;]/.exec(rest)?.[0] ?? '';
    close();
    text += rest.replace(/^\s*[，,；;]/, '');
  } else {
    text += rest;
  }
  close();
  return segments;
}

function numbersOf(list: string): number[] {
  const numbers: number[] = [];
  let through = false;
  for (const token of list.normalize('NFKC').match(/\d+|[-–—~至到]/g) ?? []) {
    if (!/\d/.test(token)) {
      through = true;
      continue;
    }
    const n = Number(token);
    const last = numbers.at(-1);
    if (through && last !== undefined)
      for (let i = last + 1; i < Math.min(n, last + 50); i++) numbers.push(i);
    numbers.push(n);
    through = false;
  }
  return numbers;
}
