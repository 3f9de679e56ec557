/**
 * A run as one HTML page that needs nothing else: no script, no font, no image from elsewhere. It is read on a
 * phone and printed.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Citation } from '../../answer/types.ts';
import type { Run } from '../evaluate.ts';
import type { Comparison, Verdict } from '../gate.ts';
import { significanceNote } from '../gate.ts';
import type { Judgement } from '../judge.ts';
import type { CaseResult, Stage } from '../score.ts';
import { STAGES } from '../score.ts';
import type { Slice } from '../summary.ts';
import { formatFigure, inKindOrder, METRICS } from '../summary.ts';
import { escapeHtml, marked } from './html-text.ts';
import { columns, histogram, shareBars } from './plots.ts';
import { judgementAsText } from './terminal.ts';

/** How the page is made. */
export interface HtmlOptions {
  /** Show what held-out questions ask and got. */
  readonly reveal: boolean;
}

/** The page. */
export function runAsHtml(run: Run, verdict: Verdict, options: HtmlOptions): string {
  const failed = run.results.filter((r) => !r.passed);
  const css = readFileSync(join(import.meta.dirname, 'report.css'), 'utf8');
  const body = [
    head(run, verdict, failed.length),
    gateSection(verdict),
    verdict.comparison ? comparisonSection(verdict.comparison, options) : '',
    totalsSection(run),
    groupsSection('按问题类别', inKindOrder(run.summary.kinds)),
    groupsSection('按规划', run.summary.plans),
    run.summary.halves.length > 1 ? groupsSection('按题库两半', run.summary.halves) : '',
    plotsSection(run),
    run.judgement ? judgementSection(run.judgement) : '',
    failuresSection(failed, options),
  ];
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>规问回归测试 ${escapeHtml(run.startedAt.slice(0, 16))}</title>
<style>
${css}</style>
</head>
<body>
${body.filter((part) => part !== '').join('\n')}
</body>
</html>
`;
}

function head(run: Run, verdict: Verdict, failed: number): string {
  const missed = verdict.thresholds.filter((t) => !t.isMet).length;
  const broken = verdict.comparison?.broken.length ?? 0;
  const why = [
    missed > 0 && `${missed} 项未达门槛`,
    broken > 0 && `基线里通过的 ${broken} 个问题不再通过`,
  ].filter(Boolean);
  const state = verdict.isHeld ? '达标' : `未达标：${why.join('，')}`;
  const repeat = run.repeat > 1 ? `，每题问 ${run.repeat} 次` : '';
  return `<header>
<h1>规问回归测试</h1>
<p class="verdict ${verdict.isHeld ? 'good' : 'bad'}">${state}</p>
<p>${run.results.length} 个问题，通过 ${run.results.length - failed}，未通过 ${failed}${repeat}；用时 ${run.seconds.toFixed(1)} 秒。<br>
<small>${escapeHtml(run.target)} · ${escapeHtml(run.startedAt)}</small></p>
</header>`;
}

function gateSection({ thresholds }: Verdict): string {
  if (thresholds.length === 0) return '';
  const sorted = [...thresholds].sort((a, b) => Number(a.isMet) - Number(b.isMet));
  const rows = sorted.map(({ name, threshold, value, n, isMet }) => {
    const metric = METRICS.find((m) => m.id === threshold.metric);
    const format = (v: number) => (metric ? formatFigure(metric, v) : String(v));
    const bound =
      threshold.min === undefined ? `≤ ${format(threshold.max ?? 0)}` : `≥ ${format(threshold.min)}`;
    return `<tr class="${isMet ? '' : 'bad'}"><th>${escapeHtml(metric?.title ?? '')} <small>${escapeHtml(name)}</small></th><td>${bound}</td><td>${format(value)}</td><td>${n}</td><td>${isMet ? '达到' : '未达到'}</td></tr>`;
  });
  return `<section><h2 class="head">门槛</h2><div class="scroll"><table><thead class="heads"><tr><th>指标</th><td>门槛</td><td>本次</td><td>题数</td><td></td></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function comparisonSection(comparison: Comparison, options: HtmlOptions): string {
  const { fixed, broken, baseline, compared, added, changed, file } = comparison;
  const list = (results: readonly CaseResult[], empty: string) =>
    results.length === 0
      ? `<p>${empty}</p>`
      : `<ul>${results
          .map((r) => {
            const link = r.passed
              ? escapeHtml(r.entry.id)
              : `<a href="#${escapeHtml(r.entry.id)}">${escapeHtml(r.entry.id)}</a>`;
            const cause = r.causes[0] ? ` <small>${STAGES[r.causes[0].stage]}</small>` : '';
            return `<li>${link} ${isHidden(r, options) ? '（留出题）' : escapeHtml(r.entry.question)}${cause}</li>`;
          })
          .join('')}</ul>`;
  return `<section><h2 class="head">与基线比较</h2>
<p>${escapeHtml(significanceNote(comparison))} <small>基线 ${escapeHtml(file)}，${escapeHtml(baseline.createdAt.slice(0, 16))}；比较 ${compared} 个问题，新增 ${added}，改过题面或期望 ${changed}。</small></p>
<h3 class="bad">弄坏 ${broken.length}</h3>${list(broken, '没有。')}
<h3 class="good">修好 ${fixed.length}</h3>${list(fixed, '没有。')}</section>`;
}

function totalsSection(run: Run): string {
  const rows = METRICS.flatMap((metric) => {
    const figure = run.summary.total.figures[metric.id];
    if (!figure) return [];
    const { low, high } = figure.interval ?? {};
    const interval =
      low === undefined || high === undefined
        ? ''
        : `${formatFigure(metric, low)} – ${formatFigure(metric, high)}`;
    const better = metric.better === 'higher' ? '↑' : '↓';
    return [
      `<tr><th>${escapeHtml(metric.title)} <small><span class="optional">${escapeHtml(metric.id)}</span> ${better}</small></th><td>${formatFigure(metric, figure.value)}</td><td>${interval}</td><td class="optional">${figure.n}</td></tr>`,
    ];
  });
  return `<section><h2 class="head">总体</h2><div class="scroll"><table><thead class="heads"><tr><th>指标 <small>↑ 越高越好，↓ 越低越好</small></th><td>数值</td><td>95% 区间</td><td class="optional">题数</td></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

/** The columns of the tables per kind and plan, with heads short enough for fifteen of them. */
const SHORT: Readonly<Record<string, string>> = {
  passed: '通过',
  'hit@5': '前5有',
  'recall@5': '召回@5',
  'all@10': '前10齐',
  mrr: 'MRR',
  'ndcg@10': 'nDCG',
  correctness: '正确',
  completeness: '完整',
  citationPrecision: '引文精确',
  citationCoverage: '应引覆盖',
  statementRecall: '逐句召回',
  statementPrecision: '逐句精确',
  overRefusal: '误拒',
  refusalRecall: '拒答召回',
  wrongPlan: '引错规划',
  length: '字数',
  latencyP95: '耗时p95',
};

function groupsSection(title: string, slices: readonly Slice[]): string {
  const metrics = Object.keys(SHORT)
    .flatMap((id) => METRICS.find((m) => m.id === id) ?? [])
    .filter((m) => slices.some((s) => s.figures[m.id]));
  const header = metrics
    .map((m) => `<td class="cell column">${escapeHtml(SHORT[m.id] ?? m.id)}</td>`)
    .join('');
  const rows = slices.map((s) => {
    const cells = metrics.map((m) => {
      const figure = s.figures[m.id];
      if (!figure) return '<td class="cell"></td>';
      const { interval } = figure;
      const title = interval
        ? ` title="${formatFigure(m, interval.low)} – ${formatFigure(m, interval.high)}"`
        : '';
      return `<td class="cell"${title}>${formatFigure(m, figure.value)}</td>`;
    });
    return `<tr class="whole"><th class="row cell">${escapeHtml(s.name)}</th><td class="cell">${s.n}</td>${cells.join('')}</tr>`;
  });
  return `<section><h2 class="head">${escapeHtml(title)}</h2><div class="scroll"><table class="wide"><thead class="heads"><tr><th class="row cell"></th><td class="cell column">题数</td>${header}</tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function plotsSection(run: Run): string {
  const scores = (id: string) => run.results.flatMap((r) => r.scores[id] ?? []);
  const bars = (slices: readonly Slice[]) =>
    slices.flatMap((s) => {
      const figure = s.figures.passed;
      return figure
        ? [{ label: s.name, value: figure.value, ...(figure.interval && { interval: figure.interval }) }]
        : [];
    });
  const ranks = scores('mrr').map((rr) => (rr === 0 ? 0 : Math.round(1 / rr)));
  const labels = [...Array.from({ length: 10 }, (_, i) => String(i + 1)), '无'];
  const counts = labels.map((_, i) => ranks.filter((r) => r === (i + 1) % 11).length);
  return `<section><h2 class="head">分布</h2><div class="plots">
${shareBars('各类通过率（须线为 95% 区间）', bars(inKindOrder(run.summary.kinds)))}
${shareBars('各规划通过率', bars(run.summary.plans))}
${ranks.length > 0 ? columns('应引段落在检索结果中的位次', counts, labels, '位次') : ''}
${histogram('答案长度', scores('length'), { unit: '字' })}
${histogram('耗时', scores('milliseconds'), { unit: '毫秒' })}
</div></section>`;
}

function judgementSection(judgement: Judgement): string {
  const items = judgement.unsupported.map(
    ({ id, statement }) =>
      `<li><a href="#${escapeHtml(id)}">${escapeHtml(id)}</a> ${escapeHtml(statement)}</li>`,
  );
  return `<section><h2 class="head">评判模型</h2><p>${escapeHtml(judgementAsText(judgement))}</p>${items.length > 0 ? `<p>判为没有引文支持的句子：</p><ul>${items.join('')}</ul>` : ''}</section>`;
}

function failuresSection(failed: readonly CaseResult[], options: HtmlOptions): string {
  if (failed.length === 0) return '<section><h2 class="head">未通过的问题</h2><p>没有。</p></section>';
  const byStage = new Map<Stage, CaseResult[]>();
  for (const stage of Object.keys(STAGES) as Stage[]) {
    const group = failed.filter((r) => r.causes[0]?.stage === stage);
    if (group.length > 0) byStage.set(stage, group);
  }
  const contents = [...byStage]
    .map(([stage, group]) => `<li><a href="#stage-${stage}">${STAGES[stage]}</a> ${group.length}</li>`)
    .join('');
  const groups = [...byStage].map(
    ([stage, group]) =>
      `<h3 class="head" id="stage-${stage}">${STAGES[stage]} <small>${stage}，${group.length} 个</small></h3>${group.map((r) => failure(r, options)).join('\n')}`,
  );
  return `<section><h2 class="head">未通过的问题</h2><p>按最早出问题的环节归类。<mark class="gold">应引原文</mark> <mark class="must">要点</mark></p><ul>${contents}</ul>${groups.join('\n')}</section>`;
}

function failure(result: CaseResult, options: HtmlOptions): string {
  const { entry, causes, answer, retrieved } = result;
  const causeList = (withDetail: boolean) =>
    `<ul class="causes">${causes
      .map((c) => `<li><b>${STAGES[c.stage]}</b>${withDetail ? ` ${escapeHtml(c.detail)}` : ''}</li>`)
      .join('')}</ul>`;
  const title = `<h4 class="head">${escapeHtml(entry.id)} <small>${entry.kind}</small></h4>`;
  if (isHidden(result, options)) {
    return `<article id="${escapeHtml(entry.id)}">${title}<p>留出题，不显示内容。</p>${causeList(false)}</article>`;
  }
  const gold = entry.gold.map((g) => g.quote);
  const must = entry.must.flat();
  const mark = (text: string) => marked(text, gold, must);
  const history = entry.history
    .map((t) => `<p class="history">${t.role === 'user' ? '问' : '答'}：${escapeHtml(t.content)}</p>`)
    .join('');
  const expected = [
    ...entry.gold.map(
      (g, i) => `<li><small>#${i + 1} ${escapeHtml(g.plan)}</small> <q>${escapeHtml(g.quote)}</q></li>`,
    ),
    ...(entry.must.length > 0
      ? [`<li>要点：${entry.must.map((group) => `<b>${escapeHtml(group.join(' / '))}</b>`).join('；')}</li>`]
      : []),
    ...(entry.reason ? [`<li>规划没写（${escapeHtml(entry.reason)}）</li>`] : []),
    ...(entry.why ? [`<li>${escapeHtml(entry.why)}</li>`] : []),
    ...(entry.answer ? [`<li>参考答案：${escapeHtml(entry.answer)}</li>`] : []),
  ].join('');
  const passages = retrieved.map(
    (p) =>
      `<li class="passage verbatim${p.gold.length > 0 ? ' hit' : ''}"><small>${escapeHtml(p.planId)} ${escapeHtml(p.label)} ${p.score}${p.gold.length > 0 ? ` ✓ ${p.gold.map((g) => `#${g + 1}`).join(' ')}` : ''}</small><br>${mark(cut(p.text, 400))}</li>`,
  );
  const answered = answer
    ? `<div class="answer verbatim"><small>${answer.status === 'answered' ? '回答' : `拒答 ${escapeHtml(answer.reason ?? '')}`}</small><br>${mark(answer.answer)}</div>
${citations('引文', answer.citations, mark)}${answer.status === 'not_found' ? citations('相近段落', answer.related.slice(0, 3), mark) : ''}`
    : '';
  return `<article id="${escapeHtml(entry.id)}">${title}${history}<p class="question">${escapeHtml(entry.question)}</p>
${causeList(true)}
<h5 class="head">期望${entry.need === 'all' ? '（各处都要）' : ''}</h5><ul>${expected}</ul>
<h5 class="head">实际</h5>${answered}
${passages.length > 0 ? `<details><summary>检索到的 ${passages.length} 段</summary><ol>${passages.join('')}</ol></details>` : ''}
<p class="source"><small>${escapeHtml(entry.file)}:${entry.line}</small></p></article>`;
}

function citations(title: string, list: readonly Citation[], mark: (text: string) => string): string {
  if (list.length === 0) return '';
  const items = list.map(
    (c) =>
      `<li class="verbatim"><small>[${c.n}] ${escapeHtml(c.plan.title)} ${escapeHtml(c.label)}</small><br>${mark(cut(c.quote, 400))}</li>`,
  );
  return `<h5 class="head">${title}</h5><ul class="citations">${items.join('')}</ul>`;
}

const isHidden = (result: CaseResult, { reveal }: HtmlOptions) => result.entry.half === 'heldout' && !reveal;

const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text);
