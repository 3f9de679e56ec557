/**
 * The page of a plan's text: the source reader, and for browsers without JavaScript the text with one stretch
 * highlighted.
 * @module
 */
import type { PlanSummary } from '../../../answer/types.ts';
import type { LaidBlock, LaidCell, LaidTable } from '../../../plan/layout.ts';
import type { OutlineNode, Span } from '../../../plan/types.ts';
import { escapeHtml, htmlPage } from './html.ts';
import { componentPage } from './reading.ts';

/** What is shown. */
export interface Source {
  readonly plan: PlanSummary;
  readonly text: string;
  readonly outline: OutlineNode;
  readonly blocks: readonly LaidBlock[];
}

/** Kinds whose headings the table of contents lists. */
const CONTENTS = new Set(['part', 'chapter', 'section', 'annex', 'front']);

type Marker = (span: Span) => string;

/** The page; in its plain form `quote` is highlighted and has the id `quote`. */
export function renderSource(source: Source, quote?: Span): string {
  const { plan } = source;
  return componentPage({
    title: plan.title,
    script: '/reader.js',
    element: `<guiwen-reader page plan="${escapeHtml(plan.id)}"></guiwen-reader>`,
    fallback: plainText(source, quote),
  });
}

/** The page for an id that names no plan. */
export const renderUnknownSource = () =>
  htmlPage(
    '没有这份规划',
    'source',
    '<h1>没有这份规划</h1><p>链接可能已经失效，或者规划的编号有误。</p><p><a href="/">回到首页</a></p>',
  );

function plainText({ plan, text, outline, blocks }: Source, quote?: Span): string {
  const mark: Marker =
    quote && quote.start < quote.end
      ? marker(text, quote)
      : ({ start, end }) => escapeHtml(text.slice(start, end));
  const facts = [
    plan.issuer,
    plan.period && `规划期 ${plan.period.start}—${plan.period.end}年`,
    plan.status === 'draft' ? '征求意见稿' : undefined,
  ].filter((fact) => fact !== undefined);
  return `<main class="source">
<p><a href="/">规问</a></p>
<h1>${escapeHtml(plan.title)}</h1>
<p class="muted">${escapeHtml(facts.join(' · '))}</p>
<details class="contents card"><summary>目录</summary>${contents(outline)}</details>
${blocks.map((block) => blockHtml(block, mark)).join('\n')}
</main>`;
}

function blockHtml(block: LaidBlock, mark: Marker): string {
  if (block.type === 'table') return tableHtml(block, mark);
  if (block.type !== 'heading') return `<p>${mark(block)}</p>`;
  const level = Math.min(block.level + 1, 6);
  return `<h${level} id="n${escapeHtml(block.nodeId)}">${mark(block)}</h${level}>`;
}

function tableHtml({ header, rows, notes }: LaidTable, mark: Marker): string {
  const cell = (tag: string) => (laid: LaidCell) => {
    const span = laid.rowSpan ? ` rowspan="${laid.rowSpan}"` : '';
    return `<${tag}${span}>${[laid, ...(laid.rest ?? [])].map(mark).join('')}</${tag}>`;
  };
  const body = rows.map((row) => `<tr>${row.cells.map(cell('td')).join('')}</tr>`).join('');
  return `<div class="wide"><table><thead><tr>${header.map(cell('th')).join('')}</tr></thead><tbody>${body}</tbody></table></div>
${notes.map((note) => `<p>${mark(note)}</p>`).join('')}`;
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

/** Escapes a stretch of text and highlights what of it lies in the quote; the first piece gets the id. */
function marker(text: string, quote: Span): Marker {
  let first = true;
  return ({ start, end }) => {
    const from = Math.max(start, quote.start);
    const to = Math.min(end, quote.end);
    if (from >= to) return escapeHtml(text.slice(start, end));
    const id = first ? ' id="quote"' : '';
    first = false;
    return `${escapeHtml(text.slice(start, from))}<mark${id}>${escapeHtml(text.slice(from, to))}</mark>${escapeHtml(text.slice(to, end))}`;
  };
}
