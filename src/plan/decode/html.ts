import type { ChildNode, Element } from './dom.ts';
import { isElement, parseXml } from './dom.ts';
import { tableRows } from './html-table.ts';
import { joinLines } from './strings.ts';

const PAGE_BREAK = '\f';
const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
  '+': '⁺',
  '-': '⁻',
};

/** 10⁸ must not become 108. */
function superscript(text: string): string {
  return /^[0-9+-]+$/.test(text) ? [...text].map((sign) => SUPERSCRIPTS[sign]).join('') : text;
}

function isNoteBacklink(element: Element): boolean {
  return /^#(?:foot|end)note-ref-/.test(element.attribs.href ?? '');
}

/** The text of inline markup; \n for a line break, \f for a page break. */
function inlineText(node: ChildNode): string {
  if (node.type === 'text') return node.data.replace(/[\r\n\f]/g, ' ');
  if (!isElement(node)) return '';
  if (node.name === 'br') return '\n';
  if (node.name === 'hr') return PAGE_BREAK;
  if (node.name === 'input') return 'checked' in node.attribs ? '☑' : '☐';
  if (node.name === 'a' && isNoteBacklink(node)) return '';
  if (node.name === 'sup') return superscript(node.children.map(inlineText).join(''));
  return node.children.map(inlineText).join('');
}

const BLOCKS = new Set([
  'p',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'table',
  'ul',
  'ol',
  'li',
  'dl',
  'dt',
  'dd',
  'hr',
]);
const TABLE_PARTS = new Set(['thead', 'tbody', 'tr', 'td', 'th']);

function isBlock(node: ChildNode): node is Element {
  return isElement(node) && BLOCKS.has(node.name);
}

/** Everything below these nodes as one line: what a table cell or a heading says. */
function oneLine(nodes: readonly ChildNode[]): string {
  const parts: string[] = [];
  let inline = '';
  for (const node of nodes) {
    if (isElement(node) && (BLOCKS.has(node.name) || TABLE_PARTS.has(node.name))) {
      parts.push(inline, oneLine(node.children));
      inline = '';
    } else {
      inline += inlineText(node);
    }
  }
  return joinLines([...parts, inline].flatMap((part) => part.split(/[\t\n\f]+/)));
}

/** Tabs are for table cells; the one before a page number in a table of contents may stay. */
function withoutTabs(line: string): string {
  return line.trim().replace(/ *\t(?!\d{1,4}$)[\t ]*/g, ' ');
}

/** Collects blocks, with blank lines between them and form feeds where a page break was. */
class Page {
  readonly #blocks: string[] = [];
  #broken = false;

  /** Adds a block; a \f in it, if any, breaks the page there. */
  add(text: string): void {
    text.split(PAGE_BREAK).forEach((part, i) => {
      if (i > 0) this.#broken = true;
      const lines = part.split('\n').map(withoutTabs);
      const block = lines.join('\n').replace(/^\n+|\n+$/g, '');
      if (block === '') return;
      this.#blocks.push(this.#broken ? PAGE_BREAK + block : block);
      this.#broken = false;
    });
  }

  /** Adds the rows of a table as they are: cells at its edges may be empty. */
  addRows(rows: readonly string[]): void {
    if (rows.length === 0) return;
    this.#blocks.push((this.#broken ? PAGE_BREAK : '') + rows.join('\n'));
    this.#broken = false;
  }

  toString(): string {
    return this.#blocks.length === 0 ? '' : `${this.#blocks.join('\n\n')}\n`;
  }
}

function addTable(page: Page, table: Element): void {
  const rows = tableRows(table, (cell) => oneLine(cell.children));
  if (rows.every((row) => row.length === 1)) {
    // A frame around text rather than a table: its paragraphs keep their lines.
    for (const cell of cellsOf(table)) addBlocks(page, cell.children);
  } else {
    page.addRows(rows.filter((row) => row.some((cell) => cell !== '')).map((row) => row.join('\t')));
  }
}

function cellsOf(element: Element): Element[] {
  const children = element.children.filter(isElement);
  return children.flatMap((child) => (child.name === 'td' || child.name === 'th' ? [child] : cellsOf(child)));
}

function addList(page: Page, list: Element): void {
  list.children.filter(isElement).forEach((item, i) => {
    const note = /^(?:foot|end)note-/.test(item.attribs.id ?? '');
    const marker = note ? `[${i + 1}]` : list.name === 'ol' ? `${i + 1}.` : '-';
    const nested = item.children.filter(
      (child) => isElement(child) && (child.name === 'ul' || child.name === 'ol'),
    );
    const own = item.children.filter((child) => !nested.includes(child));
    page.add(`${marker} ${oneLine(own)}`);
    addBlocks(page, nested);
  });
}

function addBlocks(page: Page, nodes: readonly ChildNode[]): void {
  let inline = '';
  for (const node of nodes) {
    if (!isBlock(node)) {
      inline += inlineText(node);
      continue;
    }
    page.add(inline);
    inline = '';
    if (node.name === 'table') addTable(page, node);
    else if (node.name === 'ul' || node.name === 'ol') addList(page, node);
    else if (/^h[1-6]$/.test(node.name)) addHeading(page, node);
    else page.add(inlineText(node));
  }
  page.add(inline);
}

function addHeading(page: Page, heading: Element): void {
  const text = oneLine(heading.children);
  if (heading.children.some((child) => inlineText(child).includes(PAGE_BREAK))) page.add(PAGE_BREAK);
  if (text !== '') page.add(`${'#'.repeat(Number(heading.name[1]))} ${text}`);
}

/** The plain lines of a Source from the HTML that mammoth makes of a Word document. */
export function htmlToLines(html: string): string {
  const page = new Page();
  addBlocks(page, parseXml(html).children);
  return page.toString();
}
