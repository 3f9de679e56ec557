/**
 * `<guiwen-board>`: the indicators of all plans side by side, each value a link into its source.
 *
 * Attributes: `server` (its address; the page's own if left out), `theme`; `page` for a page of its own, which may
 * name what to show: `?name=…&plan=…`.
 * @module
 */
import type { TemplateResult } from 'lit';
import { LitElement } from 'lit';
import { connect } from '../api.ts';
import { saveFile } from '../source.ts';
import { base, tokens } from '../tokens.ts';
import type { Citation } from '../types.ts';
import { boardStyles } from './board-styles.ts';
import { boardView } from './board-view.ts';
import { boardAsCsv } from './csv.ts';
import { filterRows, NO_FILTER } from './filter.ts';
import type { Board, Filter } from './types.ts';

/** What a table's first column and each plan's need at least, in pixels; with less, rows become cards. */
const NAME_WIDTH = 300;
const PLAN_WIDTH = 180;

/** The element. */
export class GuiwenBoard extends LitElement {
  static override styles = [tokens, base, boardStyles];
  static override properties = {
    server: {},
    page: { type: Boolean },
    narrow: { type: Boolean, reflect: true },
    board: { state: true },
    width: { state: true },
    failed: { state: true },
    filter: { state: true },
  };
  declare server: string | undefined;
  declare page: boolean;
  declare narrow: boolean;
  declare board: Board | undefined;
  declare width: number;
  declare failed: string;
  declare filter: Filter;

  readonly #resized = new ResizeObserver(([entry]) => {
    this.width = (entry as ResizeObserverEntry).contentRect.width;
  });

  constructor() {
    super();
    this.page = this.narrow = false;
    this.width = 0;
    this.failed = '';
    this.filter = NO_FILTER;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    if (this.page) {
      const query = new URLSearchParams(location.search);
      this.filter = { ...NO_FILTER, name: query.get('name') ?? '', plans: new Set(query.getAll('plan')) };
    }
    if (!this.board) void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  protected override willUpdate(): void {
    const plans = this.board?.plans.filter(({ indicators }) => indicators > 0).length ?? 0;
    this.narrow = this.width < NAME_WIDTH + plans * PLAN_WIDTH;
  }

  override render(): TemplateResult {
    return boardView(this);
  }

  linkOf(place: Pick<Citation, 'plan' | 'start' | 'end'>): string {
    return connect(this.server ?? '').sourceUrl(place);
  }

  change(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
  }

  retry(): void {
    this.failed = '';
    void this.#load();
  }

  /** Saves what is shown as CSV. */
  save(): void {
    const { board } = this;
    if (!board) return;
    const link = (place: Pick<Citation, 'start' | 'end'> & { plan: { id: string } }) =>
      new URL(this.linkOf(place as Citation), location.href).href;
    const csv = boardAsCsv(filterRows(board.rows, this.filter), board.plans, link);
    saveFile(
      new Blob([csv], { type: 'text/csv;charset=utf-8' }),
      '指标对照.csv',
      this.renderRoot as ShadowRoot,
    );
  }

  async #load(): Promise<void> {
    try {
      this.board = await connect(this.server ?? '').board();
    } catch (error) {
      this.failed = (error as Error).message;
    }
  }
}

/** Makes `<guiwen-board>` known to the page; a second script changes nothing. */
export function defineBoard(): void {
  if (!customElements.get('guiwen-board')) customElements.define('guiwen-board', GuiwenBoard);
}
