/**
 * The page of the indicator board; for browsers without JavaScript a plain table.
 * @module
 */
import type { Assistant } from '../../../assistant.ts';
import { sourcePath } from '../../links.ts';
import { escapeHtml } from './html.ts';
import { componentPage } from './reading.ts';

type Rows = ReturnType<Assistant['board']>;

/** The page. */
export function renderBoard(rows: Rows): string {
  return componentPage({
    title: '指标对照',
    script: '/board.js',
    element: '<guiwen-board page></guiwen-board>',
    fallback: `<main class="source">
<p><a href="/">规问</a></p>
<h1>指标对照</h1>
<table><thead><tr><th>指标</th><th>规划</th><th>单位</th><th>基准</th><th>目标</th><th>属性</th></tr></thead>
<tbody>${rows.map(rowHtml).join('\n')}</tbody></table>
</main>`,
  });
}

function rowHtml({ indicators }: Rows[number]): string {
  return indicators
    .map(({ attribute = '', baseline, citation, name, plan, target, unit = '' }) => {
      const values = [baseline, target].map((value) => (value ? `${value.header} ${value.value}` : ''));
      const cells = [plan.title, unit, ...values, attribute].map((text) => `<td>${escapeHtml(text)}</td>`);
      return `<tr><td><a href="${escapeHtml(sourcePath(citation))}">${escapeHtml(name)}</a></td>${cells.join('')}</tr>`;
    })
    .join('');
}
