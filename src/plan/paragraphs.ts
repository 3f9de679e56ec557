/**
 * Lines into paragraphs: which line ends are the page's and not the author's.
 * @module
 */
import { isTitle } from './headings.ts';
import type { Line } from './lines.ts';
import { displayWidth } from './lines.ts';

/** A sentence ends here. */
export const TERMINAL = /[。！？…][”’）】》〕]?$/;
/** A clause ends here: a list item, or what introduces a list. */
export const SOFT_END = /[；：:;][”’）]?$/;

/** A paragraph that is shorter than this is not taken for one that a page break cut off (display columns). */
export const MIN_TORN_WIDTH = 40;

/** Whether the line ends of this document are the page's and not the author's. */
export function isHardWrapped(lines: readonly Line[]): boolean {
  const long = lines
    .filter((l) => !l.cell && !l.text.includes('\t'))
    .map((l) => ({ width: displayWidth(l.text), text: l.text }));
  const full = long.filter((l) => l.width >= MIN_TORN_WIDTH);
  if (full.length < 20) return false;
  const widths = full.map((l) => l.width).sort((a, b) => a - b);
  const p95 = widths[Math.floor(widths.length * 0.95)] as number;
  const torn = full.filter((l) => !TERMINAL.test(l.text) && !SOFT_END.test(l.text)).length;
  return p95 <= 130 && torn / full.length > 0.5;
}

/** Whether `line` goes on with the paragraph that `previous` began. */
export function goesOn(previous: string, line: Line, wrapped: boolean): boolean {
  if (line.cell || line.hash > 0) return false;
  if (wrapped) {
    if (!TERMINAL.test(previous) && !SOFT_END.test(previous)) return true;
    // A sentence may end just at the edge of the page: then only a full line goes on.
    const full =
      displayWidth(previous) >= displayWidth(line.text) - 4 && displayWidth(line.text) >= MIN_TORN_WIDTH;
    return full && !opensWithLead(line.text);
  }
  return (
    !line.begins &&
    !TERMINAL.test(previous) &&
    !SOFT_END.test(previous) &&
    !/[）)]$/.test(previous) &&
    displayWidth(previous) >= MIN_TORN_WIDTH
  );
}

/** The caption of a figure, 图1 …示意图: what follows is not its sentence. */
export function isCaption(text: string): boolean {
  return /^图 ?(?:\d|[一二三四五六七八九十])/.test(text) && isTitle(text);
}

/** The line opens with a short sentence that names a new paragraph. */
function opensWithLead(text: string): boolean {
  const stop = text.indexOf('。');
  return stop >= 4 && stop <= 26 && !/[\d，；：]/.test(text.slice(0, stop));
}
