/**
 * A run as a short Markdown summary, for a pull request or a job's page.
 * @module
 */
import type { Run } from '../evaluate.ts';
import type { Verdict } from '../gate.ts';
import { significanceNote } from '../gate.ts';
import type { CaseResult } from '../score.ts';
import { STAGES } from '../score.ts';
import type { Slice } from '../summary.ts';
import { formatFigure, inKindOrder, METRICS } from '../summary.ts';
import { judgementAsText, stagesAsText } from './terminal.ts';

const COLUMNS = [
  'passed',
  'recall@5',
  'correctness',
  'citationPrecision',
  'statementRecall',
  'overRefusal',
  'refusalRecall',
];

/** The summary; held-out questions are named by id only unless revealed. */
export function runAsMarkdown(run: Run, verdict: Verdict, options: { readonly reveal: boolean }): string {
  const { total, kinds, plans } = run.summary;
  const missed = verdict.thresholds.filter((t) => !t.isMet);
  const lines = [
    `# 规问回归测试：${verdict.isHeld ? '达标' : '未达标'}`,
    '',
    `${run.results.length} 个问题，通过 ${total.passed}；${run.seconds.toFixed(1)} 秒；${escapeCell(run.target)}；${run.startedAt}`,
    '',
    '| 指标 | 数值 | 95% 区间 | 题数 |',
    '| --- | ---: | ---: | ---: |',
    ...METRICS.flatMap((metric) => {
      const figure = total.figures[metric.id];
      if (!figure) return [];
      const { low, high } = figure.interval ?? {};
      const interval =
        low === undefined || high === undefined
          ? ''
          : `${formatFigure(metric, low)} – ${formatFigure(metric, high)}`;
      return [`| ${metric.title} | ${formatFigure(metric, figure.value)} | ${interval} | ${figure.n} |`];
    }),
    '',
    ...groupTable('类别', inKindOrder(kinds)),
    '',
    ...groupTable('规划', plans),
    '',
  ];
  if (missed.length > 0) {
    lines.push('## 未达门槛', '');
    for (const { name, threshold, value, n } of missed) {
      const metric = METRICS.find((m) => m.id === threshold.metric);
      const format = (v: number) => (metric ? formatFigure(metric, v) : String(v));
      const bound =
        threshold.min === undefined ? `≤ ${format(threshold.max ?? 0)}` : `≥ ${format(threshold.min)}`;
      lines.push(`- ${name}：${format(value)}（门槛 ${bound}，${n} 题）`);
    }
    lines.push('');
  }
  const { comparison } = verdict;
  if (comparison) {
    lines.push('## 与基线比较', '', significanceNote(comparison), '');
    lines.push(
      `弄坏 ${comparison.broken.length}，修好 ${comparison.fixed.length}，比较 ${comparison.compared} 题。`,
      '',
    );
    for (const result of comparison.broken) lines.push(`- 弄坏 ${name(result, options.reveal)}`);
    for (const result of comparison.fixed) lines.push(`- 修好 ${name(result, options.reveal)}`);
    lines.push('');
  }
  if (run.judgement) lines.push('## 评判模型', '', escapeCell(judgementAsText(run.judgement)), '');
  lines.push('## 未通过', '', '```', stagesAsText(run.results), '```', '');
  return `${lines.join('\n')}`;
}

function name({ entry, causes }: CaseResult, reveal: boolean): string {
  const cause = causes[0] ? `（${STAGES[causes[0].stage]}）` : '';
  const question = entry.half === 'heldout' && !reveal ? '' : ` ${escapeCell(entry.question)}`;
  return `\`${entry.id}\`${question}${cause}`;
}

function groupTable(title: string, slices: readonly Slice[]): string[] {
  const metrics = COLUMNS.flatMap((id) => METRICS.find((m) => m.id === id) ?? []);
  return [
    `| ${title} | 题数 | ${metrics.map((m) => m.title).join(' | ')} |`,
    `| --- | ---: |${metrics.map(() => ' ---: |').join('')}`,
    ...slices.map((s) => {
      const cells = metrics.map((m) => {
        const figure = s.figures[m.id];
        return figure ? formatFigure(m, figure.value) : '';
      });
      return `| ${s.name} | ${s.n} | ${cells.join(' | ')} |`;
    }),
  ];
}

const escapeCell = (text: string) => text.replace(/[\\`*_[\]<>|]/g, '\\$&').replace(/\s+/g, ' ');
