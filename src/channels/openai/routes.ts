/**
 * The OpenAI-compatible channel: `POST /v1/chat/completions`, `GET /v1/models`, `GET /v1/models/{model}`.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { OpenAPIHono, z } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import type { AskRequest } from '../../answer/types.ts';
import type { Assistant } from '../../assistant.ts';
import type { State } from '../../state/types.ts';
import { recording } from '../record.ts';
import { sseResponse } from '../sse.ts';
import { currentVisit } from '../visit.ts';
import type { CompletionContext } from './completion.ts';
import { chunkWriter, completion } from './completion.ts';
import type { OpenAiErrorBody } from './errors.ts';
import { Refusal } from './errors.ts';
import { readMessages } from './messages.ts';
import { listModels, plansOf, unknownModel } from './models.ts';
import {
  ChatRequestSchema,
  ChatResponseSchema,
  ModelSchema,
  ModelsSchema,
  OpenAiErrorSchema,
} from './schemas.ts';

/** What the channel is made of. */
export interface OpenAiOptions {
  readonly assistant: Assistant;
  readonly answers: State['answers'];
  /** Sources are linked below this address. */
  readonly publicUrl?: string | undefined;
  /** Where unexpected errors go. */
  readonly log: (doing: string, error: unknown) => void;
  /** What a client is told of an error, in OpenAI's shape; logs what nobody expected. */
  readonly explain: (doing: string, error: unknown) => OpenAiErrorBody;
}

type ChatRequest = z.infer<typeof ChatRequestSchema>;

const json = <S extends z.ZodType>(schema: S, description: string) =>
  ({ description, content: { 'application/json': { schema } } }) as const;
const refused = (description: string) => json(OpenAiErrorSchema, description);
const tags = ['OpenAI 兼容'];

const chat = createRoute({
  method: 'post',
  path: '/v1/chat/completions',
  tags,
  summary: '对话（OpenAI 兼容）',
  description:
    '回答后面附来源、提示；结构化的引文在 citations。stream 为 true 时返回 OpenAI 的事件流，citations 在最后一块。' +
    'temperature 等其余参数接受而不起作用；用量按字数估计。',
  request: { body: { required: true, content: { 'application/json': { schema: ChatRequestSchema } } } },
  responses: {
    200: json(ChatResponseSchema, '回答；stream 为 true 时是事件流'),
    400: refused('请求有误'),
    404: refused('没有这个模型：model_not_found'),
    413: refused('请求正文超过 256 KB'),
    415: refused('请求正文不是 JSON'),
  },
});

const models = createRoute({
  method: 'get',
  path: '/v1/models',
  tags,
  summary: '有哪些模型（OpenAI 兼容）',
  responses: { 200: json(ModelsSchema, '全部规划一个，每份规划一个') },
});

const model = createRoute({
  method: 'get',
  path: '/v1/models/{model}',
  tags,
  summary: '一个模型（OpenAI 兼容）',
  responses: { 200: json(ModelSchema, '模型'), 404: refused('没有这个模型：model_not_found') },
});

/** Adds the routes to `app`; errors of theirs have OpenAI's shape. */
export function addOpenAiRoutes(app: OpenAPIHono, options: OpenAiOptions): void {
  const { assistant, publicUrl } = options;

  app.openapi(models, (c) => c.json({ object: 'list' as const, data: listModels(assistant) }, 200));

  app.openapi(model, (c) => {
    const id = c.req.param('model') ?? '';
    const found = listModels(assistant).find((candidate) => candidate.id === id);
    if (!found) throw unknownModel(id, assistant);
    return c.json(found, 200);
  });

  app.openapi(chat, async (c) => {
    const request = c.req.valid('json');
    const ask = readRequest(request, assistant);
    // Whoever is known by a key or sign-in is who they are, whatever they call themselves.
    const named = currentVisit()?.viewer?.id === undefined && request.user;
    const asker = named ? { asker: named.slice(0, 200) } : {};
    const recorded = recording(assistant, options.answers, { channel: 'openai', ...asker }, options.log);
    const context: CompletionContext = {
      id: `chatcmpl-${randomUUID()}`,
      created: Math.floor(Date.now() / 1000),
      model: request.model,
      prompt: [...(ask.history ?? []).map(({ content }) => content), ask.question],
      publicUrl,
    };
    const { signal } = c.req.raw;
    if (!request.stream) return c.json(completion(await recorded.ask(ask, { signal }), context), 200);
    const includeUsage = request.stream_options?.include_usage ?? false;
    return streamCompletion(recorded, ask, context, { ...options, includeUsage, signal }) as never;
  });
}

/** The question of a request. @throws Refusal if it asks for what cannot be given */
function readRequest(request: ChatRequest, assistant: Assistant): AskRequest {
  const plans = plansOf(request.model, assistant);
  if ((request.n ?? 1) !== 1)
    throw new Refusal('n 只能是 1：每个问题只有一个回答。', 'n', 'unsupported_value');
  if ((request.response_format?.type ?? 'text') !== 'text') {
    throw new Refusal(
      'response_format 只能是 text：回答是带引文的文字；结构化的引文在 citations 字段。',
      'response_format',
      'unsupported_value',
    );
  }
  const choice = request.tool_choice ?? 'auto';
  if (choice !== 'auto' && choice !== 'none') {
    throw new Refusal(
      '这里不调用工具：tool_choice 只能是 auto 或 none。',
      'tool_choice',
      'unsupported_value',
    );
  }
  const { question, history } = readMessages(request.messages);
  return { question, history, ...(plans.length > 0 ? { plans } : {}) };
}

function streamCompletion(
  assistant: Assistant,
  ask: AskRequest,
  context: CompletionContext,
  { includeUsage, signal, explain }: { includeUsage: boolean; signal: AbortSignal } & OpenAiOptions,
): Response {
  return sseResponse(
    async (send, gone) => {
      const writer = chunkWriter((chunk) => send(undefined, chunk), context, { includeUsage });
      writer.begin();
      writer.end(await assistant.ask(ask, { signal: gone, onEvent: writer.onEvent }));
      send(undefined, '[DONE]');
    },
    {
      signal,
      onError: (error, send) => send(undefined, explain('POST /v1/chat/completions (stream)', error)),
    },
  );
}
