/**
 * What the route definitions have in common.
 * @module
 */
import type { z } from '@hono/zod-openapi';
import type { Context, TypedResponse } from 'hono';
import { ErrorSchema } from '../schemas.ts';

/** Where unexpected errors go, with what was being done. */
export type Log = (doing: string, error: unknown) => void;

/** A required JSON body. */
export const jsonBody = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;

/** A JSON response. */
export const jsonResponse = <S extends z.ZodType>(schema: S, description: string) =>
  ({ description, content: { 'application/json': { schema } } }) as const;

const REFUSALS = {
  400: jsonResponse(ErrorSchema, '请求有误：invalid_request、invalid_json、unknown_plan'),
  401: jsonResponse(ErrorSchema, '没有密钥，或密钥、登录无效：unauthorized'),
  403: jsonResponse(ErrorSchema, '没有权限：forbidden'),
  404: jsonResponse(ErrorSchema, '没有这份规划：plan_not_found'),
  409: jsonResponse(ErrorSchema, '规划目录不能用，原有的照常服务：corpus_unusable'),
  413: jsonResponse(ErrorSchema, '请求正文超过 256 KB：payload_too_large'),
  415: jsonResponse(ErrorSchema, '请求正文不是 JSON：unsupported_media_type'),
  429: jsonResponse(ErrorSchema, '请求太频繁，按 Retry-After 稍后再试：rate_limited'),
  503: jsonResponse(ErrorSchema, '尚未就绪：not_ready'),
};

/** The error responses a route documents. */
export function refusals<Status extends keyof typeof REFUSALS>(
  ...statuses: Status[]
): Pick<typeof REFUSALS, Status> {
  return Object.fromEntries(statuses.map((status) => [status, REFUSALS[status]])) as Pick<
    typeof REFUSALS,
    Status
  >;
}

/** Sends JSON that was serialised before. */
export function sendJson<T>(c: Context, json: string) {
  return c.body(json, 200, { 'content-type': 'application/json' }) as unknown as Response &
    TypedResponse<T, 200, 'json'>;
}
