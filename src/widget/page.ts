/**
 * `<guiwen-page>`: the chat in full size, with the choice of plans beside it.
 * @module
 */
import type { TemplateResult } from 'lit';
import { css, html, LitElement, nothing } from 'lit';
import { connect } from './api.ts';
import { stringsFor } from './locale.ts';
import { serverAddress } from './source.ts';
import { base, tokens } from './tokens.ts';
import type { Plan } from './types.ts';

const styles = css`
  :host {
    display: block;
    height: 100%;
  }
  .root {
    display: flex;
    flex-direction: column;
    height: 100%;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 16px;
    padding: 9px 20px;
    border-bottom: 1px solid var(--line);
    background: var(--card);
  }
  .brand {
    display: flex;
    align-items: center;
    gap: 9px;
    margin: 0;
    font-size: 18px;
    font-weight: 600;
  }
  .tagline {
    flex: 1;
    color: var(--muted);
    font-size: 14px;
  }
  nav {
    display: flex;
    gap: 18px;
    font-size: 15px;
  }
  nav a {
    padding: 3px 0;
    text-decoration: none;
  }
  nav a:hover {
    text-decoration: underline;
  }
  main {
    display: flex;
    flex: 1;
    min-height: 0;
  }
  .plans {
    flex: none;
    width: 272px;
    overflow-y: auto;
    padding: 18px 12px 18px 20px;
    border-right: 1px solid var(--line);
    font-size: 14px;
    line-height: 1.6;
  }
  summary {
    font-size: 15px;
    font-weight: 600;
    list-style: none;
    cursor: default;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
  }
  .muted {
    margin: 0 0 8px;
    color: var(--muted);
    font-size: 13px;
  }
  .plan {
    display: flex;
    gap: 9px;
    padding: 8px 0;
  }
  .plan + .plan {
    border-top: 1px solid var(--line);
  }
  .plan input {
    flex: none;
    width: 18px;
    height: 18px;
    margin: 2px 0 0;
    accent-color: var(--accent);
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 0 10px;
    color: var(--muted);
    font-size: 13px;
  }
  .facts a {
    min-height: 24px;
  }
  .tag {
    color: var(--warn);
  }
  label {
    display: block;
  }
  guiwen-chat {
    flex: 1;
    min-width: 0;
  }
  .chat {
    flex: 1;
    min-width: 0;
  }
  @media (max-width: 860px) {
    .tagline {
      display: none;
    }
    .bar {
      justify-content: space-between;
      padding: 8px 16px;
    }
    main {
      flex-direction: column;
    }
    .plans {
      width: auto;
      max-height: 55%;
      padding: 4px 16px;
      border-right: 0;
      border-bottom: 1px solid var(--line);
    }
    summary {
      display: flex;
      align-items: center;
      min-height: 36px;
      font-size: 14px;
      font-weight: 400;
      cursor: pointer;
    }
    summary::after {
      content: '▾';
      margin-left: 6px;
      color: var(--muted);
    }
    .chat {
      min-height: 0;
    }
  }
`;

/** Below this width the plans are folded away, in pixels; the same as in the style. */
const FOLDED = '(max-width: 860px)';

class GuiwenPage extends LitElement {
  static override styles = [tokens, base, styles];
  static override properties = {
    plans: { state: true },
    chosen: { state: true },
    folded: { state: true },
    failed: { state: true },
  };
  declare private plans: readonly Plan[];
  /** Ids. */
  declare private chosen: readonly string[];
  declare private folded: boolean;
  declare private failed: string;

  constructor() {
    super();
    this.plans = [];
    this.chosen = [];
    this.failed = '';
    const narrow = matchMedia(FOLDED);
    this.folded = narrow.matches;
    narrow.onchange = ({ matches }) => {
      this.folded = matches;
    };
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      this.plans = await connect(serverAddress('')).plans();
    } catch (error) {
      this.failed = (error as Error).message;
    }
  }

  override render(): TemplateResult {
    const t = stringsFor('zh');
    const { chosen, plans } = this;
    const scope =
      chosen.length > 0
        ? t.scope(chosen.length)
        : `${t.scopeAll}${plans.length > 0 ? ` ${plans.length}` : ''}`;
    return html`<div class="root" lang="zh-CN">
      <div class="bar" role="banner">
        <h1 class="brand"><img src="/favicon.svg" alt="" width="28" height="28" />${t.title}</h1>
        <span class="tagline">${t.tagline}</span>
        <nav aria-label="站内"><a href="/indicators">${t.indicators}</a><a href="/docs">${t.docs}</a></nav>
      </div>
      <main>
        <details class="plans" ?open=${!this.folded}>
          <summary @click=${(event: Event) => !this.folded && event.preventDefault()} tabindex=${this.folded ? '0' : '-1'}>
            ${this.folded ? `${t.plans}：${scope}` : t.choosePlans}
          </summary>
          <fieldset>
            <legend class="unseen">${t.choosePlans}</legend>
            <p class="muted">${this.failed || t.chooseHint}</p>
            ${plans.map((plan) => this.#planView(plan))}
          </fieldset>
        </details>
        <div class="chat"><guiwen-chat place="inline" plans=${chosen.join(',')}></guiwen-chat></div>
      </main>
    </div>`;
  }

  #planView(plan: Plan): TemplateResult {
    const t = stringsFor('zh');
    const { id, title, regions, period, status } = plan;
    const choose = ({ target }: Event) => {
      const others = this.chosen.filter((other) => other !== id);
      this.chosen = (target as HTMLInputElement).checked ? [...others, id] : others;
    };
    return html`<div class="plan">
      <input type="checkbox" id="plan-${id}" .checked=${this.chosen.includes(id)} @change=${choose} />
      <div>
        <label for="plan-${id}">${title}</label>
        <div class="facts">
          ${regions[0] ? html`<span>${regions[0]}</span>` : nothing}
          ${period ? html`<span>${t.period(period.start, period.end)}</span>` : nothing}
          ${status === 'draft' ? html`<span class="tag">${t.draft}</span>` : nothing}
          <a href="/plans/${encodeURIComponent(id)}" aria-label="${t.read}：${title}">${t.read}</a>
        </div>
      </div>
    </div>`;
  }
}

/** Makes `<guiwen-page>` known. */
export function definePage(): void {
  customElements.define('guiwen-page', GuiwenPage);
}
