/**
 * What the source reader and the indicator board read: a plan in blocks, and the indicators side by side. Both are
 * serialised once and answered with 304 to those who have them.
 * @module
 */
import { createHash } from 'node:crypto';
import type { OpenAPIHono, z } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Assistant } from '../../../assistant.ts';
import type { OutlineNode } from '../../../plan/types.ts';
import { BlocksResponseSchema, BoardResponseSchema } from '../reading-schemas.ts';
import { PlanPathSchema } from '../schemas.ts';
import { findPlan, outlineJson } from './plans.ts';
import { jsonResponse, refusals, sendJson } from './shared.ts';

const tags = ['规划'];

const blocks = createRoute({
  method: 'get',
  path: '/api/v1/plans/{id}/blocks',
  tags,
  summary: '一份规划，分为标题、段落和表',
  description: '供原文阅读用：正文一份，各块只给起止。有 ETag，未变时答 304。',
  request: { params: PlanPathSchema },
  responses: { 200: jsonResponse(BlocksResponseSchema, '正文与各块'), ...refusals(404) },
});

const board = createRoute({
  method: 'get',
  path: '/api/v1/indicators/board',
  tags,
  summary: '各规划的指标对照',
  description: '同名、同类单位、同一目标年的指标为一行；单位不同的指出而不换算。有 ETag，未变时答 304。',
  responses: { 200: jsonResponse(BoardResponseSchema, '指标对照') },
});

interface Serialised {
  readonly json: string;
  readonly etag: string;
}

/** Adds the routes to `app`. */
export function addReadingRoutes(app: OpenAPIHono, assistant: Assistant): void {
  // Keyed by the outline, so that another index has its own.
  const plans = new WeakMap<OutlineNode, Serialised>();
  let indicators: Serialised | undefined;

  app.openapi(blocks, (c) => {
    const plan = findPlan(assistant, c.req.valid('param').id);
    const outline = assistant.outline(plan.id);
    let made = plans.get(outline);
    if (!made) {
      const { text } = assistant.text(plan.id);
      made = serialise({ plan, outline: outlineJson(outline), text, blocks: assistant.blocks(plan.id) });
      plans.set(outline, made);
    }
    return sendTagged<z.infer<typeof BlocksResponseSchema>>(c, made);
  });

  app.openapi(board, (c) => {
    indicators ??= serialise({ plans: assistant.plans(), rows: assistant.board() });
    return sendTagged<z.infer<typeof BoardResponseSchema>>(c, indicators);
  });
}

function serialise(value: unknown): Serialised {
  const json = JSON.stringify(value);
  return { json, etag: `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"` };
}

/** The JSON, or 304 without a body to a client that has it. */
function sendTagged<T>(c: Context, { json, etag }: Serialised) {
  c.header('etag', etag);
  c.header('cache-control', 'no-cache');
  const known = c.req.header('if-none-match')?.split(/,\s*/) ?? [];
  if (known.some((tag) => tag.replace(/^W\//, '') === etag)) {
    return c.body(null, 304) as unknown as ReturnType<typeof sendJson<T>>;
  }
  return sendJson<T>(c, json);
}
