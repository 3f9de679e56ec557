/**
 * Showing an answer while it is made, at the platform's pace.
 * @module
 */
import type { Exchange } from './types.ts';

/** Takes an answer's pieces and shows them. */
export interface Pump {
  add(text: string): void;
  /** Shows nothing more; resolves when what is being shown is through. Never rejects. */
  end(): Promise<void>;
}

/**
 * Begins to show what is added, but not before `afterMs`: an answer that is there by then needs no stream. While the
 * platform is at one piece, what comes is gathered for the next. The beginning of a mark ([1) is held back.
 * @param failed told once, of the first rejection; nothing is shown after it
 */
export function startPump(exchange: Exchange, afterMs: number, failed: (error: unknown) => void): Pump {
  let whole = '';
  let shown = 0;
  let open = false;
  let showing: Promise<void> | undefined;
  /** Runs until something may be shown again. */
  let timer: NodeJS.Timeout | undefined = setTimeout(() => {
    open = exchange.stream !== undefined;
    rested();
  }, afterMs);

  const show = (): void => {
    if (!open || showing || timer !== undefined) return;
    const ready = whole.replace(/\[\d{0,3}$/, '');
    if (ready.length <= shown) return;
    const added = ready.slice(shown);
    shown = ready.length;
    showing = Promise.resolve(exchange.stream?.({ whole: ready, added })).then(
      () => {
        showing = undefined;
        if (open) timer = setTimeout(rested, exchange.pauseMs ?? 0);
      },
      (error: unknown) => {
        open = false;
        showing = undefined;
        failed(error);
      },
    );
  };
  const rested = (): void => {
    timer = undefined;
    show();
  };

  return {
    add(text) {
      whole += text;
      show();
    },
    async end() {
      clearTimeout(timer);
      open = false;
      await showing;
    },
  };
}
