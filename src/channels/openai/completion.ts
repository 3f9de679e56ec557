/**
 * An answer as OpenAI's completion object, whole or in chunks.
 * @module
 */
import type { Answer, AskEvent } from '../../answer/types.ts';
import { answerMarkdown, appendix, correction, withUrl } from '../markdown.ts';
import { estimateUsage } from './usage.ts';

/** What a completion is made for. */
export interface CompletionContext {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  /** The texts of the request, for the estimate of its tokens. */
  readonly prompt: readonly string[];
  readonly publicUrl?: string | undefined;
}

/** The completion object. Citations stand in the message, and beside it for clients that keep one of the two. */
export function completion(answer: Answer, context: CompletionContext) {
  const { id, created, model, prompt, publicUrl } = context;
  const content = answerMarkdown(answer, { publicUrl });
  const citations = answer.citations.map((citation) => withUrl(citation, publicUrl));
  return {
    id,
    object: 'chat.completion' as const,
    created,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant' as const, content, refusal: null, citations },
        logprobs: null,
        finish_reason: 'stop' as const,
      },
    ],
    usage: estimateUsage(prompt, content),
    citations,
  };
}

/** Writes chunks while an answer is made. */
export interface ChunkWriter {
  /** Opens the message. */
  begin(): void;
  /** Forwards the next piece of the answer. */
  onEvent(event: AskEvent): void;
  /** Completes the text, then sends citations, the end, and the usage if it is wanted. */
  end(answer: Answer): void;
}

/**
 * Chunks of a streamed completion, given to `send`. If the pieces forwarded are not the answer in the end, the rest
 * is added when they are its beginning; otherwise the answer follows as a correction, since nothing sent can be
 * taken back.
 */
export function chunkWriter(
  send: (chunk: unknown) => void,
  { id, created, model, prompt, publicUrl }: CompletionContext,
  { includeUsage = false }: { readonly includeUsage?: boolean } = {},
): ChunkWriter {
  let sent = '';
  const chunk = (choices: readonly object[], more: object = {}) =>
    send({
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices,
      // OpenAI's own: null on every chunk but the last when usage is asked for, absent otherwise.
      ...(includeUsage ? { usage: null } : {}),
      ...more,
    });
  const choice = (delta: object, finish: 'stop' | null = null) => ({
    index: 0,
    delta,
    logprobs: null,
    finish_reason: finish,
  });
  const write = (content: string) => {
    if (content === '') return;
    sent += content;
    chunk([choice({ content })]);
  };
  return {
    begin: () => chunk([choice({ role: 'assistant', content: '' })]),
    onEvent: (event) => {
      if (event.type === 'delta') write(event.text);
    },
    end(answer) {
      const text = answer.answer;
      write(text.startsWith(sent) ? text.slice(sent.length) : correction(text));
      write(appendix(answer, { publicUrl }));
      const citations = answer.citations.map((citation) => withUrl(citation, publicUrl));
      chunk([choice({ citations }, 'stop')], { citations });
      if (includeUsage) chunk([], { usage: estimateUsage(prompt, sent), citations });
    },
  };
}
