/**
 * Searching within the plan that is read: what is looked for, what is found, and which of it is shown.
 * @module
 */
import type { Folded } from './search.ts';
import { findAll, fold } from './search.ts';
import type { Span } from './types.ts';

/** How long typing must pause before it is searched for, in milliseconds. */
const PAUSE_MS = 120;

/** The reader, as far as searching concerns it. */
export interface Searched {
  /** The text; undefined while there is none. */
  text(): string | undefined;
  /** The offset that is read. */
  offset(): number;
  /** What was found, or which of it is shown, has changed. */
  moved(shown: Span | undefined): void;
  requestUpdate(): void;
}

/** The search of one reader. */
export class Finder {
  readonly #host: Searched;
  #query = '';
  #searched = '';
  #found: readonly Span[] = [];
  #at = -1;
  #folded: Folded | undefined;
  #timer = 0;

  constructor(host: Searched) {
    this.#host = host;
  }

  /** As typed. */
  get query(): string {
    return this.#query;
  }
  /** In order. */
  get found(): readonly Span[] {
    return this.#found;
  }
  /** Which of `found` is shown; -1 for none. */
  get at(): number {
    return this.#at;
  }
  /** Typing goes on, or has just stopped. */
  get isWaiting(): boolean {
    return this.#searched !== this.#query;
  }

  /** For another text. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#query = this.#searched = '';
    this.#found = [];
    this.#at = -1;
    this.#folded = undefined;
  }

  /** Looks for words once typing pauses; the first at or after what is read is shown. */
  search(query: string): void {
    this.#query = query;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#find(), PAUSE_MS);
    this.#host.requestUpdate();
  }

  /** Goes to the next place, or the previous one (-1); round at the ends. */
  step(by: 1 | -1): void {
    const { length } = this.#found;
    if (this.isWaiting) this.#find();
    else if (length > 0) this.#goTo((this.#at + by + length) % length);
  }

  #find(): void {
    clearTimeout(this.#timer);
    const text = this.#host.text();
    if (text === undefined) return;
    this.#searched = this.#query;
    this.#folded ??= fold(text);
    this.#found = findAll(this.#folded, text, this.#query);
    const from = this.#host.offset();
    const next = this.#found.findIndex(({ start }) => start >= from);
    this.#goTo(this.#found.length > 0 ? Math.max(next, 0) : -1);
  }

  #goTo(at: number): void {
    this.#at = at;
    this.#host.moved(this.#found[at]);
    this.#host.requestUpdate();
  }
}
