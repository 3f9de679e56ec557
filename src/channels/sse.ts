/**
 * Server-Sent Events: a stream that tells the work when its reader is gone.
 *
 * Hono's `streamSSE` swallows exceptions without an error handler and awaits every write; here the work writes
 * synchronously, and whatever it throws becomes the handler's.
 *
 * @module
 */

/**
 * Sends one event; does nothing once the reader is gone. An undefined name sends none; a string as data is sent as
 * it is, anything else as JSON.
 */
export type Send = (event: string | undefined, data: unknown) => void;

/** What to do in a stream. */
export interface SseOptions {
  /** Aborts when the client's connection closes. */
  readonly signal: AbortSignal;
  /** Turns what the work threw into a last event; not called when the reader is gone. */
  readonly onError: (error: unknown, send: Send) => void;
  /** How often a comment is sent so that proxies keep the connection open, in milliseconds. */
  readonly keepAliveMs?: number;
}

/** Runs `work` and answers with its events; `signal` aborts as soon as nobody reads them. */
export function sseResponse(
  work: (send: Send, signal: AbortSignal) => Promise<void>,
  { signal, onError, keepAliveMs = 15_000 }: SseOptions,
): Response {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const abort = () => gone.abort();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });

  let open = true;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (chunk: string) => {
        if (open && !gone.signal.aborted) controller.enqueue(encoder.encode(chunk));
      };
      const send: Send = (event, data) => {
        const name = event === undefined ? '' : `event: ${event}\n`;
        write(`${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
      };
      const timer = setInterval(write, keepAliveMs, ':\n\n');
      // Not awaited: nothing is read from a stream before `start` has settled.
      void work(send, gone.signal)
        .catch((error) => {
          if (!gone.signal.aborted) onError(error, send);
        })
        .finally(() => {
          clearInterval(timer);
          signal.removeEventListener('abort', abort);
          if (open) controller.close();
          open = false;
        });
    },
    cancel() {
      open = false;
      abort();
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}
