/**
 * An answer as it is shown. Text is only ever bound as text: whatever a plan, a person or a model wrote stays text.
 * @module
 */
import type { TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import type { Entry } from './conversation.ts';
import { copyIcon, downIcon, retryIcon, upIcon } from './icons.ts';
import type { Strings } from './locale.ts';
import type { Block, Inline } from './markdown.ts';
import { parseMarkdown } from './markdown.ts';
import type { Answer, Citation } from './types.ts';

/** What an answer's controls do. */
export interface Actions {
  sourceUrl(citation: Citation): string;
  /** A chip or a source was clicked. */
  open(event: Event, citation: Citation, answer: Answer): void;
  /** A chip has the pointer or the focus. */
  peek(chip: HTMLElement, citation: Citation): void;
  unpeek(): void;
  ask(question: string): void;
  retry(entry: Entry): void;
  copy(answer: Answer, as: 'text' | 'markdown'): void;
  rate(entry: Entry, rating: 'up' | 'down'): void;
  comment(event: SubmitEvent, entry: Entry): void;
}

/** What is shown besides the entry itself. */
export interface Showing {
  readonly strings: Strings;
  /** The newest entry: it alone offers what to ask next. */
  readonly last: boolean;
  /** Its comment field is open. */
  readonly commenting: boolean;
}

/** A question and what became of it. */
export function entryView(entry: Entry, actions: Actions, showing: Showing): TemplateResult {
  const { strings } = showing;
  return html`<article class="entry" data-id=${entry.id} data-state=${entry.state} aria-busy=${entry.state === 'asking'}>
    <h3 class="asked" tabindex="-1"><span class="unseen">${strings.you}：</span>${entry.question}</h3>
    ${entry.answer ? answerView(entry, entry.answer, actions, showing) : pendingView(entry, actions, strings)}
  </article>`;
}

function pendingView(entry: Entry, actions: Actions, strings: Strings): TemplateResult {
  // A mark that is still being written is no text yet.
  const partial = entry.partial.replace(/\[\d{0,3}$/, '');
  return html`<div class="card">
    ${partial ? html`<div class="prose">${blocksView(parseMarkdown(partial), () => nothing)}</div>` : nothing}
    ${entry.state === 'asking' ? html`<p class="working"><span class="dots"></span>${entry.status || strings.working}</p>` : nothing}
    ${entry.state === 'failed' ? html`<p class="error">${entry.error}</p>` : nothing}
    ${entry.state === 'stopped' ? html`<p class="muted">${strings.stopped}${strings.interrupted}</p>` : nothing}
    ${
      entry.state === 'asking'
        ? nothing
        : html`<p class="actions">
          <button type="button" class="quiet" @click=${() => actions.retry(entry)}>${retryIcon}${strings.retry}</button>
        </p>`
    }
  </div>`;
}

function answerView(entry: Entry, answer: Answer, actions: Actions, showing: Showing): TemplateResult {
  const { strings, last } = showing;
  const found = answer.status === 'answered';
  const cite = (n: number) => {
    const citation = answer.citations.find((candidate) => candidate.n === n);
    return citation ? chipView(citation, answer, actions, strings) : `[${n}]`;
  };
  return html`<div class="card ${found ? '' : 'not-found'}">
    ${found ? nothing : html`<p class="verdict">${strings.notFound}<span> · ${strings.reasons[answer.reason ?? ''] ?? strings.reasons.nothing_found}</span></p>`}
    ${
      answer.question.trim() === entry.question.trim()
        ? nothing
        : html`<p class="understood">${strings.understoodAs}${answer.question}</p>`
    }
    <div class="prose">${blocksView(parseMarkdown(answer.answer), cite)}</div>
    ${answer.mode === 'generated' ? html`<p class="muted">${strings.generated}</p>` : nothing}
    ${
      answer.notices.length > 0
        ? html`<div class="notice">${answer.notices.map((notice) => html`<p>${notice}</p>`)}</div>`
        : nothing
    }
    ${sourcesView(strings.citations, answer.citations, found ? 'sources' : 'sources quoted', answer, actions)}
    ${sourcesView(strings.related, answer.related, 'sources quoted', answer, actions)}
    ${controlsView(entry, answer, actions, showing)}
  </div>
  ${
    last && answer.followUps.length > 0
      ? html`<div class="next"><p class="muted" id="ask-next">${strings.askNext}</p>
        ${pillsView(answer.followUps, 'ask-next', actions.ask)}</div>`
      : nothing
  }`;
}

/** Questions to choose from; `labelId` is the id of the text before them. */
export const pillsView = (questions: readonly string[], labelId: string, ask: (question: string) => void) =>
  html`<ul class="pills" aria-labelledby=${labelId}>
    ${questions.map((question) => html`<li><button type="button" class="pill" @click=${() => ask(question)}>${question}</button></li>`)}
  </ul>`;

function chipView(citation: Citation, answer: Answer, actions: Actions, strings: Strings): TemplateResult {
  const target = (event: Event) => event.currentTarget as HTMLElement;
  // A word joiner: the chip stays on the line of what it belongs to.
  return html`<span class="glue">\u2060</span><a class="chip" href=${actions.sourceUrl(citation)} target="_blank" rel="noopener"
    aria-label="${strings.citation} ${citation.n}：${citation.label}"
    @click=${(event: Event) => actions.open(event, citation, answer)}
    aria-describedby="peek"
    @pointerenter=${(event: PointerEvent) => event.pointerType !== 'touch' && actions.peek(target(event), citation)}
    @pointerleave=${actions.unpeek}
    @focus=${(event: Event) => actions.peek(target(event), citation)}
    @blur=${actions.unpeek}>${citation.n}</a>`;
}

function sourcesView(
  title: string,
  citations: readonly Citation[],
  kind: string,
  answer: Answer,
  actions: Actions,
) {
  if (citations.length === 0) return nothing;
  return html`<div class=${kind}>
    <p class="muted">${title}</p>
    <ol>
      ${citations.map(
        (citation) => html`<li>
          <a href=${actions.sourceUrl(citation)} target="_blank" rel="noopener"
            @click=${(event: Event) => actions.open(event, citation, answer)}
          ><span class="n">${citation.n}</span><span><span class="title">《${citation.plan.title}》</span>${citation.label}</span></a>
          <blockquote>${citation.quote}</blockquote>
        </li>`,
      )}
    </ol>
  </div>`;
}

function controlsView(entry: Entry, answer: Answer, actions: Actions, showing: Showing): TemplateResult {
  const { strings, commenting } = showing;
  const rate = (rating: 'up' | 'down', label: string, icon: TemplateResult) =>
    html`<button type="button" class="quiet square" aria-label=${label} title=${label}
      aria-pressed=${entry.rating === rating} @click=${() => actions.rate(entry, rating)}>${icon}</button>`;
  return html`<div class="actions">
      <button type="button" class="quiet" @click=${() => actions.copy(answer, 'text')}>${copyIcon}${strings.copy}</button>
      <button type="button" class="quiet" @click=${() => actions.copy(answer, 'markdown')}>${strings.copyMarkdown}</button>
      <span class="gap"></span>
      ${rate('up', strings.up, upIcon)}${rate('down', strings.down, downIcon)}
    </div>
    ${
      commenting
        ? html`<form class="comment" @submit=${(event: SubmitEvent) => actions.comment(event, entry)}>
          <label for="comment-${entry.id}">${strings.comment}</label>
          <textarea id="comment-${entry.id}" name="comment" rows="2" maxlength="2000"></textarea>
          <button type="submit" class="plain">${strings.sendComment}</button>
        </form>`
        : nothing
    }`;
}

/** Blocks of Markdown; `cite` gives what stands for a citation mark. */
function blocksView(blocks: readonly Block[], cite: (n: number) => unknown): TemplateResult[] {
  const inline = (content: readonly Inline[]): unknown[] =>
    content.map((piece) => {
      if (piece.kind === 'text') return piece.text;
      return piece.kind === 'bold' ? html`<strong>${inline(piece.content)}</strong>` : cite(piece.n);
    });
  return blocks.map((block) => {
    switch (block.kind) {
      case 'heading':
        return html`<h4>${inline(block.content)}</h4>`;
      case 'quote':
        return html`<blockquote>${inline(block.content)}</blockquote>`;
      case 'list': {
        const items = block.items.map(
          ({ depth, content }) => html`<li class="depth-${depth}">${inline(content)}</li>`,
        );
        return block.ordered ? html`<ol start=${block.start}>${items}</ol>` : html`<ul>${items}</ul>`;
      }
      case 'table':
        return html`<div class="wide" tabindex="0" role="group"><table>
          <thead><tr>${block.head.map((cell) => html`<th scope="col">${inline(cell)}</th>`)}</tr></thead>
          <tbody>${block.rows.map((row) => html`<tr>${row.map((cell) => html`<td class=${isShort(cell) ? 'short' : ''}>${inline(cell)}</td>`)}</tr>`)}</tbody>
        </table></div>`;
      default:
        return html`<p>${inline(block.content)}</p>`;
    }
  });
}

/** A number, a unit or a few words: better not broken. */
const isShort = (cell: readonly Inline[]) =>
  cell.every((piece) => piece.kind === 'cite' || (piece.kind === 'text' && piece.text.length <= 14));
