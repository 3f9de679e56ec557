/**
 * An answer's Markdown as statements with the citations they carry.
 * @module
 */

/** One assertion of an answer. */
export interface Statement {
  /** Without citation marks and Markdown. */
  readonly text: string;
  /** Numbers of the citations it carries, in order. */
  readonly cites: readonly number[];
}

const MARK = /[[［【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]］】]/g;

/** The answer without its citation marks; brackets that name no citation (footnotes, ranges) stay. */
export function withoutMarks(answer: string, known: ReadonlySet<number>): string {
  return answer.replace(MARK, (all, numbers: string) => (marksOf(numbers, known) ? '' : all));
}

/**
 * The statements of an answer: within a line (a paragraph, list item or table row), the text up to and including
 * a run of citation marks; what follows the last mark of a line, or a line without marks, is a statement without
 * citations. Headings, lead-ins that end in a colon, table headers and rules assert nothing and are left out; so
 * does what says, without citation, that a plan does not say: there is nothing to cite.
 * @param known the numbers of the answer's citations; other bracketed numbers are text
 */
export function statementsOf(answer: string, known: ReadonlySet<number>): Statement[] {
  const statements: Statement[] = [];
  const lines = answer.split(/\r?\n/);
  lines.forEach((line, i) => {
    if (/^\s*(```|~~~)/.test(line) || isRule(line)) return;
    if (line.includes('|') && isRule(lines[i + 1] ?? '')) return;
    const isHeading = /^\s*#{1,6}\s/.test(line);
    const body = line
      .replace(/^\s*(?:>\s*)+/, '')
      .replace(/^\s*(?:#{1,6}|[-*+•]|\d{1,2}[.、)）](?=\s|[^\d.]))\s*/, '');
    const pieces = split(body, known);
    for (const piece of pieces) {
      const plain = piece.text
        .replace(/[*`|]|<br\s*\/?>/g, ' ')
        .replace(/^[\s。，；、.,;]+/, '')
        .trim();
      const isLeadIn = /[:：]\s*$/.test(plain);
      const isTitle = isHeading || /^\*\*[^*]+\*\*[:：]?$/.test(piece.text.trim());
      if (piece.cites.length === 0 && (isLeadIn || isTitle || ABSENCE.test(plain))) continue;
      if (!/[\p{L}\p{N}]/u.test(plain)) {
        const last = statements.at(-1);
        if (piece.cites.length > 0 && last) {
          statements[statements.length - 1] = { ...last, cites: [...last.cites, ...piece.cites] };
        }
        continue;
      }
      statements.push({ text: plain, cites: piece.cites });
    }
  });
  return statements;
}

function split(line: string, known: ReadonlySet<number>): Statement[] {
  const pieces: { text: string; cites: number[] }[] = [];
  let open = { text: '', cites: [] as number[] };
  let at = 0;
  for (const mark of line.matchAll(MARK)) {
    const numbers = marksOf(mark[1] as string, known);
    if (!numbers) continue;
    const between = line.slice(at, mark.index);
    // Only punctuation since the last mark: the same statement goes on being cited.
    if (open.cites.length > 0 && /[\p{L}\p{N}]/u.test(between)) {
      pieces.push(open);
      open = { text: '', cites: [] };
    }
    open.text += between;
    open.cites.push(...numbers);
    at = mark.index + mark[0].length;
  }
  const rest = line.slice(at);
  if (open.cites.length > 0 && /[\p{L}\p{N}]/u.test(rest)) {
    pieces.push(open, { text: rest, cites: [] });
  } else {
    pieces.push({ text: open.text + rest, cites: open.cites });
  }
  return pieces.map(({ text, cites }) => ({ text: text.trim(), cites: [...new Set(cites)] }));
}

function marksOf(numbers: string, known: ReadonlySet<number>): number[] | undefined {
  const list = numbers.split(/[,，、]/).map(Number);
  return list.every((n) => known.has(n)) ? list : undefined;
}

const ABSENCE =
  /(?:没有|并未|未)(?:写|提|说|涉|给出|列|规定|明确|找到|载明)[^，,；;。\d]{0,12}[。.]?$|\b(?:does|do) not (?:say|mention|give|state)\b[^.\d]*\.?$/i;

function isRule(line: string): boolean {
  return line.includes('---') && /^[\s:|-]*$/.test(line);
}
