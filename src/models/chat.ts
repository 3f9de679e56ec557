/**
 * The chat model behind an OpenAI-compatible endpoint, as LangChain's `ChatOpenAI`.
 * @module
 */
import { ChatOpenAI } from '@langchain/openai';
import type { ModelEndpoint } from '../config.ts';
import { isConfigured } from './endpoint.ts';

/** How the model is called. */
export interface ChatModelOptions {
  /** Milliseconds until the endpoint must have begun to answer; 30 000 if left out. */
  readonly timeoutMs?: number;
  /** Repetitions of a failed request by the client itself; none if left out, as callers decide that. */
  readonly maxRetries?: number;
  /** Longest reply in tokens; the endpoint's own limit if left out. */
  readonly maxTokens?: number;
}

/**
 * The endpoint's chat model: temperature 0, `/chat/completions` (never `/responses`, which few endpoints have), and no
 * usage asked for while streaming, which some refuse. An endpoint without a key is sent `none`.
 * @throws TypeError if the endpoint has no address or no model
 */
export function chatModel(endpoint: ModelEndpoint, options: ChatModelOptions = {}): ChatOpenAI {
  if (!isConfigured(endpoint)) throw new TypeError('CHAT_BASE_URL and CHAT_MODEL are both needed');
  const { timeoutMs = 30_000, maxRetries = 0, maxTokens } = options;
  return new ChatOpenAI({
    model: endpoint.model,
    apiKey: endpoint.apiKey ?? 'none',
    temperature: 0,
    timeout: timeoutMs,
    maxRetries,
    useResponsesApi: false,
    streamUsage: false,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    // The client's own log would print what the endpoint says, which may hold a key.
    configuration: { baseURL: endpoint.baseUrl.replace(/\/+$/, ''), logLevel: 'off' },
  });
}
