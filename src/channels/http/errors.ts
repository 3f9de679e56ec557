/**
 * Errors: one shape everywhere, `{"error": {"code", "message", "details"?}}`, the message in Chinese for the person
 * who asked. Nothing of an unexpected error reaches the client; it goes to the log.
 * @module
 */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ZodError } from 'zod';
import { InvalidRequestError, UnknownPlanError } from '../../assistant.ts';
import { StateError } from '../../state/types.ts';
import { openAiError, speaksOpenAi } from '../openai/errors.ts';

type Issue = ZodError['issues'][number];

/** What a client is told when something is wrong. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: unknown;
  };
}

/** An error that is meant for the client: thrown by a route, rendered by {@link describeError}. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly details: unknown;
  constructor(status: ContentfulStatusCode, code: string, message: string, details?: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** Plan ids in a request that name no plan. */
export function unknownPlans(ids: readonly string[]): ApiError {
  const shown = ids.slice(0, 5).map((id) => `“${id.slice(0, 60)}”`);
  return new ApiError(400, 'unknown_plan', `没有这样的规划：${shown.join('、')}。`, {
    plans: ids.slice(0, 50),
  });
}

/** A plan id in a path that names no plan. */
export const planNotFound = () => new ApiError(404, 'plan_not_found', '没有这份规划。');

/**
 * Any error as status and body. `unexpected` tells that it is nobody's fault but ours: log it.
 */
export function describeError(error: unknown): {
  status: ContentfulStatusCode;
  body: ErrorBody;
  unexpected: boolean;
} {
  if (error instanceof ApiError) return told(error.status, error.code, error.message, error.details);
  if (error instanceof UnknownPlanError) {
    const { status, code, message, details } = unknownPlans([error.planId]);
    return told(status, code, message, details);
  }
  if (error instanceof InvalidRequestError) return told(400, 'invalid_request', error.message);
  if (error instanceof StateError) {
    // Its message names a folder: that is for the log, not for the person.
    return { ...told(503, 'state_unavailable', '暂时无法保存，请稍后再试。'), unexpected: true };
  }
  if (error instanceof HTTPException) {
    // The validator throws these: a body that is no JSON, or of another media type.
    if (error.status === 415) {
      return told(415, 'unsupported_media_type', '请求正文须为 JSON（Content-Type: application/json）。');
    }
    if (error.status === 400) return told(400, 'invalid_json', '请求正文不是合法的 JSON。');
  }
  return { ...told(500, 'internal_error', '服务内部出错，请稍后再试。'), unexpected: true };
}

function told(status: ContentfulStatusCode, code: string, message: string, details?: unknown) {
  const body: ErrorBody = { error: { code, message, ...(details === undefined ? {} : { details }) } };
  return { status, body, unexpected: false };
}

/** Answers with the contract's error shape; below `/v1` with OpenAI's. */
export function errorResponse(
  c: Context,
  status: ContentfulStatusCode,
  code: string,
  message: string,
  details?: unknown,
) {
  return sendError(c, status, told(status, code, message, details).body);
}

/** Answers with an error in the shape of the address that was asked for. */
export function sendError(c: Context, status: ContentfulStatusCode, body: ErrorBody) {
  return speaksOpenAi(c.req.path) ? c.json(inOpenAiShape(status, body), status) : c.json(body, status);
}

/** The contract's error in OpenAI's shape; the first field at fault is its `param`. */
export function inOpenAiShape(status: number, { error: { code, message, details } }: ErrorBody) {
  const field = Array.isArray(details) ? details[0]?.field : undefined;
  return openAiError(status, message, { code, param: typeof field === 'string' && field ? field : null });
}

/** For `OpenAPIHono`: what to do with a request that does not fit its schema. */
export function refuseInvalid(
  result: { success: true } | { success: false; error: ZodError },
  c: Context,
): Response | undefined {
  if (result.success) return undefined;
  const details = result.error.issues.slice(0, 20).map((issue) => ({
    field: issue.path.join('.'),
    message: describeIssue(issue),
  }));
  return errorResponse(c, 400, 'invalid_request', `请求有误：${details[0]?.message}。`, details);
}

const KINDS: Readonly<Record<string, string>> = {
  string: '字符串',
  number: '数字',
  int: '整数',
  boolean: ' true 或 false',
  array: '数组',
  object: '对象',
};

/** What is wrong with one field, in Chinese, without the value. */
function describeIssue(issue: Issue): string {
  const field = issue.path.length > 0 ? ` ${issue.path.join('.')} ` : '请求正文';
  switch (issue.code) {
    case 'invalid_type':
      // Issues carry no input (rightly: it may be anything), but zod's message tells that there was none.
      return issue.path.length > 0 && issue.message.endsWith('received undefined')
        ? `缺少${field.trimEnd()}`
        : `${field}应为${KINDS[issue.expected] ?? issue.expected}`.trim();
    case 'too_small':
      if (issue.origin === 'string') return `${field}不能为空`.trim();
      return `${field}不能小于 ${issue.minimum}`.trim();
    case 'too_big':
      if (issue.origin === 'string') return `${field}最多 ${issue.maximum} 个字符`.trim();
      if (issue.origin === 'array') return `${field}最多 ${issue.maximum} 项`.trim();
      return `${field}不能大于 ${issue.maximum}`.trim();
    case 'invalid_value':
      return `${field}只能是 ${issue.values.map(String).join('、')}`.trim();
    case 'custom':
    case 'invalid_format':
      return `${field}${issue.message}`.trim();
    default:
      return `${field}不合要求`.trim();
  }
}
