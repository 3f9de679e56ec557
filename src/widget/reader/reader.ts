/**
 * `<guiwen-reader>`: a plan's text with a quote highlighted, its outline beside it.
 *
 * Attributes: `server` (its address; the page's own if left out), `plan`, `start`, `end`, `theme`; `page` makes it
 * follow the page's address. Method {@link GuiwenReader.show}. Events: `guiwen-reader-shown` when a place is seen,
 * `guiwen-reader-close` when the person has read enough.
 * @module
 */
import type { PropertyValues, TemplateResult } from 'lit';
import { LitElement } from 'lit';
import type { Api } from '../api.ts';
import { connect } from '../api.ts';
import { copyText } from '../copy.ts';
import { base, tokens } from '../tokens.ts';
import type { OutlineNode } from '../types.ts';
import { headingIn, placesIn } from './address.ts';

import { chainAt, keyOf, visibleItems } from './outline.ts';
import { Pane } from './pane.ts';
import { frameStyles, printStyles, textStyles } from './reader-styles.ts';
import { readerView } from './reader-view.ts';
import type { Folded } from './search.ts';
import { findAll, fold } from './search.ts';
import type { Highlight, Place, Source, Span } from './types.ts';

/** Below this width of the element, in pixels, the outline lies over the text. */
const NARROW = 760;

/** What to show. */
export interface Shown extends Span {
  /** Its id. */
  readonly plan: string;
  /** What previous and next go through, in order; of other plans, too. */
  readonly citations?: readonly Place[];
}

/** The element. */
export class GuiwenReader extends LitElement {
  static override styles = [tokens, base, frameStyles, textStyles, printStyles];
  static override properties = {
    server: {},
    plan: {},
    start: { type: Number },
    end: { type: Number },
    page: { type: Boolean },
    narrow: { type: Boolean, reflect: true },
    source: { state: true },
    failed: { state: true },
    notice: { state: true },
    places: { state: true },
    at: { state: true },
    query: { state: true },
    found: { state: true },
    foundAt: { state: true },
    searched: { state: true },
    outlined: { state: true },
    open: { state: true },
    section: { state: true },
    active: { state: true },
    link: { state: true },
    said: { state: true },
  };
  declare server: string | undefined;
  declare plan: string | undefined;
  declare start: number | undefined;
  declare end: number | undefined;
  declare page: boolean;
  declare narrow: boolean;
  declare source: Source | undefined;
  declare failed: string;
  declare notice: string;
  declare places: readonly Place[];
  /** Which of `places` is shown; -1 for none. */
  declare at: number;
  declare query: string;
  declare found: readonly Span[];
  declare foundAt: number;
  declare searched: string;
  /** Whether the outline is seen. */
  declare outlined: boolean;
  declare open: ReadonlySet<string>;
  declare section: string | undefined;
  declare active: string | undefined;
  /** A link that could not be copied. */
  declare link: string;
  declare said: string;

  #pane: Pane | undefined;
  #folded: Folded | undefined;
  #wanted = 0;
  #sectionFrame = 0;
  #searchTimer = 0;
  readonly #resized = new ResizeObserver(([entry]) => {
    const narrow = (entry as ResizeObserverEntry).contentRect.width < NARROW;
    if (narrow === this.narrow) return;
    this.narrow = narrow;
    this.outlined = !narrow;
  });
  readonly #print = matchMedia('print');

  constructor() {
    super();
    this.page = false;
    this.narrow = false;
    this.outlined = true;
    this.failed = this.notice = this.query = this.searched = this.link = this.said = '';
    this.places = this.found = [];
    this.at = this.foundAt = -1;
    this.open = new Set();
  }

  /** Opens a plan at a quote and highlights it. */
  show({ plan, start, end, citations = [] }: Shown): void {
    const at = citations.findIndex((c) => c.plan.id === plan && c.start === start && c.end === end);
    this.places = at < 0 ? [{ plan: { id: plan }, start, end }] : citations;
    void this.goTo(Math.max(at, 0), { focus: true });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    window.addEventListener('beforeprint', this.#fill);
    this.#print.addEventListener('change', this.#fill);
    if (this.page) window.addEventListener('hashchange', this.#followAddress);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    window.removeEventListener('beforeprint', this.#fill);
    this.#print.removeEventListener('change', this.#fill);
    window.removeEventListener('hashchange', this.#followAddress);
    this.#pane?.close();
    this.#pane = undefined;
    this.source = undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('plan') && !changed.has('start') && !changed.has('end')) return;
    if (this.page) this.#followAddress();
    else if (this.plan) {
      const { plan: id, start = 0, end = 0 } = this;
      this.places = start < end ? [{ plan: { id }, start, end }] : [];
      void this.goTo(0);
    }
  }

  override render(): TemplateResult {
    return readerView(this);
  }

  get api(): Api {
    return connect(this.server ?? '');
  }

  /** Goes to one of the places; without any the plan is opened at its beginning. */
  async goTo(at: number, { focus = false }: { readonly focus?: boolean } = {}): Promise<void> {
    const place = this.places[at];
    const id = place?.plan.id ?? this.plan;
    if (id === undefined) return;
    const wanted = ++this.#wanted;
    this.at = place ? at : -1;
    this.notice = this.link = '';
    if (!(await this.#openPlan(id, wanted))) return;
    const { source } = this;
    if (place && source) {
      if (place.end > source.text.length) {
        this.at = -1;
        this.notice = '链接所指的位置不在这份规划之内，请从目录或搜索查找。';
      } else if (place.label === undefined) void this.#label(at, place);
    }
    this.#highlight();
    const shown = this.places[this.at];
    if (shown) this.#pane?.reveal(shown);
    this.#followSection();
    if (focus || this.page) this.#focusText();
    this.dispatchEvent(
      new CustomEvent('guiwen-reader-shown', {
        bubbles: true,
        composed: true,
        detail: { plan: id, ...(shown && { start: shown.start, end: shown.end }) },
      }),
    );
    this.#pane?.fillWhenIdle();
  }

  /** Opens the plan again after a failure. */
  retry(): void {
    void this.goTo(Math.max(this.at, 0), { focus: true });
  }

  close(): void {
    this.dispatchEvent(new CustomEvent('guiwen-reader-close', { bubbles: true, composed: true }));
  }

  /** A link that opens exactly what is highlighted, or the section that is read. */
  async copyLink(): Promise<void> {
    const { source } = this;
    if (!source) return;
    const place = this.places[this.at];
    const hash = place ? `#${place.start}-${place.end}` : this.section ? `#n${this.section}` : '';
    const path = `${this.api.root}/plans/${encodeURIComponent(source.plan.id)}${hash}`;
    const link = new URL(path, location.href).href;
    const copied = await copyText(link, this.renderRoot as ShadowRoot);
    this.said = copied ? '链接已复制' : '';
    this.link = copied ? '' : link;
  }

  /** Looks for words; the first at or after what is read becomes the current one. */
  search(query: string): void {
    this.query = query;
    clearTimeout(this.#searchTimer);
    this.#searchTimer = window.setTimeout(() => this.#find(), 120);
  }

  /** Goes to the next place found, or the previous one (-1); round at the ends. */
  step(by: 1 | -1): void {
    if (this.#searchTimer !== 0) this.#find();
    else if (this.found.length > 0)
      this.#goToFound((this.foundAt + by + this.found.length) % this.found.length);
  }

  /** Goes to a heading. */
  goToNode(node: OutlineNode): void {
    this.active = node.id;
    if (this.narrow) this.outlined = false;
    this.#pane?.reveal({ start: node.start, end: node.start + 1 });
    if (this.narrow) this.#focusText();
    this.said = `已到${node.heading}`;
  }

  toggleNode(id: string): void {
    const open = new Set(this.open);
    if (!open.delete(id)) open.add(id);
    this.open = open;
  }

  async treeKey(event: KeyboardEvent): Promise<void> {
    const { source, open, active } = this;
    if (!source || event.ctrlKey || event.altKey || event.metaKey) return;
    const items = visibleItems({ outline: source.outline, open });
    const shown = items.some(({ node }) => node.id === active) ? active : items[0]?.node.id;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      const item = items.find(({ node }) => node.id === shown);
      if (item) this.goToNode(item.node);
      return;
    }
    const move = keyOf(event.key, items, shown, open);
    if (!move) return;
    event.preventDefault();
    if (move.toggle !== undefined) this.toggleNode(move.toggle);
    if (move.focus === undefined) return;
    this.active = move.focus;
    await this.updateComplete;
    this.#item(move.focus)?.focus();
  }

  /** The section that is read, marked in the outline; called when the text is scrolled. */
  readonly scrolled = (): void => {
    if (this.#sectionFrame === 0) this.#sectionFrame = requestAnimationFrame(() => this.#followSection());
  };

  /** Keys scroll the text from now on; nothing shows it until one is pressed. */
  #focusText(): void {
    this.#scroller.classList.add('quiet');
    this.#scroller.focus({ preventScroll: true });
  }

  get #scroller(): HTMLElement {
    return this.renderRoot.querySelector('.pane') as HTMLElement;
  }

  #item(id: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`[data-node="${id}"]`);
  }

  /** False if it failed or something else has been asked for since. */
  async #openPlan(id: string, wanted: number): Promise<boolean> {
    if (this.source?.plan.id === id && this.#pane) return true;
    this.failed = '';
    this.#pane?.close();
    this.#pane = undefined;
    this.source = undefined;
    try {
      const source = await this.api.blocks(id);
      if (wanted !== this.#wanted) return false;
      this.source = source;
      this.#folded = undefined;
      this.query = this.searched = '';
      this.found = [];
      this.foundAt = -1;
      this.open = new Set();
      this.section = this.active = undefined;
      await this.updateComplete;
      if (wanted !== this.#wanted || !this.isConnected) return false;
      this.#pane = new Pane(this.#scroller, source, this.page ? 2 : 3);
      return true;
    } catch (error) {
      if (wanted === this.#wanted) this.failed = (error as Error).message;
      return false;
    }
  }

  async #label(at: number, place: Place): Promise<void> {
    const label = await this.api.label(place.plan.id, place).catch(() => '');
    if (this.places[at] === place) this.places = this.places.map((p) => (p === place ? { ...p, label } : p));
  }

  #highlight(): void {
    const id = this.source?.plan.id;
    const quotes = this.places
      .map(({ plan, start, end }, i): Highlight | undefined =>
        plan.id === id ? { start, end, kind: 'quote', current: i === this.at } : undefined,
      )
      .filter((quote) => quote !== undefined);
    const found = this.found.map(
      ({ start, end }, i): Highlight => ({ start, end, kind: 'found', current: i === this.foundAt }),
    );
    this.#pane?.highlight([...quotes, ...found]);
  }

  #find(): void {
    clearTimeout(this.#searchTimer);
    this.#searchTimer = 0;
    const { source, query } = this;
    if (!source) return;
    this.searched = query;
    this.#folded ??= fold(source.text);
    this.found = findAll(this.#folded, source.text, query);
    const from = this.#pane?.offset ?? 0;
    const next = this.found.findIndex(({ start }) => start >= from);
    if (this.found.length > 0) this.#goToFound(Math.max(next, 0));
    else {
      this.foundAt = -1;
      this.#highlight();
      this.said = query.trim() === '' ? '' : `没有找到“${query.trim()}”`;
    }
  }

  #goToFound(at: number): void {
    this.foundAt = at;
    this.#highlight();
    this.#pane?.reveal(this.found[at] as Span);
    this.said = `第 ${at + 1} 处，共 ${this.found.length} 处`;
  }

  #followSection(): void {
    this.#sectionFrame = 0;
    const { source } = this;
    if (!source || !this.#pane) return;
    const chain = chainAt(source.outline, this.#pane.offset);
    const section = chain[chain.length - 1]?.id;
    if (section === this.section) return;
    this.section = section;
    const closed = chain.slice(0, -1).filter(({ id }) => !this.open.has(id));
    if (closed.length > 0) this.open = new Set([...this.open, ...closed.map(({ id }) => id)]);
    // While somebody moves in the tree it stays as it is.
    if (this.shadowRoot?.activeElement?.getAttribute('role') === 'treeitem') return;
    this.active = section;
    void this.updateComplete.then(() => {
      const item = section === undefined ? null : this.#item(section);
      const outline = item?.closest('.outline');
      if (!item || !outline) return;
      const { top, bottom } = item.getBoundingClientRect();
      const box = outline.getBoundingClientRect();
      if (top < box.top || bottom > box.bottom) outline.scrollTop += top - box.top - box.height / 3;
    });
  }

  readonly #fill = (): void => this.#pane?.fill();

  readonly #followAddress = (): void => {
    const { plan } = this;
    if (!plan) return;
    this.places = placesIn(location).map((place) => ({ plan: { id: plan }, ...place }));
    void this.goTo(0).then(() => {
      const id = headingIn(location.hash);
      const node = id === undefined || !this.source ? undefined : nodeById(this.source.outline, id);
      if (node) this.goToNode(node);
    });
  };
}

function nodeById(node: OutlineNode, id: string): OutlineNode | undefined {
  if (node.id === id) return node;
  for (const child of node.children) {
    const found = nodeById(child, id);
    if (found) return found;
  }
  return undefined;
}

/** Makes `<guiwen-reader>` known to the page; a second script changes nothing. */
export function defineReader(): void {
  if (!customElements.get('guiwen-reader')) customElements.define('guiwen-reader', GuiwenReader);
}
