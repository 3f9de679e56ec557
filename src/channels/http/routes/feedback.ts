/**
 * `POST /api/v1/feedback`.
 * @module
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import type { State } from '../../../state/types.ts';
import { FeedbackRequestSchema } from '../schemas.ts';
import { jsonBody, refusals } from './shared.ts';

const feedback = createRoute({
  method: 'post',
  path: '/api/v1/feedback',
  tags: ['问答'],
  summary: '评价一次回答',
  description: '同一回答可以多次评价，全部保留。返回 204 时已经写入磁盘。',
  request: { body: jsonBody(FeedbackRequestSchema) },
  responses: { 204: { description: '已保存' }, ...refusals(400, 413, 415, 503) },
});

/** Adds the route to `app`. */
export function addFeedbackRoute(app: OpenAPIHono, state: State): void {
  app.openapi(feedback, async (c) => {
    await state.feedback.add({ ...c.req.valid('json'), at: Date.now() });
    return c.body(null, 204);
  });
}
