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
import { Contents } from './contents.ts';
import { Finder } from './finder.ts';
import { frameStyles, narrowStyles } from './frame-styles.ts';
import { Pane } from './pane.ts';
import { readerView } from './reader-view.ts';
import { printStyles, textStyles } from './text-styles.ts';
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
  static override styles = [tokens, base, frameStyles, narrowStyles, textStyles, printStyles];
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
    outlined: { state: true },
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
  /** Whether the outline is seen. */
  declare outlined: boolean;
  /** A link that could not be copied. */
  declare link: string;
  /** What a screen reader is told. */
  declare said: string;

  readonly contents = new Contents(() => this.requestUpdate());
  readonly finder: Finder = new Finder({
    text: () => this.source?.text,
    offset: () => this.#pane?.offset ?? 0,
    moved: (shown) => this.#showFound(shown),
    requestUpdate: () => this.requestUpdate(),
  });

  #pane: Pane | undefined;
  /** Counts what is asked for, so that what comes too late is let go. */
  #wanted = 0;
  #sectionFrame = 0;
  readonly #resized = new ResizeObserver(([entry]) => {
    const narrow = (entry as ResizeObserverEntry).contentRect.width < NARROW;
    if (narrow === this.narrow) return;
    this.narrow = narrow;
    this.outlined = !narrow;
  });
  readonly #print = matchMedia('print');

  constructor() {
    super();
    this.page = this.narrow = false;
    this.outlined = true;
    this.failed = this.notice = this.link = this.said = '';
    this.places = [];
    this.at = -1;
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
    // It was moved to another place of the page.
    if (this.hasUpdated && !this.source) void this.goTo(Math.max(this.at, 0));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    window.removeEventListener('beforeprint', this.#fill);
    this.#print.removeEventListener('change', this.#fill);
    window.removeEventListener('hashchange', this.#followAddress);
    this.#close();
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
    if (place && place.end > (this.source as Source).text.length) {
      this.at = -1;
      this.notice = '链接所指的位置不在这份规划之内，请从目录或搜索查找。';
    } else if (place && place.label === undefined) void this.#label(at, place);
    this.#highlight();
    const shown = this.places[this.at];
    if (shown) this.#pane?.reveal(shown);
    this.#followSection();
    if (focus || this.page) this.#focusText();
    const detail = { plan: id, ...(shown && { start: shown.start, end: shown.end }) };
    this.#tell('guiwen-reader-shown', detail);
    this.#pane?.fillWhenIdle();
  }

  /** Opens the plan again after a failure. */
  retry(): void {
    void this.goTo(Math.max(this.at, 0), { focus: true });
  }

  close(): void {
    this.#tell('guiwen-reader-close');
  }

  /** A link that opens exactly what is highlighted, or the section that is read. */
  async copyLink(): Promise<void> {
    const { source, contents } = this;
    if (!source) return;
    const place = this.places[this.at];
    const section = contents.section === undefined ? '' : `#n${contents.section}`;
    const path = `${this.api.root}/plans/${encodeURIComponent(source.plan.id)}`;
    const hash = place ? `#${place.start}-${place.end}` : section;
    const link = new URL(path + hash, location.href).href;
    const copied = await copyText(link, this.renderRoot as ShadowRoot);
    this.said = copied ? '链接已复制' : '';
    this.link = copied ? '' : link;
  }

  /** Goes to a heading. */
  goToNode(node: OutlineNode): void {
    this.contents.activate(node.id);
    this.#pane?.reveal({ start: node.start, end: node.start + 1 });
    this.said = `已到${node.heading}`;
    if (!this.narrow) return;
    this.outlined = false;
    this.#focusText();
  }

  async treeKey(event: KeyboardEvent): Promise<void> {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const pressed = this.contents.press(event.key);
    if (!pressed) return;
    event.preventDefault();
    if (pressed.goTo) this.goToNode(pressed.goTo);
    if (pressed.focus === undefined) return;
    await this.updateComplete;
    this.#item(pressed.focus)?.focus();
  }

  /** The text is scrolled: the section that is read is marked in the outline. */
  readonly scrolled = (): void => {
    if (this.#sectionFrame === 0) this.#sectionFrame = requestAnimationFrame(() => this.#followSection());
  };

  get #scroller(): HTMLElement {
    return this.renderRoot.querySelector('.pane') as HTMLElement;
  }

  #item(id: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`[data-node="${id}"]`);
  }

  #tell(name: string, detail: object = {}): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  /** Keys scroll the text from now on; nothing shows it until one is pressed. */
  #focusText(): void {
    this.#scroller.classList.add('quiet');
    this.#scroller.focus({ preventScroll: true });
  }

  /** False if it failed or something else has been asked for since. */
  async #openPlan(id: string, wanted: number): Promise<boolean> {
    if (this.source?.plan.id === id && this.#pane) return true;
    this.failed = '';
    this.#close();
    try {
      const source = await this.api.blocks(id);
      if (wanted !== this.#wanted) return false;
      this.source = source;
      this.finder.reset();
      this.contents.reset(source.outline);
      await this.updateComplete;
      if (wanted !== this.#wanted || !this.isConnected) return false;
      this.#pane = new Pane(this.#scroller, source, this.page ? 2 : 3);
      return true;
    } catch (error) {
      if (wanted === this.#wanted) this.failed = (error as Error).message;
      return false;
    }
  }

  #close(): void {
    this.#pane?.close();
    this.#pane = undefined;
    this.source = undefined;
  }

  async #label(at: number, place: Place): Promise<void> {
    const label = await this.api.label(place.plan.id, place).catch(() => '');
    if (this.places[at] === place) this.places = this.places.map((p) => (p === place ? { ...p, label } : p));
  }

  #highlight(): void {
    const id = this.source?.plan.id;
    const quotes = this.places.flatMap(({ plan, start, end }, i): Highlight[] =>
      plan.id === id ? [{ start, end, kind: 'quote', current: i === this.at }] : [],
    );
    const { at, found } = this.finder;
    const matches = found.map(
      ({ start, end }, i): Highlight => ({ start, end, kind: 'found', current: i === at }),
    );
    this.#pane?.highlight([...quotes, ...matches]);
  }

  #showFound(shown: Span | undefined): void {
    this.#highlight();
    const { at, found, query } = this.finder;
    if (shown) this.#pane?.reveal(shown);
    const none = query.trim() === '' ? '' : `没有找到“${query.trim()}”`;
    this.said = shown ? `第 ${at + 1} 处，共 ${found.length} 处` : none;
  }

  #followSection(): void {
    this.#sectionFrame = 0;
    if (!this.#pane) return;
    const hasFocus = this.shadowRoot?.activeElement?.getAttribute('role') === 'treeitem';
    if (this.contents.follow(this.#pane.offset, hasFocus) && !hasFocus) void this.#showSection();
  }

  /** Scrolls the outline to the section that is read. */
  async #showSection(): Promise<void> {
    await this.updateComplete;
    const { section } = this.contents;
    const item = section === undefined ? null : this.#item(section);
    const outline = item?.closest('.outline');
    if (!item || !outline) return;
    const { top, bottom } = item.getBoundingClientRect();
    const box = outline.getBoundingClientRect();
    if (top < box.top || bottom > box.bottom) outline.scrollTop += top - box.top - box.height / 3;
  }

  readonly #fill = (): void => this.#pane?.fill();

  readonly #followAddress = (): void => {
    const { plan } = this;
    if (!plan) return;
    this.places = placesIn(location).map((place) => ({ plan: { id: plan }, ...place }));
    const id = headingIn(location.hash);
    void this.goTo(0).then(() => {
      const node = id === undefined ? undefined : this.contents.node(id);
      if (node) this.goToNode(node);
    });
  };
}

/** Makes `<guiwen-reader>` known to the page; a second script changes nothing. */
export function defineReader(): void {
  if (!customElements.get('guiwen-reader')) customElements.define('guiwen-reader', GuiwenReader);
}
