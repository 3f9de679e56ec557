/**
 * The shapes of `/v1`. Fields of OpenAI's that mean nothing here are accepted and ignored, as other servers do.
 * @module
 */
import { z } from '@hono/zod-openapi';

const ContentPart = z.looseObject({ type: z.string(), text: z.string().optional() });

const Message = z
  .looseObject({
    role: z.string().openapi({ description: 'user 与 assistant 组成对话；其余不起作用', example: 'user' }),
    content: z.union([z.string(), z.array(ContentPart)]).nullish(),
  })
  .openapi('ChatMessage');

export const ChatRequestSchema = z
  .looseObject({
    model: z.string().openapi({
      description: 'guiwen：全部规划；guiwen:<规划 id>：只问这一份',
      example: 'guiwen',
    }),
    messages: z.array(Message).min(1).openapi({ description: '最后一条 user 消息是问题，之前的是对话' }),
    stream: z.boolean().nullish(),
    stream_options: z
      .looseObject({ include_usage: z.boolean().nullish() })
      .nullish()
      .openapi({ description: 'include_usage：末尾再发一块用量（估计值）' }),
    n: z.int().nullish().openapi({ description: '只能是 1' }),
    user: z.string().nullish().openapi({ description: '提问者，随问答记录保存' }),
    response_format: z.looseObject({ type: z.string() }).nullish().openapi({ description: '只能是 text' }),
    tool_choice: z.unknown().optional().openapi({ description: '不能强制调用工具；tools 不起作用' }),
  })
  .openapi('ChatCompletionRequest');

const ChatCitation = z
  .object({
    n: z.int(),
    passageId: z.string(),
    plan: z.object({ id: z.string(), title: z.string() }),
    path: z.array(z.string()).readonly(),
    label: z.string(),
    quote: z.string(),
    start: z.int(),
    end: z.int(),
    url: z.string().optional(),
  })
  .openapi('ChatCitation', { description: '引文；设了 PUBLIC_URL 时 url 是原文的地址' });

const Usage = z
  .object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .openapi('ChatUsage', { description: '按字数估计的用量' });

export const ChatResponseSchema = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({
          role: z.literal('assistant'),
          content: z.string().openapi({ description: 'Markdown：回答、来源、提示' }),
          refusal: z.null(),
          citations: z.array(ChatCitation).readonly(),
        }),
        logprobs: z.null(),
        finish_reason: z.literal('stop'),
      }),
    ),
    usage: Usage,
    citations: z.array(ChatCitation).readonly().openapi({ description: '同 message.citations' }),
  })
  .openapi('ChatCompletion');

export const ModelSchema = z
  .object({
    id: z.string().openapi({ example: 'guiwen' }),
    object: z.literal('model'),
    created: z.int().openapi({ description: '索引建成的时间（秒）' }),
    owned_by: z.string(),
    name: z.string().openapi({ description: '给人看的名称' }),
  })
  .openapi('Model');

export const ModelsSchema = z
  .object({ object: z.literal('list'), data: z.array(ModelSchema) })
  .openapi('Models');

export const OpenAiErrorSchema = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string().openapi({ example: 'invalid_request_error' }),
      param: z.string().nullable().openapi({ description: '有误的字段' }),
      code: z.string().nullable(),
    }),
  })
  .openapi('OpenAiError', { description: 'OpenAI 的错误格式' });
