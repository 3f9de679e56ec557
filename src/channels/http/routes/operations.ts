/**
 * For whoever runs the server: `GET /metrics`, `POST` and `GET /api/v1/admin/reindex`; for whoever embeds the widget:
 * `POST /api/v1/widget-token`.
 * @module
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { createRoute, z } from '@hono/zod-openapi';
import type { State } from '../../../state/types.ts';
import { currentVisit } from '../../visit.ts';
import { signWidgetToken, TOKEN_SECONDS } from '../access/widget-tokens.ts';
import { ApiError } from '../errors.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Reindexing } from '../reindex.ts';
import { jsonBody, jsonResponse, refusals } from './shared.ts';

/** What these routes work with. */
export interface Operations {
  readonly metrics: Metrics;
  readonly reindexing?: Reindexing | undefined;
  readonly keys: State['keys'];
  /** What widget tokens are signed with. */
  readonly secret: Uint8Array;
}

const tags = ['服务'];

const ReindexReport = z
  .object({
    documents: z.int().openapi({ description: '读入的规划数' }),
    reused: z.int().openapi({ description: '其中未变、沿用的' }),
    passages: z.int(),
    skipped: z
      .array(z.object({ file: z.string(), message: z.string() }))
      .readonly()
      .openapi({ description: '读不了而跳过的文件及原因；其余照常服务' }),
    seconds: z.number(),
  })
  .openapi('ReindexReport');

const ReindexStatus = z
  .object({
    running: z.boolean(),
    builtAt: z.string().openapi({ description: '正在使用的索引建立于何时' }),
    last: z
      .object({ at: z.string(), report: ReindexReport.optional(), error: z.string().optional() })
      .optional()
      .openapi({ description: '最近一次的结果' }),
  })
  .openapi('ReindexStatus');

const WidgetTokenRequest = z
  .object({
    origin: z
      .string()
      .max(300)
      .refine(isOrigin, '应为网站的来源，例如 https://www.example.org')
      .openapi({ description: '放置组件的网站', example: 'https://www.example.org' }),
    seconds: z.int().min(10).max(TOKEN_SECONDS).optional().openapi({ description: '有效多少秒，默认 900' }),
  })
  .openapi('WidgetTokenRequest');

const WidgetToken = z
  .object({ token: z.string(), expiresAt: z.string().openapi({ description: 'ISO 8601' }) })
  .openapi('WidgetToken');

const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  tags,
  summary: '运行指标（Prometheus 格式）',
  responses: {
    200: { description: '指标', content: { 'text/plain': { schema: z.string() } } },
    ...refusals(401, 403),
  },
});

const reindex = createRoute({
  method: 'post',
  path: '/api/v1/admin/reindex',
  tags,
  summary: '重新读入规划',
  description: '在另一个进程里读入有变化的文件，完成后换用新索引；期间照常回答。完成后返回。',
  responses: { 200: jsonResponse(ReindexReport, '已换用新索引'), ...refusals(401, 403, 409, 429) },
});

const reindexStatus = createRoute({
  method: 'get',
  path: '/api/v1/admin/reindex',
  tags,
  summary: '是否正在重新读入，上次结果如何',
  responses: { 200: jsonResponse(ReindexStatus, '现状'), ...refusals(401, 403) },
});

const widgetToken = createRoute({
  method: 'post',
  path: '/api/v1/widget-token',
  tags: ['问答'],
  summary: '换取网页组件的短期令牌',
  description: '由网站的服务器用自己的密钥换取，只在该网站有效，最长 15 分钟；网页里不放密钥。',
  request: { body: jsonBody(WidgetTokenRequest) },
  responses: { 200: jsonResponse(WidgetToken, '令牌'), ...refusals(400, 401, 403, 413, 415, 429) },
});

/** Adds the routes to `app`; `builtAt` is that of the index in use. */
export function addOperationRoutes(app: OpenAPIHono, operations: Operations, builtAt: string): void {
  const { metrics, reindexing, keys, secret } = operations;
  app.openapi(metricsRoute, async (c) => {
    const { body, type } = await metrics.render();
    return c.body(body, 200, { 'content-type': type }) as never;
  });

  if (reindexing) {
    app.openapi(reindex, async (c) => c.json(await reindexing.run(), 200));
    app.openapi(reindexStatus, (c) => c.json({ ...reindexing.status(), builtAt }, 200));
  }

  app.openapi(widgetToken, async (c) => {
    const { origin, seconds = TOKEN_SECONDS } = c.req.valid('json');
    const keyId = /^key:(.+)$/.exec(currentVisit()?.viewer?.id ?? '')?.[1];
    const key = keyId === undefined ? undefined : await keys.get(keyId);
    if (!key) throw new ApiError(403, 'forbidden', '令牌要由网站的服务器用密钥换取（npm run keys -- add）。');
    const { token, expiresAt } = await signWidgetToken(secret, key, { origin, seconds, now: Date.now() });
    return c.json({ token, expiresAt: expiresAt.toISOString() }, 200, { 'cache-control': 'no-store' });
  });
}

/** Scheme, host and port, as a browser sends them in `Origin`. */
function isOrigin(value: string): boolean {
  return /^https?:\/\//.test(value) && URL.canParse(value) && new URL(value).origin === value;
}
