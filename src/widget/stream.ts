/**
 * Server-Sent Events of a response to `fetch`.
 * @module
 */

/** One event; `data` is the parsed JSON. */
export interface StreamEvent {
  readonly name: string;
  readonly data: unknown;
}

/**
 * The events of a body as they come in. Ends with the body, whether or not a last event said so; an event cut off
 * by the end is not given. Comments (keep-alives) and events without data are passed over.
 * @throws SyntaxError if data is no JSON
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      const blocks = buffer.split(/\r?\n\r?\n/);
      buffer = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event) yield event;
      }
    }
  } finally {
    // Whoever stops listening early lets the server know.
    reader.cancel().catch(() => {});
  }
}

function parseBlock(block: string): StreamEvent | undefined {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^(\w+):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') name = value ?? '';
    if (field === 'data') data.push(value ?? '');
  }
  return data.length > 0 ? { name, data: JSON.parse(data.join('\n')) } : undefined;
}
