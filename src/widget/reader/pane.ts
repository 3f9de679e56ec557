/**
 * The text of a plan in a scrolling element: rendered in chunks, highlighted, and scrolled to any offset.
 * @module
 */
import type { OutlineNode } from '../types.ts';
import type { Chunk } from './chunks.ts';
import { chunksOf } from './chunks.ts';
import { firstAfter } from './pieces.ts';
import { renderBlocks } from './render.ts';
import type { Highlight, Source, Span } from './types.ts';

/** How far from what is seen chunks are rendered, in pixels. */
const MARGIN = '1200px 0px';
/** Frames in which a place is held while what is around it takes its real height. */
const SETTLE_FRAMES = 20;
/** Where the place of reading is, as a share of the pane's height from its top. */
const READING_LINE = 0.2;

interface Shown {
  readonly chunk: Chunk;
  readonly element: HTMLElement;
  /** Those that touch it. */
  highlights: readonly Highlight[];
  rendered: boolean;
  /** Its highlights have changed. */
  stale: boolean;
  near: boolean;
}

/** A plan's text in `scroller`, which it fills and empties. */
export class Pane {
  readonly #scroller: HTMLElement;
  readonly #topLevel: number;
  readonly #source: Source;
  readonly #boxes: ReadonlySet<string>;
  readonly #chunks: readonly Chunk[];
  readonly #shown: readonly Shown[];
  readonly #observer: IntersectionObserver;
  /** What was gone to, until the reader scrolls away from it. */
  #held: Span | undefined;
  #idle = 0;
  #settling = 0;
  #closed = false;

  /** @param topLevel the level of the outermost headings */
  constructor(scroller: HTMLElement, source: Source, topLevel: number) {
    this.#scroller = scroller;
    this.#source = source;
    this.#topLevel = topLevel;
    this.#boxes = boxNodes(source.outline);
    this.#chunks = chunksOf(source.blocks);
    this.#shown = this.#chunks.map((chunk): Shown => {
      const element = document.createElement('div');
      element.className = 'chunk';
      element.style.minHeight = `${chunk.height}px`;
      element.style.setProperty('contain-intrinsic-size', `0 ${chunk.height}px`);
      return { chunk, element, highlights: [], rendered: false, stale: false, near: false };
    });
    const byElement = new Map<Element, Shown>(this.#shown.map((shown) => [shown.element, shown]));
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting, boundingClientRect } of entries) {
          const shown = byElement.get(target) as Shown;
          shown.near = isIntersecting;
          if (isIntersecting) this.#render(shown);
          else if (shown.rendered) {
            // It keeps its height while the browser leaves it out.
            shown.element.style.setProperty('contain-intrinsic-size', `0 ${boundingClientRect.height}px`);
          }
        }
      },
      { root: scroller, rootMargin: MARGIN },
    );
    scroller.replaceChildren(...this.#shown.map(({ element }) => element));
    scroller.scrollTop = 0;
    for (const { element } of this.#shown) this.#observer.observe(element);
    for (const event of ['wheel', 'touchstart', 'pointerdown', 'keydown']) {
      scroller.addEventListener(event, this.#release, { passive: true });
    }
  }

  /** Marks stretches of text; those marked before no longer are. */
  highlight(highlights: readonly Highlight[]): void {
    const perChunk = this.#shown.map((): Highlight[] => []);
    for (const highlight of highlights) {
      for (let i = firstAfter(this.#chunks, highlight.start); i < perChunk.length; i++) {
        if ((this.#chunks[i] as Chunk).start >= highlight.end) break;
        (perChunk[i] as Highlight[]).push(highlight);
      }
    }
    this.#shown.forEach((shown, i) => {
      const now = perChunk[i] as Highlight[];
      if (same(shown.highlights, now)) return;
      shown.highlights = now;
      shown.stale = true;
      if (shown.near) this.#render(shown);
    });
    if (this.#idle !== 0) this.fillWhenIdle();
  }

  /** Scrolls so that a stretch of text is seen whole, or at least its beginning. */
  reveal(span: Span): void {
    const at = Math.min(firstAfter(this.#chunks, span.start), this.#shown.length - 1);
    for (let i = Math.max(at - 1, 0); i <= Math.min(at + 1, this.#shown.length - 1); i++) {
      const shown = this.#shown[i] as Shown;
      this.#render(shown);
      shown.element.classList.add('live');
    }
    this.#hold(span);
  }

  /** The offset that is read: where was gone to, or what stands at the place of reading. */
  get offset(): number {
    if (this.#held) return this.#held.start;
    const { top, height } = this.#scroller.getBoundingClientRect();
    const line = top + height * READING_LINE;
    let low = 0;
    let high = this.#shown.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#shown[middle] as Shown).element.getBoundingClientRect().top <= line) low = middle;
      else high = middle - 1;
    }
    const shown = this.#shown[low];
    let offset = shown?.chunk.start ?? 0;
    for (const block of shown?.element.children ?? []) {
      if (block.getBoundingClientRect().top > line) break;
      offset = Number((block as HTMLElement).dataset.start);
    }
    return offset;
  }

  /** Renders what is not yet as it should be, when the browser has nothing else to do. */
  fillWhenIdle(): void {
    cancelIdle(this.#idle);
    const next = this.#shown.find((shown) => !shown.rendered || shown.stale);
    if (!next || this.#closed) return;
    this.#idle = whenIdle(() => {
      this.#render(next);
      this.fillWhenIdle();
    });
  }

  /** Renders everything, for printing. */
  fill(): void {
    for (const shown of this.#shown) this.#render(shown);
  }

  close(): void {
    this.#closed = true;
    this.#observer.disconnect();
    cancelIdle(this.#idle);
    this.#release();
    for (const event of ['wheel', 'touchstart', 'pointerdown', 'keydown']) {
      this.#scroller.removeEventListener(event, this.#release);
    }
    this.#scroller.replaceChildren();
  }

  #render(shown: Shown): void {
    if (shown.rendered && !shown.stale) return;
    const { chunk, element, highlights } = shown;
    const { text } = this.#source;
    element.replaceChildren(
      renderBlocks(chunk.blocks, { text, highlights, boxes: this.#boxes, topLevel: this.#topLevel }),
    );
    element.style.minHeight = '';
    shown.rendered = true;
    shown.stale = false;
  }

  /** Keeps a stretch in place until its surroundings have their heights, or the reader scrolls. */
  #hold(span: Span): void {
    this.#release();
    this.#held = span;
    let frames = 0;
    const hold = () => {
      const wanted = this.#scrollTopFor(span);
      if (wanted !== undefined && Math.abs(wanted - this.#scroller.scrollTop) > 1) {
        this.#scroller.scrollTop = wanted;
      }
      if (++frames < SETTLE_FRAMES) this.#settling = requestAnimationFrame(hold);
    };
    hold();
  }

  readonly #release = (): void => {
    this.#held = undefined;
    cancelAnimationFrame(this.#settling);
  };

  /** Where to scroll for a stretch; a table that is wider than the pane is scrolled, too. */
  #scrollTopFor({ start, end }: Span): number | undefined {
    const blocks = this.#shown
      .slice(firstAfter(this.#chunks, start))
      .filter((shown) => shown.rendered && shown.chunk.start < end)
      .flatMap((shown) => [...shown.element.children] as HTMLElement[]);
    const first = blocks.filter((block) => Number(block.dataset.start) <= start).pop() ?? blocks[0];
    if (!first) return undefined;
    const marks = [...first.querySelectorAll<HTMLElement>('mark.quote-current, mark.found-current')];
    const wanted = marks.find((mark) => mark.classList.contains('found-current')) ?? marks[0] ?? first;
    const wide = wanted.closest<HTMLElement>('.wide');
    if (wide && wide.scrollWidth > wide.clientWidth) {
      const box = wide.getBoundingClientRect();
      const mark = wanted.getBoundingClientRect();
      if (mark.left < box.left || mark.right > box.right) wide.scrollLeft += mark.left - box.left - 16;
    }
    const pane = this.#scroller.getBoundingClientRect();
    const { top } = wanted.getBoundingClientRect();
    const { bottom } = (marks[marks.length - 1] ?? wanted).getBoundingClientRect();
    const height = Math.min(bottom - top, pane.height * 0.8);
    const room = marks.length > 0 ? (pane.height - height) / 2.4 : 16;
    const limit = this.#scroller.scrollHeight - this.#scroller.clientHeight;
    return Math.max(0, Math.min(this.#scroller.scrollTop + top - pane.top - room, limit));
  }
}

const same = (a: readonly Highlight[], b: readonly Highlight[]) =>
  a.length === b.length &&
  a.every((h, i) => {
    const other = b[i] as Highlight;
    return (
      h.start === other.start && h.end === other.end && h.kind === other.kind && h.current === other.current
    );
  });

/** Ids of boxes and of all that stands in them. */
function boxNodes(outline: OutlineNode, inBox = false): Set<string> {
  const boxed = inBox || outline.kind === 'box';
  const ids = new Set(boxed ? [outline.id] : []);
  for (const child of outline.children) for (const id of boxNodes(child, boxed)) ids.add(id);
  return ids;
}

// Safari has no idle callbacks.
const hasIdle = typeof requestIdleCallback === 'function';
const whenIdle = (run: () => void): number =>
  hasIdle ? requestIdleCallback(run, { timeout: 2000 }) : window.setTimeout(run, 50);
const cancelIdle = (id: number): void => (hasIdle ? cancelIdleCallback(id) : clearTimeout(id));
