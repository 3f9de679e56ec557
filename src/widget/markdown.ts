/**
 * The Markdown of answers as structure: paragraphs, headings, lists, quotes, tables, bold, citation marks, escapes.
 * Whatever else there may be, HTML and links above all, stays the text it is. Nothing here knows a browser.
 * @module
 */

/** A piece of a line; `cite` is a citation's number. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bold'; readonly content: readonly Inline[] }
  | { readonly kind: 'cite'; readonly n: number };

/** One item of a list; `depth` counts from 0. */
export interface Item {
  readonly depth: number;
  readonly content: readonly Inline[];
}

/** A block of the text. */
export type Block =
  | { readonly kind: 'paragraph' | 'heading' | 'quote'; readonly content: readonly Inline[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly start: number; readonly items: Item[] }
  | { readonly kind: 'table'; readonly head: readonly Inline[][]; readonly rows: Inline[][][] };

/** The blocks of a text, in order. Every line of text is in exactly one of them. */
export function parseMarkdown(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    addLine(blocks, line);
  }
  return blocks;
}

function addLine(blocks: Block[], line: string): void {
  const last = blocks[blocks.length - 1];
  if (/^\s*\|.*\|\s*$/.test(line)) {
    if (last?.kind !== 'table') blocks.push({ kind: 'table', head: parseRow(line), rows: [] });
    else if (!/^[\s|:-]+$/.test(line)) last.rows.push(parseRow(line));
    return;
  }
  const item = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/.exec(line);
  if (item) {
    const [, indent = '', number, content = ''] = item;
    const depth = Math.min(Math.floor(indent.length / 2), 3);
    const ordered = number !== undefined;
    const entry = { depth, content: parseInline(content) };
    // An indented item belongs to the list above it, whatever its marks.
    if (last?.kind === 'list' && (last.ordered === ordered || depth > 0)) last.items.push(entry);
    else blocks.push({ kind: 'list', ordered, start: Number(number ?? 1), items: [entry] });
    return;
  }
  const [, heading] = /^#{1,6}\s+(.*)$/.exec(line) ?? [];
  const [, quote] = /^>\s?(.*)$/.exec(line) ?? [];
  const kind = heading !== undefined ? 'heading' : quote !== undefined ? 'quote' : 'paragraph';
  blocks.push({ kind, content: parseInline((heading ?? quote ?? line).trim()) });
}

/** The cells of a table's line; an escaped bar parts nothing. */
function parseRow(line: string): Inline[][] {
  const cells =
    line
      .trim()
      .slice(1, -1)
      .match(/(?:\\.|[^|\\])*(?:\||$)/gs) ?? [];
  // The pattern matches the empty end once more.
  return cells.slice(0, -1).map((cell) => parseInline(cell.replace(/\|$/, '').trim()));
}

/** The pieces of one line. */
export function parseInline(text: string): Inline[] {
  const pieces: Inline[] = [];
  const addText = (piece: string) => {
    const last = pieces[pieces.length - 1];
    if (last?.kind === 'text') pieces[pieces.length - 1] = { kind: 'text', text: last.text + piece };
    else if (piece) pieces.push({ kind: 'text', text: piece });
  };
  let from = 0;
  for (const match of text.matchAll(/\\([!-/:-@[-`{-~])|\*\*((?:\\.|[^*\\])+)\*\*|\[(\d{1,3})\]/g)) {
    const [whole, escaped, bold, n] = match;
    addText(text.slice(from, match.index));
    if (escaped !== undefined) addText(escaped);
    else if (bold !== undefined) pieces.push({ kind: 'bold', content: parseInline(bold) });
    else pieces.push({ kind: 'cite', n: Number(n) });
    from = match.index + whole.length;
  }
  addText(text.slice(from));
  return pieces;
}

/** The text without marks of any kind; citation marks stay. */
export function plainText(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      switch (block.kind) {
        case 'list':
          return block.items
            .map(({ depth, content }, index) => {
              const mark = block.ordered && depth === 0 ? `${block.start + index}. ` : '· ';
              return `${'  '.repeat(depth)}${mark}${inlineText(content)}`;
            })
            .join('\n');
        case 'table':
          return [block.head, ...block.rows].map((row) => row.map(inlineText).join('\t')).join('\n');
        default:
          return inlineText(block.content);
      }
    })
    .join('\n');
}

function inlineText(content: readonly Inline[]): string {
  return content
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      return piece.kind === 'bold' ? inlineText(piece.content) : `[${piece.n}]`;
    })
    .join('');
}
