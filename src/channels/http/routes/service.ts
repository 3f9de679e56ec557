/**
 * `GET /healthz` and `GET /readyz`.
 * @module
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import type { Assistant } from '../../../assistant.ts';
import type { State } from '../../../state/types.ts';
import { VERSION } from '../../../version.ts';
import { ApiError } from '../errors.ts';
import { HealthSchema, ReadySchema } from '../schemas.ts';
import { jsonResponse, refusals } from './shared.ts';

const tags = ['服务'];

const health = createRoute({
  method: 'get',
  path: '/healthz',
  tags,
  summary: '服务是否在运行',
  responses: { 200: jsonResponse(HealthSchema, '在运行') },
});

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  tags,
  summary: '是否可以回答',
  responses: { 200: jsonResponse(ReadySchema, '索引已载入'), ...refusals(503) },
});

/** A check is good for so long, in milliseconds: it writes to the disk. */
const CHECKED_MS = 1_000;

/** Adds the routes to `app`; `isClosing` tells that the server accepts no more work. */
export function addServiceRoutes(
  app: OpenAPIHono,
  {
    assistant,
    state,
    isClosing,
  }: { readonly assistant: Assistant; readonly state: State; readonly isClosing: () => boolean },
): void {
  let checked = { at: Number.NEGATIVE_INFINITY, result: Promise.resolve() };
  const check = () => {
    if (performance.now() - checked.at > CHECKED_MS)
      checked = { at: performance.now(), result: state.check() };
    return checked.result;
  };
  app.openapi(health, (c) => c.json({ status: 'ok' as const, version: VERSION }, 200));
  app.openapi(ready, async (c) => {
    if (isClosing()) throw new ApiError(503, 'not_ready', '服务正在停止。');
    await check();
    const { builtAt, plans, passages, embedding } = assistant.index;
    return c.json({ status: 'ready' as const, index: { builtAt, plans, passages, embedding } }, 200);
  });
}
