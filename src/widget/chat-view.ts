/**
 * The chat as it is shown.
 * @module
 */
import type { TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Actions } from './answer-view.ts';
import { entryView, pillsView } from './answer-view.ts';
import type { Conversation } from './conversation.ts';
import { chatIcon, closeIcon, newIcon, saveIcon, sendIcon, stopIcon } from './icons.ts';
import type { Strings } from './locale.ts';
import type { Answer, Citation } from './types.ts';

/** A chip whose quote is shown. */
export interface Peeked {
  readonly chip: HTMLElement;
  readonly citation: Citation;
}

/** A citation whose source is shown, and the answer it belongs to. */
export interface Reading {
  readonly citation: Citation;
  readonly answer: Answer;
}

/** All that decides what is shown. */
export interface ChatState {
  readonly place: string;
  readonly opened: boolean;
  readonly heading: string | undefined;
  readonly greeting: string | undefined;
  readonly theme: string | undefined;
  readonly locale: string | undefined;
  readonly server: string;
  readonly strings: Strings;
  readonly conversation: Conversation;
  readonly busy: boolean;
  readonly suggested: readonly string[];
  /** How many plans the search is restricted to; 0 for all. */
  readonly plans: number;
  readonly peeked: Peeked | undefined;
  readonly reading: Reading | undefined;
  readonly commenting: string | undefined;
  readonly said: string;
  readonly told: string;
  readonly narrow: boolean;
}

/** What the controls do. */
export interface ChatActions extends Actions {
  toggle(): void;
  submit(event: Event): void;
  typed(event: Event): void;
  keyed(event: KeyboardEvent): void;
  clear(): void;
  save(): void;
  scrolled(): void;
  /** The pointer has reached the quote: it stays. */
  keepPeek(): void;
  closeSource(): void;
}

/** Everything below the element. */
export function chatView(state: ChatState, actions: ChatActions): TemplateResult {
  const { strings, opened } = state;
  const lang = strings.lang;
  if (state.place === 'inline')
    return html`<div class="root inline" lang=${lang}>${panelView(state, actions)}</div>`;
  return html`<div class="root dock ${opened ? 'opened' : ''}" lang=${lang} popover="manual">
    ${
      opened
        ? panelView(state, actions)
        : html`<button type="button" class="launcher" aria-haspopup="dialog" @click=${actions.toggle}>${chatIcon}${strings.open}</button>`
    }
  </div>`;
}

function panelView(state: ChatState, actions: ChatActions): TemplateResult {
  const { strings, reading, narrow } = state;
  const inline = state.place === 'inline';
  const heading = state.heading ?? strings.title;
  const classes = `panel ${reading ? 'reading' : ''} ${narrow ? 'narrow' : ''}`;
  return html`<div class=${classes} role=${inline ? 'group' : 'dialog'} aria-label=${heading}>
    <div class="chat">
      ${headerView(state, heading, inline, actions)}
      <div class="log" tabindex="0" role="region" aria-label=${strings.conversation}
        @wheel=${actions.scrolled} @touchmove=${actions.scrolled} @keydown=${actions.scrolled} @pointerdown=${actions.scrolled}>
        ${state.conversation.entries.length === 0 ? welcomeView(state, actions) : entriesView(state, actions)}
      </div>
      ${composerView(state, actions)}
    </div>
    ${reading ? sourceView(state, actions) : nothing}
    ${peekView(state, actions)}
    <p class="unseen" role="status">${state.said}</p>
  </div>`;
}

function headerView(
  { strings, conversation }: ChatState,
  heading: string,
  inline: boolean,
  actions: ChatActions,
): TemplateResult {
  const begun = conversation.entries.length > 0;
  const answered = conversation.entries.some(({ answer }) => answer);
  return html`<header>
    <h2 class=${inline ? 'unseen' : ''}>${heading}</h2>
    ${begun ? html`<button type="button" class="quiet" @click=${actions.clear}>${newIcon}${strings.newConversation}</button>` : nothing}
    ${answered ? html`<button type="button" class="quiet" @click=${actions.save}>${saveIcon}${strings.export}</button>` : nothing}
    ${
      inline
        ? nothing
        : html`<button type="button" class="quiet" aria-label=${strings.close} title=${strings.close} @click=${actions.toggle}>${closeIcon}</button>`
    }
  </header>`;
}

function welcomeView({ strings, greeting, suggested }: ChatState, actions: ChatActions): TemplateResult {
  return html`<div class="welcome">
    <h3>${greeting ?? strings.greeting}</h3>
    <p class="muted">${strings.basis}</p>
    ${
      suggested.length > 0
        ? html`<p class="muted" id="try">${strings.tryThese}</p>${pillsView(suggested, 'try', actions.ask)}`
        : nothing
    }
  </div>`;
}

function entriesView({ conversation, strings, commenting }: ChatState, actions: ChatActions): TemplateResult {
  const { entries } = conversation;
  return html`<div>${repeat(
    entries,
    ({ id }) => id,
    (entry, index) =>
      entryView(entry, actions, {
        strings,
        last: index === entries.length - 1,
        commenting: commenting === entry.id,
      }),
  )}</div>`;
}

function composerView({ strings, busy, plans, told }: ChatState, actions: ChatActions): TemplateResult {
  const label = busy ? strings.stop : strings.send;
  return html`<div class="composer">
    <form @submit=${actions.submit}>
      <div class="field">
        <textarea id="question" rows="1" maxlength="2000" enterkeyhint="send" autocomplete="off"
          aria-label=${strings.question} placeholder=${strings.placeholder}
          @input=${actions.typed} @keydown=${actions.keyed}></textarea>
        <button type="submit" class="send" aria-label=${label} title=${label}>${busy ? stopIcon : sendIcon}</button>
      </div>
    </form>
    <div class="below">
      <span class=${told ? '' : 'hint'}>${told || strings.hint}</span>
      <span>${plans > 0 ? strings.scope(plans) : strings.scopeAll}</span>
    </div>
  </div>`;
}

function sourceView({ strings, server, theme, locale }: ChatState, actions: ChatActions): TemplateResult {
  return html`<aside class="source" tabindex="-1" aria-label=${strings.source}>
    <guiwen-reader server=${server} theme=${theme ?? nothing} locale=${locale ?? nothing}
      @guiwen-reader-close=${actions.closeSource}></guiwen-reader>
  </aside>`;
}

function peekView({ peeked }: ChatState, actions: ChatActions): TemplateResult {
  const { citation } = peeked ?? {};
  return html`<div class="peek" id="peek" role="tooltip" ?hidden=${!citation}
    @pointerenter=${actions.keepPeek} @pointerleave=${actions.unpeek}>
    <b>${citation ? `《${citation.plan.title}》${citation.label}` : ''}</b><span>${citation?.quote}</span>
  </div>`;
}
