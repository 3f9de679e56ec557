import type { Page, PageLine } from './pdf-lines.ts';

/** How much of a page's height, at its top and bottom, may hold running headers and page numbers. */
const EDGE = 0.15;
/** How many lines from the top or bottom may be such. */
const DEPTH = 3;
/** More parts than left, middle and right make a row of a table, whose head may repeat on each page. */
const PARTS = 3;
/** On how many of the pages a line has to stand to count as one. */
const SHARE = 0.4;

/** A line's text with its numbers masked, and where it stands from the nearer edge in steps of 4 points. */
function keysOf(page: Page, line: PageLine): string[] {
  const fromTop = line.y - page.top;
  const fromBottom = page.bottom - line.y;
  const distance = Math.min(fromTop, fromBottom);
  if (distance > (page.bottom - page.top) * EDGE || line.pieces.length > PARTS) return [];
  const text = line.pieces.map((piece) => piece.text).join(' ');
  const masked = text.replace(/\d+/g, '#').replace(/\s/g, '');
  const side = fromTop < fromBottom ? 'top' : 'bottom';
  const step = Math.round(distance / 4);
  return [step - 1, step, step + 1].map((at) => `${side} ${at} ${masked}`);
}

function outermost(page: Page): PageLine[] {
  return page.lines.filter((_, i) => i < DEPTH || i >= page.lines.length - DEPTH);
}

/** The pages without the headers, footers and page numbers that repeat, in the same place, on most of them. */
export function dropMargins(pages: readonly Page[]): Page[] {
  const counts = new Map<string, number>();
  for (const page of pages) {
    const keys = new Set(outermost(page).map((line) => keysOf(page, line)[1] ?? ''));
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const enough = Math.max(2, pages.filter((page) => page.lines.length > 0).length * SHARE);
  const repeats = (page: Page, line: PageLine): boolean => {
    const times = keysOf(page, line).reduce((sum, key) => sum + (counts.get(key) ?? 0), 0);
    return times >= enough;
  };
  return pages.map((page) => {
    const margins = new Set(outermost(page).filter((line) => repeats(page, line)));
    return { ...page, lines: page.lines.filter((line) => !margins.has(line)) };
  });
}
