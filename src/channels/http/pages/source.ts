/**
 * The source view: a plan's text as a page, with one stretch highlighted.
 * @module
 */
import type { PlanSummary } from '../../../answer/types.ts';
import type { OutlineNode, Span } from '../../../plan/types.ts';
import { escapeHtml, htmlPage } from './html.ts';

/** What is shown. */
export interface Source {
  readonly plan: PlanSummary;
  readonly text: string;
  readonly outline: OutlineNode;
}

/** Kinds whose headings the table of contents lists. */
const CONTENTS = new Set(['part', 'chapter', 'section', 'annex', 'front']);

/** The page; `quote` is highlighted and has the id `quote`. */
export function renderSource({ plan, text, outline }: Source, quote?: Span): string {
  const headings = new Map<number, { node: OutlineNode; depth: number }>();
  collectHeadings(outline, 0, headings);
  const mark =
    quote && quote.start < quote.end
      ? marker(text, quote)
      : (start: number, end: number) => escapeHtml(text.slice(start, end));

  const html: string[] = [];
  let row: string[] = [];
  const endTable = () => {
    if (row.length > 0) html.push(`<div class="wide"><table>${row.join('')}</table></div>`);
    row = [];
  };
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const heading = headings.get(start);
    if (heading && heading.node.headingSpan.end >= end) {
      endTable();
      const level = Math.min(heading.depth + 1, 4);
      html.push(`<h${level} id="n${escapeHtml(heading.node.id)}">${mark(start, end)}</h${level}>`);
    } else if (text.slice(start, end).includes('\t')) {
      row.push(`<tr>${cells(text, start, end, mark)}</tr>`);
    } else if (end > start) {
      endTable();
      html.push(`<p>${mark(start, end)}</p>`);
    }
    start = end + 1;
  }
  endTable();

  const facts = [
    plan.issuer,
    plan.period && `规划期 ${plan.period.start}—${plan.period.end}年`,
    plan.status === 'draft' ? '征求意见稿' : undefined,
  ].filter((fact) => fact !== undefined);
  return htmlPage(
    plan.title,
    'source',
    `<h1>${escapeHtml(plan.title)}</h1>
<p class="muted">${escapeHtml(facts.join(' · '))}</p>
<details class="contents card"><summary>目录</summary>${contents(outline)}</details>
${html.join('\n')}`,
  );
}

/** The page for an id that names no plan. */
export const renderUnknownSource = () =>
  htmlPage('没有这份规划', 'source', '<h1>没有这份规划</h1><p><a href="/">回到首页</a></p>');

function collectHeadings(
  node: OutlineNode,
  depth: number,
  found: Map<number, { node: OutlineNode; depth: number }>,
) {
  const { headingSpan, kind } = node;
  // A lead sentence opens its paragraph and stays in it.
  if (kind !== 'root' && kind !== 'lead' && headingSpan.end > headingSpan.start) {
    found.set(headingSpan.start, { node, depth });
  }
  for (const child of node.children) collectHeadings(child, depth + 1, found);
}

function contents(node: OutlineNode): string {
  const entries = node.children
    .filter((child) => CONTENTS.has(child.kind))
    .map(
      (child) =>
        `<li><a href="#n${escapeHtml(child.id)}">${escapeHtml(child.heading)}</a>${contents(child)}</li>`,
    );
  return entries.length > 0 ? `<ul>${entries.join('')}</ul>` : '';
}

/** A line of a table: cells are parted by tabs. */
function cells(
  text: string,
  start: number,
  end: number,
  mark: (start: number, end: number) => string,
): string {
  let html = '';
  for (let from = start; from <= end; ) {
    const tab = text.indexOf('\t', from);
    const to = tab < 0 || tab > end ? end : tab;
    html += `<td>${mark(from, to)}</td>`;
    from = to + 1;
  }
  return html;
}

/** Escapes a stretch of text and highlights what of it lies in the quote; the first piece gets the id. */
function marker(text: string, quote: Span): (start: number, end: number) => string {
  let first = true;
  return (start, end) => {
    const from = Math.max(start, quote.start);
    const to = Math.min(end, quote.end);
    if (from >= to) return escapeHtml(text.slice(start, end));
    const id = first ? ' id="quote"' : '';
    first = false;
    return `${escapeHtml(text.slice(start, from))}<mark${id}>${escapeHtml(text.slice(from, to))}</mark>${escapeHtml(text.slice(to, end))}`;
  };
}
