/**
 * Text into HTML: escaped, and with stretches marked.
 * @module
 */
import { occurrences } from '../match.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe inside elements and quoted attributes; characters that XML forbids are dropped. */
export function escapeHtml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them, so JUnit readers would fail
  const clean = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
  return clean.replace(/[&<>"']/g, (c) => ESCAPES[c] as string);
}

/** Escaped text with every occurrence of a gold quote and of a `must` string marked; gold outside, must inside. */
export function marked(text: string, gold: readonly string[], must: readonly string[]): string {
  const inGold = occurrences(text, gold);
  const inMust = occurrences(text, must);
  const edges = [
    ...new Set([0, text.length, ...[...inGold, ...inMust].flatMap((s) => [s.start, s.end])]),
  ].sort((a, b) => a - b);
  let html = '';
  for (let i = 0; i + 1 < edges.length; i++) {
    const from = edges[i] as number;
    const to = edges[i + 1] as number;
    const inside = (spans: readonly { start: number; end: number }[]) =>
      spans.some((s) => s.start <= from && to <= s.end);
    const classes = [inside(inGold) && 'gold', inside(inMust) && 'must'].filter(Boolean).join(' ');
    const piece = escapeHtml(text.slice(from, to));
    html += classes ? `<mark class="${classes}">${piece}</mark>` : piece;
  }
  return html;
}
