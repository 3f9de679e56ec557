/**
 * What the board shows: filters, and a table of indicators by plans, or cards where there is no room for one.
 * @module
 */
import type { TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import { retryIcon, saveIcon } from '../icons.ts';
import type { Indicator, Plan } from '../types.ts';
import { chartView } from './chart.ts';
import { choices, filterRows, planCount } from './filter.ts';
import type { Board, BoardRow, Filter } from './types.ts';

/** The board as it stands, and what can be done with it. */
export interface BoardState {
  readonly board: Board | undefined;
  readonly failed: string;
  readonly filter: Filter;
  readonly page: boolean;
  readonly narrow: boolean;
  linkOf(place: Indicator['citation']): string;
  change(change: Partial<Filter>): void;
  retry(): void;
  save(): void;
}

/** Everything the board shows. */
export function boardView(state: BoardState): TemplateResult {
  const title = '指标对照';
  return html`<div class="root" lang="zh-CN">
    <header>
      ${state.page ? html`<h1>${title}</h1>` : html`<h2>${title}</h2>`}
      <p class="hint">各规划指标表中的指标，原样并列；点数值看原文。单位与口径不同的指出，不作换算。</p>
      ${state.page ? html`<a class="button" href="/">返回问答</a>` : nothing}
    </header>
    ${
      state.failed
        ? html`<p class="state failed" role="alert">${state.failed}
            <button @click=${() => state.retry()}>${retryIcon}重试</button></p>`
        : state.board
          ? bodyView(state, state.board)
          : html`<p class="state" role="status">正在载入…</p>`
    }
  </div>`;
}

function bodyView(state: BoardState, board: Board): TemplateResult {
  const { filter } = state;
  const rows = filterRows(board.rows, filter);
  const inRows = new Set(rows.flatMap((row) => row.indicators.map((i) => i.planId)));
  const plans = board.plans.filter(({ id }) => inRows.has(id));
  const without = board.plans.filter(({ indicators }) => indicators === 0);
  return html`<div class="board">
    ${filterView(state, board)}
    <p class="count" role="status">共 ${rows.length} 项指标，其中 ${rows.filter((row) => planCount(row.indicators) > 1).length} 项为多份规划共有。<span
      class="legend" aria-hidden="true"><i></i>基准<i class="to"></i>目标</span></p>
    ${
      rows.length === 0
        ? html`<p class="state">没有符合条件的指标，请放宽筛选。</p>`
        : state.narrow
          ? rows.map((row) => cardView(state, row, plans))
          : tableView(state, rows, plans)
    }
    ${
      without.length > 0
        ? html`<p class="count">没有指标表、未列入的规划：${without.map((plan) => `《${plan.title}》`).join('')}。</p>`
        : nothing
    }
  </div>`;
}

function filterView(state: BoardState, board: Board): TemplateResult {
  const { filter } = state;
  const { years, attributes } = choices(board);
  const value = (event: Event) => (event.target as HTMLInputElement | HTMLSelectElement).value;
  const toggle = (id: string) => {
    const plans = new Set(filter.plans);
    if (!plans.delete(id)) plans.add(id);
    state.change({ plans });
  };
  return html`<form class="filters" role="search" aria-label="筛选指标" @submit=${(event: Event) => event.preventDefault()}>
    <label class="control">指标名称
      <input type="search" autocomplete="off" placeholder="例如：森林" .value=${filter.name}
        @input=${(event: Event) => state.change({ name: value(event) })} /></label>
    <label class="control">目标年
      <select .value=${`${filter.targetYear}`} @change=${(event: Event) => state.change({ targetYear: Number(value(event)) })}>
        <option value="0">全部</option>
        ${years.map((year) => html`<option value=${year}>${year}年</option>`)}
      </select></label>
    <label class="control">属性
      <select .value=${filter.attribute} @change=${(event: Event) => state.change({ attribute: value(event) })}>
        <option value="">全部</option>
        ${attributes.map((attribute) => html`<option value=${attribute}>${attribute}</option>`)}
      </select></label>
    <fieldset class="choices"><legend>规划（不选即为全部）</legend>
      ${board.plans
        .filter(({ indicators }) => indicators > 0)
        .map(
          (
            plan,
          ) => html`<label title=${plan.title}><input type="checkbox" .checked=${filter.plans.has(plan.id)}
            @change=${() => toggle(plan.id)} />${nameOf(plan)}</label>`,
        )}
    </fieldset>
    <fieldset class="choices"><legend>范围</legend>
      <label><input type="checkbox" .checked=${filter.shared}
        @change=${() => state.change({ shared: !filter.shared })} />只看多份规划共有的</label>
    </fieldset>
    <button type="button" class="save" @click=${() => state.save()}>${saveIcon}下载 CSV</button>
  </form>`;
}

function tableView(state: BoardState, rows: readonly BoardRow[], plans: readonly Plan[]): TemplateResult {
  return html`<table aria-label="指标对照">
    <thead><tr><th scope="col">指标</th>${plans.map((plan) => html`<th scope="col">${plan.title}</th>`)}</tr></thead>
    <tbody>
      ${rows.map(
        (row) => html`<tr><th scope="row">${aboutView(row, plans)}</th>
          ${plans.map((plan) => html`<td>${entriesView(state, row, plan)}</td>`)}</tr>`,
      )}
    </tbody>
  </table>`;
}

function cardView(state: BoardState, row: BoardRow, plans: readonly Plan[]): TemplateResult {
  const own = plans.filter(({ id }) => row.indicators.some((i) => i.planId === id));
  return html`<article class="card" aria-label=${row.name}>${aboutView(row, plans)}
    <dl>${own.map((plan) => html`<div><dt>${plan.title}</dt><dd>${entriesView(state, row, plan)}</dd></div>`)}</dl>
  </article>`;
}

function aboutView(row: BoardRow, plans: readonly Plan[]): TemplateResult {
  const facts = [row.unit && `单位：${row.unit}`, row.targetYear && `目标年：${row.targetYear}`].filter(
    Boolean,
  );
  const names = new Map(plans.map((plan) => [plan.id, nameOf(plan)]));
  return html`<p class="name">${row.name}</p>
    <span class="small">${facts.join(' · ')}</span>
    ${row.remarks.map((remark) => html`<span class="remark">${remark}</span>`)}
    ${chartView(row, (id) => names.get(id) ?? id)}`;
}

function entriesView(state: BoardState, row: BoardRow, plan: Plan): TemplateResult {
  const own = row.indicators.filter(({ planId }) => planId === plan.id);
  if (own.length === 0) return html`<span class="none" aria-label="没有这项指标">—</span>`;
  return html`${own.map((indicator) => entryView(state, row, indicator))}`;
}

function entryView(state: BoardState, row: BoardRow, indicator: Indicator): TemplateResult {
  const { attribute, baseline, citation, name, others, target, unit } = indicator;
  const ownUnit = row.unit ? '' : (unit ?? '');
  const latest = target ?? others[0];
  return html`<div class="entry">
    <a href=${state.linkOf(citation)} title="看原文：${citation.label}">${
      baseline
        ? html`${baseline.value}<span class="unseen">（${baseline.header}）到</span><span aria-hidden="true"> → </span>`
        : nothing
    }<span class="value">${latest?.value ?? '见原文'}${ownUnit && html` ${ownUnit}`}</span><span class="unseen">（${latest?.header ?? ''}），看原文</span></a>
    <span class="small">${
      baseline ? html`${baseline.header} → ` : nothing
    }${latest?.header ?? ''} ${attribute ? html`<span class="attribute">${attribute}</span>` : nothing}</span>
    ${others
      .filter((other) => other !== latest)
      .map((other) => html`<span class="small">${other.header}：${other.value}</span>`)}
    ${name === row.name ? nothing : html`<span class="small">原文名称：${name}</span>`}
  </div>`;
}

/** What people call a plan. */
const nameOf = (plan: Plan): string => plan.shortNames[0] ?? plan.title;
