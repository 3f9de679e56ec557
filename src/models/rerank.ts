/**
 * A rerank endpoint in the shape that Jina and Cohere share: `POST …/rerank` with `{model, query, documents, top_n}`
 * gives `{results: [{index, relevance_score}]}`.
 * @module
 */
import { z } from 'zod';
import type { ModelEndpoint } from '../config.ts';
import { isConfigured } from './endpoint.ts';
import type { Named } from './fault.ts';
import { faultOf, faultOfStatus, nonsense } from './fault.ts';
import { briefly } from './patience.ts';

const replySchema = z.object({
  results: z.array(z.object({ index: z.number().int().nonnegative(), relevance_score: z.number() })).min(1),
});

/** Puts documents in order, most relevant first: their numbers, each once. */
export type Reranker = (question: string, documents: readonly string[]) => Promise<number[]>;

/**
 * The reranker of an endpoint; undefined when none is configured. It throws an EndpointError, or cockatiel's error
 * while the endpoint is left alone, within the endpoint's time.
 */
export function rerankerFor(endpoint: ModelEndpoint = {}): Reranker | undefined {
  if (!isConfigured(endpoint)) return undefined;
  const { baseUrl, apiKey, model, timeoutMs = 3000 } = endpoint;
  const named: Named = { what: '重排接口', prefix: 'RERANK', baseUrl };
  const policy = briefly(timeoutMs);
  return async (query, documents) => {
    const body = JSON.stringify({ model, query, documents, top_n: documents.length });
    const ask = async ({ signal }: { signal: AbortSignal }) => {
      const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/rerank`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
        body,
        signal,
      });
      if (!response.ok) {
        await response.body?.cancel();
        throw faultOfStatus(named, response.status, response.headers.get('retry-after'));
      }
      return orderFrom(await response.json(), documents.length, named);
    };
    return policy
      .execute((context) =>
        ask(context).catch((error) => {
          throw faultOf(named, error);
        }),
      )
      .catch((error) => {
        throw faultOf(named, error);
      });
  };
}

/** The order a reply gives; documents it leaves out follow in their own order. */
function orderFrom(reply: unknown, count: number, named: Named): number[] {
  const parsed = replySchema.safeParse(reply);
  if (!parsed.success) throw nonsense(named, '缺少 results，或其中没有 index 和 relevance_score');
  const results = parsed.data.results.toSorted((a, b) => b.relevance_score - a.relevance_score);
  const listed = new Set(results.map(({ index }) => index));
  if (listed.size < results.length) throw nonsense(named, '同一段落出现了两次');
  if (results.some(({ index }) => index >= count)) throw nonsense(named, '段落序号超出范围');
  return [...listed, ...Array.from({ length: count }, (_x, i) => i).filter((i) => !listed.has(i))];
}
