/**
 * `<guiwen-chat>`: questions and answers with their citations, as a panel on any page or in full size.
 * @module
 */
import type { PropertyValues } from 'lit';
import { LitElement } from 'lit';
import { answerStyles } from './answer-styles.ts';
import type { Api } from './api.ts';
import { connect } from './api.ts';
import type { Controlled } from './chat-actions.ts';
import { chatActions } from './chat-actions.ts';
import { hostStyles, panelStyles } from './chat-styles.ts';
import type { Peeked, Reading } from './chat-view.ts';
import { chatView } from './chat-view.ts';
import { answerAsText } from './copy.ts';
import { stringsFor } from './locale.ts';
import { placePeek } from './peek.ts';
import type { Session } from './session.ts';
import { openSession } from './session.ts';
import type { Origin, SourceReader } from './source.ts';
import { serverAddress } from './source.ts';
import { suggestQuestions } from './suggest.ts';
import { base, tokens } from './tokens.ts';
import type { Answer } from './types.ts';

/** Where the script came from: the server of a chat that names none. */
let origin: Origin = { server: '' };

/** Below this width of the panel, in pixels, answer and source do not fit beside each other. */
const NARROW = 800;

const KEYS = ['keydown', 'keypress', 'keyup'];

/** What is typed into a field here is no shortcut of the page around. */
const keepFromPage = (event: Event): void => {
  if (event.composedPath()[0] instanceof HTMLTextAreaElement) event.stopPropagation();
};

/** The element. Its attributes, events and methods are described in docs/widget.md. */
export class GuiwenChat extends LitElement implements Controlled {
  static override styles = [tokens, base, hostStyles, panelStyles, answerStyles];
  static override properties = {
    server: {},
    plans: {},
    heading: {},
    greeting: {},
    suggestions: {},
    locale: {},
    theme: { reflect: true },
    place: { reflect: true },
    opened: { type: Boolean, reflect: true },
    suggested: { state: true },
    peeked: { state: true },
    reading: { state: true },
    commenting: { state: true },
    said: { state: true },
    told: { state: true },
    narrow: { state: true },
  };
  declare server: string | undefined;
  /** Ids of the plans to search, parted by commas; none are all. */
  declare plans: string;
  declare heading: string | undefined;
  declare greeting: string | undefined;
  /** Questions to begin with, parted by `|`. */
  declare suggestions: string | undefined;
  declare locale: string | undefined;
  declare theme: string | undefined;
  /** bottom-right, bottom-left or inline. */
  declare place: string;
  declare opened: boolean;

  declare private suggested: readonly string[];
  declare peeked: Peeked | undefined;
  declare reading: Reading | undefined;
  /** Id of the entry whose comment field is open. */
  declare commenting: string | undefined;
  /** What a screen reader is told. */
  declare private said: string;
  /** What everyone is told, below the question: that something was copied or went wrong. */
  declare private told: string;
  declare private narrow: boolean;

  declare session: Session;
  api: Api = connect('');
  /** The entry to keep in view while it grows, until the person scrolls. */
  #following: string | undefined;
  #suggestedFor: string | undefined;
  #sizes = new ResizeObserver(([panel]) => {
    this.narrow = (panel?.contentRect.width ?? NARROW) < NARROW;
  });

  readonly #actions = chatActions(this);

  constructor() {
    super();
    this.plans = '';
    this.place = 'bottom-right';
    this.opened = false;
    this.suggested = [];
    this.said = '';
    this.told = '';
    this.narrow = false;
  }

  /** Opens the panel and puts the cursor into the question. */
  open(): void {
    if (!this.opened) this.tell('guiwen-open');
    this.opened = true;
    void this.updateComplete.then(() => this.find('#question')?.focus());
  }

  /** Closes the panel; an answer under way goes on. */
  close(): void {
    if (!this.opened) return;
    this.opened = false;
    this.reading = undefined;
    this.tell('guiwen-close');
    void this.updateComplete.then(() => this.find('.launcher')?.focus());
  }

  /** Asks; gives the answer, or undefined if it was stopped or failed. A question under way is stopped. */
  async ask(question: string): Promise<Answer | undefined> {
    const text = question.trim().slice(0, 2000);
    if (!text) return undefined;
    if (!this.opened && this.place !== 'inline') this.open();
    // An element that was just made has no session yet.
    await this.updateComplete;
    return this.session.ask(text, this.planIds);
  }

  /** The restriction as a list. */
  get planIds(): string[] {
    return this.plans.split(',').flatMap((plan) => plan.trim() || []);
  }

  get strings() {
    return stringsFor(this.locale);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('keydown', this.#onKey);
    // Moved to another place of the page: what is watched is watched again.
    if (this.hasUpdated) this.requestUpdate('place');
    for (const name of KEYS) this.addEventListener(name, keepFromPage);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('keydown', this.#onKey);
    this.#sizes.disconnect();
    this.session?.stop();
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('server') || !this.session) this.#connect();
    this.#suggestIfWanted(changed.has('opened'));
  }

  override render() {
    const { conversation, busy } = this.session;
    const { strings, planIds } = this;
    const { place, opened, heading, greeting, theme, locale, suggested } = this;
    const { peeked, reading, commenting, said, told, narrow } = this;
    return chatView(
      {
        ...{ place, opened, heading, greeting, theme, locale, suggested },
        ...{ peeked, reading, commenting, said, told, narrow },
        ...{ conversation, busy, strings, server: this.api.root, plans: planIds.length },
      },
      this.#actions,
    );
  }

  override updated(changed: PropertyValues): void {
    const dock = this.find('.dock');
    // The top layer is above any z-index; older browsers make do with the largest one.
    if (dock && 'showPopover' in dock && !dock.matches(':popover-open')) dock.showPopover();
    const panel = this.find('.panel');
    if (changed.has('opened') || changed.has('place')) {
      this.#sizes.disconnect();
      if (panel) this.#sizes.observe(panel);
    }
    const peek = this.find('.peek');
    if (peek && panel && this.peeked) placePeek(peek, this.peeked.chip, panel);
    if (changed.has('reading') && this.reading) this.#showSource(this.reading);
    this.#follow();
  }

  #connect(): void {
    this.session?.stop();
    this.api = connect(serverAddress(this.server ?? origin.server));
    this.session = openSession(this.api, {
      changed: () => this.requestUpdate(),
      asked: ({ id, question }) => {
        this.#following = id;
        this.said = this.strings.working;
        this.tell('guiwen-ask', { question });
      },
      answered: (answer) => {
        const { answered, notFound } = this.strings;
        const text = answerAsText({ ...answer, question: '', citations: [] });
        this.said = `${answer.status === 'answered' ? answered : `${notFound}。`}${text.slice(0, 300)}`;
        this.tell('guiwen-answer', { answer });
      },
      stopped: () => {
        this.said = this.strings.stopped;
      },
      failed: (message) => {
        this.said = message;
        this.tell('guiwen-error', { message });
      },
    });
  }

  /** Suggestions are made when someone is about to see them, once for each choice of plans; `again` if there are none. */
  #suggestIfWanted(again: boolean): void {
    const shown = this.place === 'inline' || this.opened;
    if (!shown || this.session.conversation.entries.length > 0) return;
    const choice = JSON.stringify([this.api.root, this.plans, this.suggestions]);
    if (choice === this.#suggestedFor && !(again && this.suggested.length === 0)) return;
    this.#suggestedFor = choice;
    void this.#suggest();
  }

  async #suggest(): Promise<void> {
    if (this.suggestions !== undefined) {
      this.suggested = this.suggestions.split('|').flatMap((question) => question.trim() || []);
      return;
    }
    const { plans, planIds } = this;
    try {
      const [all, indicators] = await Promise.all([this.api.plans(), this.api.indicators()]);
      const chosen = all.filter(({ id }) => planIds.length === 0 || planIds.includes(id));
      // Another choice may have been made meanwhile.
      if (plans === this.plans) this.suggested = suggestQuestions(chosen, indicators);
    } catch {
      // One can ask without suggestions.
    }
  }

  #showSource({ citation, answer }: Reading): void {
    const { plan, start, end } = citation;
    const citations = answer.citations.includes(citation) ? answer.citations : answer.related;
    (this.find('guiwen-reader') as SourceReader).show({ plan: plan.id, start, end, citations });
    this.find('.source')?.focus({ preventScroll: true });
  }

  /** The newest question stays at the top while its answer grows below it. */
  #follow(): void {
    const log = this.find('.log');
    const entry = this.#following && this.find(`[data-id="${this.#following}"]`);
    if (log && entry) log.scrollTop = entry.offsetTop - 12;
    // It grows no more: from now on only the person moves it.
    if (!this.session.busy) this.#following = undefined;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.isComposing) return;
    if (this.peeked) this.peeked = undefined;
    else if (this.reading) this.#actions.closeSource();
    else if (this.place !== 'inline' && this.opened) this.close();
    else return;
    event.stopPropagation();
  };

  announce(text: string): void {
    this.told = text;
    this.said = text;
  }

  tell(name: string, detail?: object): boolean {
    return this.dispatchEvent(
      new CustomEvent(name, { bubbles: true, composed: true, cancelable: true, detail }),
    );
  }

  /** The page’s own scripts have the same nonce. */
  get scriptNonce(): string | undefined {
    return origin.nonce;
  }

  letGo(): void {
    this.#following = undefined;
  }

  find(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector(selector);
  }
}

/** Makes `<guiwen-chat>` known to the page; `from` is the server of chats that name none. */
export function defineChat(from: Origin): void {
  if (customElements.get('guiwen-chat')) return;
  origin = from;
  customElements.define('guiwen-chat', GuiwenChat);
}
