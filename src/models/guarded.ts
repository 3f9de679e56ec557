/**
 * A chat model that fails in a known way: within its time, after one retry, and left alone for a while once it has
 * failed several times in a row.
 * @module
 */
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  ConstantBackoff,
  circuitBreaker,
  handleWhen,
  retry,
  wrap,
} from 'cockatiel';
import type { ModelEndpoint } from '../config.ts';
import { chatModel } from './chat.ts';
import type { ChatMessage } from './prompts.ts';

/** Why a model gave no reply. */
export type ChatFailure =
  | 'timeout'
  | 'unreachable'
  | 'rate_limited'
  | 'server_error'
  | 'refused'
  | 'cut_off'
  | 'nonsense'
  | 'resting';

/** A model gave no usable reply. `kind` is all there is to tell: the endpoint's own words may hold a key. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly kind: ChatFailure;
  constructor(kind: ChatFailure) {
    super(`chat model: ${kind}`);
    this.kind = kind;
  }
}

/** How a reply is asked for. */
export interface ReplyOptions {
  /** The person's: when it aborts, the call to the endpoint is closed and the signal's reason thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the reply must be complete, retry included. */
  readonly timeoutMs: number;
  /** Gets every piece of the reply as it comes; what it throws ends the call. */
  readonly onText?: (text: string) => void;
}

/** A reply, complete. */
export interface Reply {
  readonly text: string;
  /** The model stopped at its token limit: the end is missing. */
  readonly truncated: boolean;
}

/** A chat model. */
export interface Chat {
  /** The model's name, as configured. */
  readonly model: string;
  /** @throws ChatError; the signal's reason if it is aborted */
  reply(messages: readonly ChatMessage[], options: ReplyOptions): Promise<Reply>;
}

/** Failures in a row after which the endpoint is left alone, and for how many milliseconds. */
const BREAK_AFTER = 4;
const REST_MS = 30_000;
/** Milliseconds before the one retry. */
const RETRY_AFTER_MS = 200;
/** Longest reply in tokens: an answer is a few sentences, a model without an end goes on for ever. */
const MAX_TOKENS = 1500;

const RETRIED: ReadonlySet<ChatFailure> = new Set([
  'unreachable',
  'rate_limited',
  'server_error',
  'nonsense',
  'cut_off',
]);

/** The endpoint's chat model, guarded. `restMs` is how long it is left alone after repeated failures. */
export function guardedChat(endpoint: ModelEndpoint, options: { readonly restMs?: number } = {}): Chat {
  const model = chatModel(endpoint, { timeoutMs: 600_000, maxTokens: MAX_TOKENS });
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof ChatError),
    { halfOpenAfter: options.restMs ?? REST_MS, breaker: new ConsecutiveBreaker(BREAK_AFTER) },
  );
  // A reply of which something has been passed on cannot be begun anew.
  const again = retry(
    handleWhen((error) => error instanceof Retryable),
    { maxAttempts: 1, backoff: new ConstantBackoff(RETRY_AFTER_MS) },
  );
  const policy = wrap(again, breaker);

  return {
    model: endpoint.model as string,
    async reply(messages, { signal, timeoutMs, onText }) {
      signal?.throwIfAborted();
      const late = AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)));
      const ended = signal ? AbortSignal.any([signal, late]) : late;
      let begun = false;
      const attempt = async (): Promise<Reply> => {
        let text = '';
        let reason: unknown;
        try {
          const stream = await model.stream(
            messages.map(({ role, content }) => [role, content] as [string, string]),
            { signal: ended },
          );
          for await (const chunk of stream) {
            reason = chunk.response_metadata?.finish_reason ?? reason;
            if (chunk.text === '') continue;
            text += chunk.text;
            begun ||= text.trim() !== '';
            onText?.(chunk.text);
          }
        } catch (error) {
          signal?.throwIfAborted();
          throw failure(late.aborted ? 'timeout' : kindOf(error, text !== ''), begun);
        }
        signal?.throwIfAborted();
        if (late.aborted) throw failure('timeout', begun);
        if (text.trim() === '') throw failure('nonsense', begun);
        // A stream that just ends has been cut; one that was filtered says no more either.
        if (reason !== 'stop' && reason !== 'length') throw failure('cut_off', begun);
        return { text, truncated: reason === 'length' };
      };
      try {
        return await policy.execute(attempt, ended);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof BrokenCircuitError) throw new ChatError('resting');
        if (error instanceof ChatError) throw error;
        throw new ChatError(late.aborted ? 'timeout' : 'nonsense');
      }
    },
  };
}

/** A failure that trying again may mend. */
class Retryable extends ChatError {}

function failure(kind: ChatFailure, begun: boolean): ChatError {
  return RETRIED.has(kind) && !begun ? new Retryable(kind) : new ChatError(kind);
}

function kindOf(error: unknown, begun: boolean): ChatFailure {
  const status = (error as { status?: unknown }).status;
  if (status === 429) return 'rate_limited';
  if (typeof status === 'number') return status >= 500 ? 'server_error' : 'refused';
  if (begun) return 'cut_off';
  return error instanceof SyntaxError ? 'nonsense' : 'unreachable';
}
