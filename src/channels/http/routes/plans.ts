/**
 * `GET /api/v1/plans`, one plan with its outline, its text, and the indicators.
 * @module
 */
import type { OpenAPIHono, z } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import type { Assistant } from '../../../assistant.ts';
import type { OutlineNode } from '../../../plan/types.ts';
import { planNotFound } from '../errors.ts';
import type { OutlineJson } from '../schemas.ts';
import {
  IndicatorsQuerySchema,
  IndicatorsResponseSchema,
  PlanDetailSchema,
  PlanPathSchema,
  PlansResponseSchema,
  TextQuerySchema,
  TextResponseSchema,
} from '../schemas.ts';
import { jsonResponse, refusals, sendJson } from './shared.ts';

const tags = ['规划'];

const plans = createRoute({
  method: 'get',
  path: '/api/v1/plans',
  tags,
  summary: '有哪些规划',
  responses: { 200: jsonResponse(PlansResponseSchema, '全部规划') },
});

const plan = createRoute({
  method: 'get',
  path: '/api/v1/plans/{id}',
  tags,
  summary: '一份规划及其目录',
  request: { params: PlanPathSchema },
  responses: { 200: jsonResponse(PlanDetailSchema, '规划及其目录'), ...refusals(404) },
});

const text = createRoute({
  method: 'get',
  path: '/api/v1/plans/{id}/text',
  tags,
  summary: '一份规划的正文，或其中一段',
  description: '引文的 start、end 指的就是这份正文。',
  request: { params: PlanPathSchema, query: TextQuerySchema },
  responses: { 200: jsonResponse(TextResponseSchema, '正文的一段'), ...refusals(400, 404) },
});

const indicators = createRoute({
  method: 'get',
  path: '/api/v1/indicators',
  tags,
  summary: '指标表中的指标',
  request: { query: IndicatorsQuerySchema },
  responses: { 200: jsonResponse(IndicatorsResponseSchema, '指标，每行带引文'), ...refusals(400) },
});

/** Adds the routes to `app`. */
export function addPlanRoutes(app: OpenAPIHono, assistant: Assistant): void {
  /** Plans in JSON, made once: keyed by the outline, so that another index has its own. */
  const details = new WeakMap<OutlineNode, string>();

  app.openapi(plans, (c) => c.json({ plans: assistant.plans() }, 200));

  app.openapi(plan, (c) => {
    const summary = findPlan(assistant, c.req.valid('param').id);
    const outline = assistant.outline(summary.id);
    let json = details.get(outline);
    if (!json) {
      json = JSON.stringify({ plan: summary, outline: outlineJson(outline) });
      details.set(outline, json);
    }
    return sendJson<z.infer<typeof PlanDetailSchema>>(c, json);
  });

  app.openapi(text, (c) => {
    const { id } = findPlan(assistant, c.req.valid('param').id);
    const { start, end } = c.req.valid('query');
    const range = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
    return c.json(assistant.text(id, range), 200);
  });

  app.openapi(indicators, (c) => {
    const { name, plan } = c.req.valid('query');
    const filter = { ...(name ? { name } : {}), ...(plan ? { plan } : {}) };
    return c.json({ indicators: assistant.indicators(filter) }, 200);
  });
}

/** The plan with this id. @throws ApiError 404 */
export function findPlan(assistant: Assistant, id: string) {
  const found = assistant.plans().find((candidate) => candidate.id === id);
  if (!found) throw planNotFound();
  return found;
}

/** An outline as clients see it. */
export function outlineJson(node: OutlineNode): OutlineJson {
  const { id, kind, number, heading, start, end } = node;
  return { id, kind, number, heading, start, end, children: node.children.map(outlineJson) };
}
