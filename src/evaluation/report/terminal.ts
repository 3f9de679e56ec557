/**
 * A run as text for a terminal.
 * @module
 */
import type { Run } from '../evaluate.ts';
import type { Verdict } from '../gate.ts';
import { significanceNote } from '../gate.ts';
import type { Judgement } from '../judge.ts';
import type { CaseResult, Stage } from '../score.ts';
import { STAGES } from '../score.ts';
import type { Figure, Slice } from '../summary.ts';
import { formatFigure, inKindOrder, METRICS } from '../summary.ts';

const COLUMNS: readonly (readonly [head: string, metric: string])[] = [
  ['hit@5', 'hit@5'],
  ['R@5', 'recall@5'],
  ['all@10', 'all@10'],
  ['MRR', 'mrr'],
  ['correct', 'correctness'],
  ['complete', 'completeness'],
  ['citPrec', 'citationPrecision'],
  ['citCov', 'citationCoverage'],
  ['stRec', 'statementRecall'],
  ['overRef', 'overRefusal'],
  ['refRec', 'refusalRecall'],
  ['p95ms', 'latencyP95'],
  ['chars', 'length'],
];

/** The table of one grouping: a line per slice, a column per main metric; `–` where a metric has no value. */
export function sliceTable(slices: readonly Slice[]): string {
  const rows = slices.map((s) => [
    s.name,
    String(s.n),
    percent(s.n === 0 ? undefined : s.passed / s.n),
    ...COLUMNS.map(([, metric]) => cell(s.figures[metric])),
  ]);
  return table([['', 'n', 'pass', ...COLUMNS.map(([head]) => head)], ...rows]);
}

/** Totals, then the tables per kind, plan and half. */
export function runAsText(run: Run): string {
  const { total, kinds, plans, halves } = run.summary;
  const figures = METRICS.flatMap((metric) => {
    const figure = total.figures[metric.id];
    if (!figure) return [];
    const low = figure.interval && formatFigure(metric, figure.interval.low);
    const high = figure.interval && formatFigure(metric, figure.interval.high);
    return [
      [
        metric.id,
        formatFigure(metric, figure.value),
        low ? `${low} – ${high}` : '',
        `n=${figure.n}`,
        metric.title,
      ],
    ];
  });
  return [
    `${run.results.length} 个问题，${run.seconds.toFixed(1)} 秒，${run.target}${run.repeat > 1 ? `，各问 ${run.repeat} 次` : ''}`,
    '',
    table(figures, { leftLast: true }),
    '',
    sliceTable(inKindOrder(kinds)),
    '',
    sliceTable(plans),
    ...(halves.length > 1 ? ['', sliceTable(halves)] : []),
    '',
    stagesAsText(run.results),
    ...(run.judgement ? ['', judgementAsText(run.judgement)] : []),
  ].join('\n');
}

/** What the judge model found, in a line. */
export function judgementAsText({
  model,
  faithfulness,
  interval,
  questions,
  statements,
  failed,
}: Judgement): string {
  const share = (value: number) => `${(value * 100).toFixed(1)}%`;
  const figure = faithfulness === undefined ? '没有可评的回答' : `忠实度 ${share(faithfulness)}`;
  const around = interval ? `（${share(interval.low)} – ${share(interval.high)}）` : '';
  const lost = failed > 0 ? `，${failed} 题评判失败` : '';
  return `评判模型 ${model}（另报，不作门槛）：${figure}${around}，${questions} 题 ${statements} 句${lost}`;
}

/** How many questions failed at which stage first. */
export function stagesAsText(results: readonly CaseResult[]): string {
  const failed = results.filter((r) => !r.passed);
  if (failed.length === 0) return '全部通过。';
  const counts = new Map<Stage, number>();
  for (const { causes } of failed) {
    const stage = causes[0]?.stage;
    if (stage) counts.set(stage, (counts.get(stage) ?? 0) + 1);
  }
  const lines = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([stage, n]) => `  ${String(n).padStart(4)}  ${STAGES[stage]} (${stage})`);
  return [`未通过 ${failed.length} 个，按最早出问题的环节：`, ...lines].join('\n');
}

function cell(figure: Figure | undefined): string {
  if (!figure) return '–';
  const metric = METRICS.find((m) => m.id === figure.metric);
  if (metric?.unit !== 'share') return String(Math.round(figure.value * 10) / 10);
  return percent(figure.value);
}

const percent = (value: number | undefined) => (value === undefined ? '–' : (value * 100).toFixed(1));

/** Aligned columns: the first to the left, the others to the right. */
export function table(
  rows: readonly (readonly string[])[],
  options: { readonly leftLast?: boolean } = {},
): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => width(row[i] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((text, i) => {
          const space = ' '.repeat((widths[i] as number) - width(text));
          const isLast = i === row.length - 1;
          if (i === 0) return text + space;
          return options.leftLast && isLast ? text : space + text;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Columns a text takes on a terminal: Han characters and full-width forms take two. */
function width(text: string): number {
  let sum = 0;
  for (const c of text)
    sum +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(c)
        ? 2
        : 1;
  return sum;
}

/** The first failures with their causes; held-out questions only by id unless revealed. */
export function failuresAsText(
  results: readonly CaseResult[],
  options: { readonly failures: number; readonly reveal: boolean },
): string {
  const failed = results.filter((r) => !r.passed);
  const shown = failed.slice(0, options.failures);
  const lines = shown.flatMap(({ entry, causes, answer }) => {
    if (entry.half === 'heldout' && !options.reveal) {
      return ['', `✗ ${entry.id}（留出题）  ${causes.map((c) => STAGES[c.stage]).join('；')}`];
    }
    const history = entry.history.map((turn) => `${turn.content} → `).join('');
    return [
      '',
      `✗ ${entry.id}  ${history}${entry.question}`,
      ...causes.map((c) => `    ${STAGES[c.stage]}：${cut(c.detail, 200)}`),
      ...entry.gold.slice(0, 3).map((g) => `    应引 ${g.plan}：${cut(g.quote, 80)}`),
      ...(answer
        ? [
            `    ${answer.status === 'answered' ? '答' : '拒答'}：${cut(answer.answer.replace(/\s+/g, ' '), 160)}`,
          ]
        : []),
    ];
  });
  const more = failed.length - shown.length;
  return [...lines, ...(more > 0 && shown.length > 0 ? ['', `……另有 ${more} 个，见报告。`] : [])].join('\n');
}

const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text);

/** What the gate found: missed thresholds, fixed and broken questions, and the verdict. */
export function verdictAsText({ thresholds, comparison, isHeld }: Verdict, reveal: boolean): string {
  const lines: string[] = [];
  for (const { name, threshold, value, n, isMet } of thresholds) {
    if (isMet) continue;
    const metric = METRICS.find((m) => m.id === threshold.metric);
    const format = (v: number) => (metric ? formatFigure(metric, v) : String(v));
    const bound =
      threshold.min === undefined ? `≤ ${format(threshold.max ?? 0)}` : `≥ ${format(threshold.min)}`;
    lines.push(`未达门槛  ${name}：${format(value)}，应 ${bound}（${n} 题）`);
  }
  if (comparison) {
    const { broken, fixed, compared } = comparison;
    for (const { entry, causes } of broken) {
      const question = entry.half === 'heldout' && !reveal ? '' : `  ${entry.question}`;
      lines.push(`弄坏  ${entry.id}${question}  ${causes.map((c) => STAGES[c.stage]).join('；')}`);
    }
    lines.push(
      `与基线比较 ${compared} 题：修好 ${fixed.length}，弄坏 ${broken.length}。${significanceNote(comparison)}`,
    );
  }
  const met = thresholds.filter((t) => t.isMet).length;
  if (thresholds.length > 0) lines.push(`门槛 ${met}/${thresholds.length} 达到。`);
  lines.push(isHeld ? '结论：达标' : '结论：未达标');
  return lines.join('\n');
}
