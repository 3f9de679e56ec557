/**
 * What the reader shows around the text: title, tools, citations, search, outline.
 * @module
 */
import type { TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import type { Api } from '../api.ts';
import {
  closeIcon,
  linkIcon,
  listIcon,
  nextIcon,
  prevIcon,
  printIcon,
  retryIcon,
  searchIcon,
} from '../icons.ts';
import type { OutlineNode } from '../types.ts';
import type { Contents } from './contents.ts';
import type { Finder } from './finder.ts';
import { treeView } from './outline.ts';
import type { Place, Source } from './types.ts';

/** The reader as it stands, and what can be done with it. */
export interface Reading {
  readonly api: Api;
  readonly source: Source | undefined;
  readonly failed: string;
  readonly notice: string;
  readonly page: boolean;
  readonly narrow: boolean;
  readonly places: readonly Place[];
  readonly at: number;
  readonly finder: Finder;
  readonly contents: Contents;
  outlined: boolean;
  readonly link: string;
  readonly said: string;
  readonly renderRoot: ParentNode;
  readonly scrolled: () => void;
  goTo(at: number): Promise<void>;
  retry(): void;
  close(): void;
  copyLink(): Promise<void>;
  goToNode(node: OutlineNode): void;
  treeKey(event: KeyboardEvent): Promise<void>;
}

/** Everything the reader shows but the text itself. */
export function readerView(reader: Reading): TemplateResult {
  return html`<div class="root" lang="zh-CN" @keydown=${(event: KeyboardEvent) => keyed(reader, event)}>
    ${headView(reader)}
    ${reader.source ? barView(reader) : nothing}
    ${reader.notice ? html`<p class="notice" role="alert">${reader.notice}</p>` : nothing}
    ${reader.link ? linkView(reader.link) : nothing}
    ${bodyView(reader)}
    <div class="unseen" role="status">${reader.said}</div>
  </div>`;
}

/** F3 goes on searching, Escape puts the outline away where it lies over the text. */
function keyed(reader: Reading, event: KeyboardEvent): void {
  if (event.key === 'F3' && reader.finder.query !== '') {
    event.preventDefault();
    reader.finder.step(event.shiftKey ? -1 : 1);
  }
  if (event.key === 'Escape' && reader.narrow && reader.outlined) {
    event.stopPropagation();
    reader.outlined = false;
    reader.renderRoot.querySelector<HTMLElement>('.toggle')?.focus();
  }
}

function headView(reader: Reading): TemplateResult {
  const plan = reader.source?.plan;
  const title = plan?.title ?? (reader.failed ? '没能打开' : '正在打开…');
  return html`<header>
    <div class="about">
      ${reader.page ? html`<h1 class="title">${title}</h1>` : html`<h2 class="title">${title}</h2>`}
      ${
        plan
          ? html`<p class="facts">
              ${plan.status === 'draft' ? html`<span class="tag">征求意见稿</span>` : nothing}
              ${plan.issuer ? html`<span>${plan.issuer}</span>` : nothing}
              ${plan.period ? html`<span>规划期 ${plan.period.start}—${plan.period.end}年</span>` : nothing}
            </p>`
          : nothing
      }
    </div>
    <div class="tools">
      ${
        plan
          ? html`<button class="copy" @click=${() => reader.copyLink()} title="复制直达此处的链接">
              ${linkIcon}<span class=${reader.narrow ? 'unseen' : ''}>${reader.said === '链接已复制' ? '已复制' : '复制链接'}</span>
            </button>`
          : nothing
      }
      ${
        plan && reader.page
          ? html`<button @click=${() => window.print()} title="打印">
              ${printIcon}<span class=${reader.narrow ? 'unseen' : ''}>打印</span></button>`
          : nothing
      }
      ${
        reader.page
          ? html`<a class="button" href="/">返回问答</a>`
          : html`${plan ? pageLink(reader, plan.id) : nothing}<button class="close" @click=${() => reader.close()} title="关闭原文">
              ${closeIcon}<span class="unseen">关闭原文</span></button>`
      }
    </div>
  </header>`;
}

/** On somebody else's page there is no printing the text alone; on a page of its own there is. */
function pageLink(reader: Reading, plan: string): TemplateResult {
  const { start, end } = reader.places[reader.at] ?? { start: 0, end: 0 };
  const href = reader.api.sourceUrl({ plan: { id: plan }, start, end });
  return html`<a class="button own" href=${href} target="_blank" rel="noopener" title="在新页面打开，可打印"
    aria-label="在新页面打开，可打印">${printIcon}</a>`;
}

function barView(reader: Reading): TemplateResult {
  return html`<div class="bar">
    <button class="toggle" aria-expanded=${`${reader.outlined}`} aria-label="目录"
      @click=${() => {
        reader.outlined = !reader.outlined;
      }}>${listIcon}<span class="words">目录</span></button>
    ${quotesView(reader)} ${searchView(reader)}
  </div>`;
}

function quotesView(reader: Reading): TemplateResult {
  const { at, places } = reader;
  const place = places[at];
  if (!place) return html`<div class="quotes"></div>`;
  const many = places.length > 1;
  return html`<div class="quotes" role="group" aria-label="引文">
    <span class="where"><span class="swatch" aria-hidden="true"></span
      >${many ? html`引文 ${at + 1}/${places.length} · ` : html`引文 · `}<b class="label">${place.label ?? ''}</b></span>
    ${
      many
        ? html`<button class="previous" aria-label="上一条引文" ?disabled=${at === 0}
              @click=${() => reader.goTo(at - 1)}>${prevIcon}<span class="words">上一条</span></button>
            <button class="next" aria-label="下一条引文" ?disabled=${at === places.length - 1}
              @click=${() => reader.goTo(at + 1)}>${nextIcon}<span class="words">下一条</span></button>`
        : html`<button class="again" @click=${() => reader.goTo(at)}>回到引文</button>`
    }
  </div>`;
}

function searchView({ finder }: Reading): TemplateResult {
  const { at, found, isWaiting, query } = finder;
  const none = found.length === 0;
  const input = (event: InputEvent) => finder.search((event.target as HTMLInputElement).value);
  const key = (event: KeyboardEvent) => {
    // While Chinese is being composed, Enter takes the composition and nothing else.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      finder.step(event.shiftKey ? -1 : 1);
    }
    if (event.key === 'Escape' && query !== '') {
      event.stopPropagation();
      finder.search('');
    }
  };
  return html`<div class="search" role="search">
    <label class="field">${searchIcon}<span class="unseen">在本规划中查找</span>
      <input type="search" placeholder="在本规划中查找" autocomplete="off" spellcheck="false" enterkeyhint="search"
        .value=${query} @input=${input} @keydown=${key} /></label>
    <span class="count" aria-hidden="true">${query.trim() === '' || isWaiting ? '' : none ? '无' : `${at + 1}/${found.length}`}</span>
    <button class="found-previous" title="上一处" ?disabled=${none} @click=${() => finder.step(-1)}>
      ${prevIcon}<span class="unseen">上一处</span></button>
    <button class="found-next" title="下一处" ?disabled=${none} @click=${() => finder.step(1)}>
      ${nextIcon}<span class="unseen">下一处</span></button>
  </div>`;
}

function linkView(link: string): TemplateResult {
  return html`<label class="link">没能复制，请选中后复制：
    <input readonly .value=${link} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} /></label>`;
}

/** The text had the focus from the start; now that keys are used, it is seen. */
const loud = ({ currentTarget }: Event) => (currentTarget as HTMLElement).classList.remove('quiet');

function bodyView(reader: Reading): TemplateResult {
  const { contents, failed, source } = reader;
  if (failed) {
    return html`<div class="state failed" role="alert"><span>${failed}</span>
      <button @click=${() => reader.retry()}>${retryIcon}重试</button></div>`;
  }
  if (!source) return html`<div class="state" role="status">正在打开原文…</div>`;
  const { active, open, section } = contents;
  return html`<div class="body">
    ${
      reader.outlined
        ? html`<nav class="outline" aria-label="目录">${treeView(
            { outline: source.outline, open, current: section, active },
            {
              go: (node) => reader.goToNode(node),
              toggle: (id) => contents.toggle(id),
              key: (event) => void reader.treeKey(event),
            },
          )}</nav>`
        : nothing
    }
    <div class="pane" tabindex="0" role="region" aria-label="正文" @scroll=${reader.scrolled}
      @keydown=${loud} @blur=${loud}></div>
  </div>`;
}
