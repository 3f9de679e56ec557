/**
 * Lines → canonical text with its outline: every heading is recognised once, as it is written into the text,
 * so that its offsets are known from the start and never searched for again.
 * @module
 */
import { cellsOf, mendMergedCells, printedNumbers } from './cells.ts';
import type { Draft } from './drafts.ts';
import { draft, finish, indexNodes, NOWHERE } from './drafts.ts';
import type { Candidate, FamilyChoice, PlacedCandidate } from './headings.ts';
import {
  articleTitleEnd,
  chooseFamilies,
  headingCandidate,
  isTitle,
  runInTitleEnd,
  tidyHeading,
} from './headings.ts';
import type { Line } from './lines.ts';
import { displayWidth } from './lines.ts';
import { goesOn, isCaption, MIN_TORN_WIDTH, SOFT_END, TERMINAL } from './paragraphs.ts';
import type { RawTable } from './tables.ts';
import { isNote, isTableTitle, joinCell, tableAt } from './tables.ts';
import type { Block, BlockKind, NodeKind, OutlineNode, Span, Table, TableRow } from './types.ts';

/** The canonical text of a document with its outline and tables. */
export interface Assembled {
  readonly text: string;
  readonly outline: OutlineNode;
  readonly tables: readonly Table[];
}

const RANK = {
  bian: 1,
  annex: 1,
  zhang: 2,
  named: 2,
  jie: 3,
  tiao: 4,
  cn: 5,
  cnParen: 6,
  ar: 7,
  arParen: 8,
} as const;
const BOX_RANK = 20;

const ITEM_MARK =
  /^(?:——|—(?!—)|[-·•●◆▪■○] ?|[①-⑳]|(?:\d{1,2}|[０-９]{1,2})(?:[．、]|\.(?!\d))|[（(](?:\d{1,2}|[一二三四五六七八九十]{1,3})[）)])/;

/** On a narrow page an enumerated line wider than this is the first line of a paragraph, not a title. */
const WRAPPED_TITLE_WIDTH = 50;

/** Builds the canonical text and outline. `wrapped`: line ends inside paragraphs are the page's. */
export function assemble(lines: readonly Line[], wrapped: boolean): Assembled {
  const tables = findTables(lines);
  const families = chooseFamilies(placedCandidates(lines, tables, wrapped));
  return new Assembly(lines, tables, families, wrapped).run();
}

function findTables(lines: readonly Line[]): Map<number, RawTable> {
  const found = new Map<number, RawTable>();
  for (let i = 0; i < lines.length; i++) {
    const table = tableAt(lines, i);
    if (table) {
      found.set(i, table);
      i = table.to - 1;
    } else {
      // Where a row begins no table, the same row once more does not either; trying each takes quadratic time.
      while (repeatsRow(lines, i + 1)) i++;
    }
  }
  return found;
}

const repeatsRow = (lines: readonly Line[], i: number) => {
  const [before, line] = [lines[i - 1], lines[i]];
  return line?.text === before?.text && !line?.cell && !before?.cell && line?.text.includes('\t');
};

/** Candidates outside of tables and boxes that do not continue a paragraph: what families are chosen from. */
function placedCandidates(
  lines: readonly Line[],
  tables: Map<number, RawTable>,
  wrapped: boolean,
): PlacedCandidate[] {
  const placed: PlacedCandidate[] = [];
  let inBox = false;
  for (let i = 0; i < lines.length; i++) {
    const table = tables.get(i);
    if (table) {
      i = table.to - 1;
      continue;
    }
    const line = lines[i] as Line;
    const candidate = headingCandidate(line.text);
    if (!candidate) continue;
    const previous = lines[i - 1];
    if (previous && !isTitle(previous.text) && goesOn(previous.text, line, wrapped) && !candidate.apart)
      continue;
    if (candidate.family === 'box') inBox = true;
    else if (candidate.family === 'zhang' || candidate.family === 'jie' || candidate.family === 'cn')
      inBox = false;
    if (!inBox || candidate.family === 'cn') placed.push({ candidate, text: line.text });
  }
  return placed;
}

class Assembly {
  #text = '';
  #tables: Table[] = [];
  #root: Draft;
  #stack: Draft[];
  /** Lines of the paragraph being built. */
  #paragraph: string[] = [];
  #paragraphHeading: { draft: Draft; candidate: Candidate } | undefined;
  #last: Partial<Record<string, number>> = {};
  #bodySeen = false;
  #afterTable = false;
  readonly #counted = new WeakMap<Draft, { blocks: number; readonly of: Map<BlockKind, number> }>();
  #draftOfTable = new Map<Draft, number[]>();
  readonly lines: readonly Line[];
  readonly tablesAt: Map<number, RawTable>;
  readonly families: FamilyChoice;
  readonly wrapped: boolean;

  constructor(
    lines: readonly Line[],
    tablesAt: Map<number, RawTable>,
    families: FamilyChoice,
    wrapped: boolean,
  ) {
    // Leading and trailing tabs are empty cells of a table's row; elsewhere they mean nothing.
    this.lines = lines.map((line) => ({ ...line, text: line.text.trim() }));
    this.tablesAt = tablesAt;
    this.families = families;
    this.wrapped = wrapped;
    this.#root = draft('root', -1, '', '', { start: 0, end: 0 });
    this.#stack = [this.#root];
  }

  run(): Assembled {
    for (let i = 0; i < this.lines.length; i++) {
      const table = this.tablesAt.get(i);
      if (table) {
        this.#flush();
        this.#table(table);
        i = table.to - 1;
        continue;
      }
      i = this.#line(i);
    }
    this.#flush();
    const outline = { ...finish(this.#root, ''), end: this.#text.length };
    const ids = new Map<number, string>();
    indexNodes(this.#root, '', (draftNode, id) => {
      for (const t of this.#draftOfTable.get(draftNode) ?? []) ids.set(t, id);
    });
    return {
      text: this.#text,
      outline,
      tables: this.#tables.map((t, n) => ({ ...t, nodeId: ids.get(n) ?? '' })),
    };
  }

  get #top(): Draft {
    return this.#stack.at(-1) as Draft;
  }

  get #box(): Draft | undefined {
    return this.#stack.findLast((d) => d.kind === 'box');
  }

  /** Handles line `i`; returns the index of the last line it used. */
  #line(i: number): number {
    const line = this.lines[i] as Line;
    if (line.text === '') return i; // an empty cell outside of a table
    const candidate = headingCandidate(line.text);
    const previous = this.#paragraph.at(-1);
    const open = previous !== undefined && !(this.#paragraph.length === 1 && isCaption(previous));
    if (open && goesOn(previous, line, this.wrapped) && !this.#breaks(line, candidate)) {
      this.#paragraph.push(line.text);
      return i;
    }
    this.#flush();
    if (!this.#bodySeen && this.#isTitleLine(line, candidate)) {
      const span = this.#append(line.text);
      const heading =
        this.#root.heading === ''
          ? tidyHeading(line.text)
          : `${this.#root.heading} ${tidyHeading(line.text)}`;
      this.#root.heading = heading;
      this.#root.headingSpan = { start: this.#root.headingSpan.start, end: span.end };
      return i;
    }
    const box = this.#box;
    if (candidate?.family === 'box' && box && tidyHeading(line.text) === box.heading) return i; // repeated after a page break
    if (candidate?.family === 'box' && isTitle(line.text)) {
      while (this.#box) this.#stack.pop();
      while (this.#top.kind === 'table' || this.#top.kind === 'item') this.#stack.pop();
      return this.#wholeHeading(i, draft('box', BOX_RANK, candidate.number, '', NOWHERE));
    }
    if (line.hash > 0 && (!candidate || !this.#headingRank(candidate, line.text))) {
      const kind: NodeKind =
        line.hash <= 1 ? 'part' : line.hash === 2 ? 'chapter' : line.hash === 3 ? 'section' : 'item';
      return this.#wholeHeading(i, draft(kind, line.hash, '', '', NOWHERE));
    }
    if (candidate) {
      const used = this.#numbered(i, line, candidate);
      if (used !== undefined) return used;
    }
    if (isTableTitle(line.text) && this.tablesAt.has(i + 1) && !this.#box) {
      while (this.#top.kind === 'table') this.#stack.pop();
      return this.#wholeHeading(
        i,
        draft(
          'table',
          BOX_RANK,
          /^附?表 ?[\d一二三四五六七八九十-]+/.exec(line.text)?.[0] ?? '',
          '',
          NOWHERE,
        ),
      );
    }
    this.#leaveBoxBefore(line);
    this.#paragraph = [line.text];
    return i;
  }

  /** A heading with a number of its own, or undefined if the line is body text. */
  #numbered(i: number, line: Line, candidate: Candidate): number | undefined {
    const box = this.#box;
    const enumerationTitle =
      isTitle(line.text) && !(this.wrapped && displayWidth(line.text) > WRAPPED_TITLE_WIDTH);
    const enumeration =
      candidate.family === 'cn' ||
      candidate.family === 'cnParen' ||
      candidate.family === 'ar' ||
      candidate.family === 'arParen';
    const title = enumeration ? enumerationTitle : isTitle(line.text);
    if (box && enumeration && !this.#leavesBox(box, candidate)) {
      box.lastItem = candidate.value;
      if (!title || (box.wholeItems && !box.titleItems)) return undefined;
      box.titleItems = true;
      return this.#wholeHeading(
        i,
        draft('item', BOX_RANK + RANK[candidate.family], candidate.number, '', NOWHERE),
      );
    }
    const place = this.#headingRank(candidate, line.text);
    if (!place) return undefined;
    if (!enumeration && candidate.family !== 'tiao' && !title && !this.#endsInComma(i) && line.hash === 0)
      return undefined;
    const node = draft(place.kind, place.rank, candidate.number, '', NOWHERE);
    this.#last[candidate.family] = candidate.value;
    if (
      candidate.family === 'zhang' ||
      candidate.family === 'bian' ||
      (candidate.family === 'cn' && place.rank === 2)
    ) {
      for (const below of ['jie', 'ar', 'arParen']) this.#last[below] = 0;
      if (this.families.cnParen !== 'running') this.#last.cnParen = 0;
    }
    if (candidate.family === 'tiao' || (enumeration && !title)) {
      this.#open(node);
      this.#paragraph = [line.text];
      this.#paragraphHeading = { draft: node, candidate };
      return i;
    }
    return this.#wholeHeading(i, node);
  }

  /** Rank and kind of a candidate if its family is one of headings in this document and its number fits. */
  #headingRank(c: Candidate, text: string): { rank: number; kind: NodeKind } | undefined {
    const f = this.families;
    switch (c.family) {
      case 'bian':
        return c.apart ? { rank: RANK.bian, kind: 'part' } : undefined;
      case 'zhang':
        return c.apart || isTitle(text) ? { rank: RANK.zhang, kind: 'chapter' } : undefined;
      case 'jie':
        return c.apart || isTitle(text) ? { rank: RANK.jie, kind: 'section' } : undefined;
      case 'tiao':
        return f.articles && this.#articleFits(c) ? { rank: RANK.tiao, kind: 'article' } : undefined;
      case 'named':
        return { rank: RANK.named, kind: 'front' };
      case 'annex':
        return this.#bodySeen && isTitle(text) ? { rank: RANK.annex, kind: 'annex' } : undefined;
      case 'cn': {
        if (!f.cn || f.articles) return undefined;
        const last = this.#last.cn ?? 0;
        if (c.value !== last + 1 && c.value !== 1) return undefined;
        return f.chapters ? { rank: RANK.cn, kind: 'item' } : { rank: RANK.zhang, kind: 'chapter' };
      }
      case 'cnParen':
        if (f.cnParen === 'none') return undefined;
        if (!isTitle(text) && runInTitleEnd(text, c.titleAt) === undefined) return undefined;
        if (f.cnParen === 'running') return { rank: RANK.tiao, kind: 'article' };
        return f.chapters ? { rank: RANK.cnParen, kind: 'item' } : { rank: RANK.jie, kind: 'section' };
      case 'ar':
        return f.ar && isTitle(text) ? { rank: RANK.ar, kind: 'item' } : undefined;
      default:
        return undefined;
    }
  }

  /**
   * Articles count up; a gap (repealed articles, an extract) is let through when white space sets the number apart,
   * a small one only where the page broke the lines.
   */
  #articleFits(c: Candidate): boolean {
    const last = this.#last.tiao ?? 0;
    if (c.value === last + 1 || (c.value === last && /之/.test(c.number))) return true;
    return (
      c.apart && (c.value === 1 || (c.value > last && (!this.wrapped || last === 0 || c.value <= last + 5)))
    );
  }

  /** A chapter title that ends in a comma goes on in the next line. */
  #endsInComma(i: number): boolean {
    const line = this.lines[i] as Line;
    const next = this.lines[i + 1];
    return (
      /[，、,]$/.test(line.text) &&
      line.text.length <= 60 &&
      next !== undefined &&
      isTitle(next.text) &&
      !headingCandidate(next.text)
    );
  }

  #wholeHeading(i: number, node: Draft): number {
    const line = this.lines[i] as Line;
    let text = line.text;
    let used = i;
    const next = this.lines[i + 1];
    if (next && !next.cell && this.#endsInComma(i)) {
      text = `${line.text} ${next.text}`;
      used = i + 1;
    } else if (next && this.wrapped && this.#titleWraps(line, next)) {
      text = joinCell(line.text, next.text);
      used = i + 1;
    }
    this.#open(node);
    node.headingSpan = this.#append(text);
    node.start = node.headingSpan.start;
    node.end = node.headingSpan.end;
    node.heading = tidyHeading(text);
    this.#afterTable = false;
    return used;
  }

  /** A long title on a narrow page: a nearly full line followed by a short one that is no sentence. */
  #titleWraps(line: Line, next: Line): boolean {
    return (
      displayWidth(line.text) >= 44 &&
      displayWidth(next.text) <= 30 &&
      next.blankBefore === 0 &&
      isTitle(next.text) &&
      !headingCandidate(next.text) &&
      !this.tablesAt.has(this.lines.indexOf(next))
    );
  }

  #open(node: Draft): void {
    while (this.#stack.length > 1 && this.#top.rank >= node.rank) this.#stack.pop();
    this.#top.children.push(node);
    this.#stack.push(node);
    this.#bodySeen = true;
  }

  #leavesBox(box: Draft, c: Candidate): boolean {
    const f = this.families;
    const outer =
      c.family === 'cn' ? f.cn && !f.articles : c.family === 'cnParen' ? f.cnParen !== 'none' : false;
    if (!outer) return false;
    return c.value === (this.#last[c.family] ?? 0) + 1 && c.value !== box.lastItem + 1;
  }

  /** An unmarked paragraph after complete items or after the box's table belongs to the section again. */
  #leaveBoxBefore(line: Line): void {
    const box = this.#box;
    if (ITEM_MARK.test(line.text) || isNote(line.text)) return;
    if (this.#afterTable && this.#isNoteContinuation(line.text)) return;
    if (
      box &&
      !box.titleItems &&
      (box.wholeItems || box.hasTable) &&
      TERMINAL.test(this.#endOfParagraph(line))
    ) {
      while (this.#box) this.#stack.pop();
      this.#afterTable = false;
    }
    while (this.#top.kind === 'table') this.#stack.pop();
  }

  #endOfParagraph(line: Line): string {
    return this.wrapped || displayWidth(line.text) >= MIN_TORN_WIDTH ? '。' : line.text;
  }

  #isNoteContinuation(text: string): boolean {
    return this.#lastBlock()?.kind === 'note' && /^(?:\d|[（(]\d|\*|[①-⑳])/.test(text);
  }

  #lastBlock(): Block | undefined {
    return this.#top.blocks.at(-1);
  }

  #breaks(line: Line, candidate: Candidate | undefined): boolean {
    if (isNote(line.text) || line.text.startsWith('——')) return true;
    if (!candidate) return /^[-·•●◆▪■○] /.test(line.text);
    if (candidate.family === 'box' || candidate.family === 'named') return isTitle(line.text);
    const next = (this.#last[candidate.family] ?? 0) + 1;
    const previousEnded =
      SOFT_END.test(this.#paragraph.at(-1) as string) || TERMINAL.test(this.#paragraph.at(-1) as string);
    if (previousEnded) return true;
    if (candidate.family === 'tiao')
      return candidate.apart && this.families.articles && candidate.value === next;
    // 按照第十二条规定 at a line's end: a number that is not the next one, or runs straight on, is a reference.
    return candidate.apart && isTitle(line.text) && (candidate.value === next || candidate.value === 1);
  }

  #isTitleLine(line: Line, candidate: Candidate | undefined): boolean {
    if (candidate && candidate.family !== 'annex' && !/^[（(]/.test(line.text)) return false;
    if (line.hash > 1) return false;
    return (
      line.text.length <= 80 &&
      !TERMINAL.test(line.text) &&
      !SOFT_END.test(line.text) &&
      !ITEM_MARK.test(line.text)
    );
  }

  #append(text: string): Span {
    if (this.#text !== '') this.#text += '\n';
    const start = this.#text.length;
    this.#text += text;
    return { start, end: this.#text.length };
  }

  /** Writes the paragraph being built into the text as a block of the current node. */
  #flush(): void {
    if (this.#paragraph.length === 0) return;
    const text = this.#paragraph.reduce(joinCell);
    this.#paragraph = [];
    this.#bodySeen = true;
    const span = this.#append(text);
    const heading = this.#paragraphHeading;
    this.#paragraphHeading = undefined;
    const node = this.#top;
    node.end = span.end;
    if (heading) {
      const stop =
        heading.candidate.family === 'tiao'
          ? articleTitleEnd(text, heading.candidate)
          : runInTitleEnd(text, heading.candidate.titleAt);
      const end = stop ?? heading.candidate.number.length;
      heading.draft.headingSpan = { start: span.start, end: span.start + end };
      heading.draft.heading = tidyHeading(text.slice(0, end));
      heading.draft.start = span.start;
      node.blocks.push({
        ...span,
        kind: 'paragraph',
        n: 1,
        ...(stop && heading.candidate.family !== 'tiao' ? { leadEnd: span.start + stop + 1 } : {}),
      });
      return;
    }
    const marker = ITEM_MARK.exec(text)?.[0];
    const kind: BlockKind =
      isNote(text) || isCaption(text) || (this.#afterTable && this.#isNoteContinuation(text))
        ? 'note'
        : marker
          ? 'item'
          : 'paragraph';
    const n = this.#countOf(node, kind) + 1;
    const under = this.#countOf(node, 'paragraph');
    const box = this.#box;
    if (kind === 'item' && box && TERMINAL.test(text)) box.wholeItems = true;
    if (kind === 'note') this.#noteOfTable(span);
    node.blocks.push({
      ...span,
      kind,
      n,
      ...(kind === 'item' ? { under, marker: (marker as string).trim() } : {}),
    });
  }

  /** How many blocks of a kind a node has so far. Blocks are only added: those counted before are not counted anew. */
  #countOf(node: Draft, kind: BlockKind): number {
    const counted = this.#counted.get(node) ?? { blocks: 0, of: new Map<BlockKind, number>() };
    this.#counted.set(node, counted);
    for (; counted.blocks < node.blocks.length; counted.blocks++) {
      const { kind: next } = node.blocks[counted.blocks] as Block;
      counted.of.set(next, (counted.of.get(next) ?? 0) + 1);
    }
    return counted.of.get(kind) ?? 0;
  }

  #noteOfTable(span: Span): void {
    const last = this.#tables.at(-1);
    if (last && this.#afterTable)
      this.#tables[this.#tables.length - 1] = { ...last, notes: [...last.notes, span] };
  }

  #table(raw: RawTable): void {
    const node = this.#top;
    this.#bodySeen = true;
    node.hasTable = true;
    if (this.#box) this.#box.hasTable = true;
    const headerSpan = this.#append(raw.header.join('\t').trim());
    const rows: TableRow[] = [];
    for (const row of raw.rows) {
      const first = row.cells.join('\t').replace(/\t+$/, '');
      const lead = first.length - first.trimStart().length;
      let { start, end } = this.#append(first.trimStart());
      const rest = row.continued && this.#append(row.continued.join('\t').trim());
      if (rest) end = rest.end;
      rows.push({
        start,
        end,
        cells: cellsOf(row.cells, row.continued, rows, start - lead, raw.header, rest?.start),
      });
      if (row.continued && rest) mendMergedCells(rows, row.cells, row.continued, rest.start);
    }
    const before = this.#countOf(node, 'row');
    const printed = printedNumbers(raw.header, rows);
    rows.forEach(({ start, end }, i) => {
      node.blocks.push({
        start,
        end,
        kind: 'row',
        n: before + i + 1,
        ...(printed[i] ? { printed: printed[i] } : {}),
      });
    });
    const notes: Span[] = [];
    for (const note of raw.notes) {
      const span = this.#append(note);
      notes.push(span);
      node.blocks.push({ ...span, kind: 'note', n: notes.length });
    }
    const end = this.#text.length;
    node.end = end;
    this.#draftOfTable.set(node, [...(this.#draftOfTable.get(node) ?? []), this.#tables.length]);
    this.#tables.push({
      nodeId: '',
      title: node.heading,
      header: raw.header,
      headerSpan,
      rows,
      notes,
      start: headerSpan.start,
      end,
    });
    this.#afterTable = true;
  }
}
