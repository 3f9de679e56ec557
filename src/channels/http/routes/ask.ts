/**
 * `POST /api/v1/ask` and `POST /api/v1/search`.
 * @module
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import type { Answer, AskRequest } from '../../../answer/types.ts';
import type { Assistant, SearchHit } from '../../../assistant.ts';
import { sseResponse } from '../../sse.ts';
import { describeError, unknownPlans } from '../errors.ts';
import { AnswerSchema, AskRequestSchema, SearchRequestSchema, SearchResponseSchema } from '../schemas.ts';
import type { Log } from './shared.ts';
import { jsonBody, jsonResponse, refusals } from './shared.ts';

const ask = createRoute({
  method: 'post',
  path: '/api/v1/ask',
  tags: ['问答'],
  summary: '提问',
  description:
    '每句回答都带引文。规划没有说时 status 为 not_found，并说明缺什么。stream 为 true 时返回 text/event-stream：' +
    'status（{"text"}，进展）、delta（{"text"}，回答的下一段）、citations（引文数组）、done（完整的 Answer）' +
    '或 error（错误格式）；断开连接即停止处理。',
  request: { body: jsonBody(AskRequestSchema) },
  responses: {
    200: jsonResponse(AnswerSchema, '回答；stream 为 true 时是事件流'),
    ...refusals(400, 413, 415),
  },
});

const search = createRoute({
  method: 'post',
  path: '/api/v1/search',
  tags: ['问答'],
  summary: '查找段落',
  description: '只查找，不作答；最相关的段落在前。',
  request: { body: jsonBody(SearchRequestSchema) },
  responses: { 200: jsonResponse(SearchResponseSchema, '段落'), ...refusals(400, 413, 415) },
});

/** Adds the routes to `app`. */
export function addAskRoutes(app: OpenAPIHono, assistant: Assistant, log: Log): void {
  app.openapi(ask, async (c) => {
    const { stream, question, history, plans, conversationId } = c.req.valid('json');
    const request: AskRequest = {
      question,
      ...(history ? { history } : {}),
      ...restriction(assistant, plans),
      ...(conversationId ? { conversationId } : {}),
    };
    const { signal } = c.req.raw;
    if (stream) return streamAnswer(assistant, request, signal, log) as never;
    return c.json(await assistant.ask(request, { signal }), 200);
  });

  app.openapi(search, async (c) => {
    const { query, k, plans } = c.req.valid('json');
    const request = { query, ...(k ? { k } : {}), ...restriction(assistant, plans) };
    const body = bodyOf(await assistant.search(request));
    return c.body(body, 200, { 'Content-Type': 'application/json' }) as never;
  });
}

const bodies = new WeakMap<readonly SearchHit[], Uint8Array<ArrayBuffer>>();

/** What is sent of a search's result, made once: an assistant gives the same list for what is asked again. */
function bodyOf(passages: readonly SearchHit[]): Uint8Array<ArrayBuffer> {
  const body = bodies.get(passages) ?? new TextEncoder().encode(JSON.stringify({ passages }));
  bodies.set(passages, body);
  return body;
}

/** The request's plans, checked; none or an empty list is no restriction. */
function restriction(assistant: Assistant, plans: readonly string[] | undefined) {
  if (!plans?.length) return {};
  const known = new Set(assistant.plans().map((plan) => plan.id));
  const unknown = plans.filter((id) => !known.has(id));
  if (unknown.length > 0) throw unknownPlans(unknown);
  return { plans };
}

function streamAnswer(
  assistant: Assistant,
  request: AskRequest,
  requestSignal: AbortSignal,
  log: Log,
): Response {
  return sseResponse(
    async (send, signal) => {
      const answer: Answer = await assistant.ask(request, {
        signal,
        onEvent: (event) => send(event.type, { text: event.text }),
      });
      send('citations', answer.citations);
      send('done', answer);
    },
    {
      signal: requestSignal,
      onError: (error, send) => {
        const { body, unexpected } = describeError(error);
        if (unexpected) log('POST /api/v1/ask (stream)', error);
        send('error', body);
      },
    },
  );
}
