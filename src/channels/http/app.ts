/**
 * The HTTP channel: the API of the contract, its description, and the pages.
 * @module
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { secureHeaders } from 'hono/secure-headers';
import type { Assistant } from '../../assistant.ts';
import type { State } from '../../state/types.ts';
import { VERSION } from '../../version.ts';
import { addMcpRoutes } from '../mcp/routes.ts';
import { describeRefusal } from '../openai/errors.ts';
import { addOpenAiRoutes } from '../openai/routes.ts';
import { recording } from '../record.ts';
import { guard } from './access/guard.ts';
import { allowEmbedding } from './embedding.ts';
import { describeError, errorResponse, inOpenAiShape, refuseInvalid, sendError } from './errors.ts';
import { addPages } from './pages.ts';
import { addAskRoutes } from './routes/ask.ts';
import { addExportRoute } from './routes/export.ts';
import { addFeedbackRoute } from './routes/feedback.ts';
import type { Operations } from './routes/operations.ts';
import { addOperationRoutes } from './routes/operations.ts';
import { addPlanRoutes } from './routes/plans.ts';
import { addReadingRoutes } from './routes/reading.ts';
import { addServiceRoutes } from './routes/service.ts';
import type { Log } from './routes/shared.ts';

const BODY_MAX = 256 * 1024;

/** What the app is made of. */
export interface AppOptions {
  readonly assistant: Assistant;
  /** Where answers and feedback are kept. */
  readonly state: State;
  /** Routes of other channels, with their whole paths. */
  readonly mounted?: readonly Hono[];
  /** Sites that may embed the chat, such as `https://oa.example.cn`; none if not given. */
  readonly embedOrigins?: readonly string[];
  /** Where unexpected errors go; to stderr if not given. Clients never see them. */
  readonly log?: Log;
  /** What the server listens on; without it only this machine is taken to reach it. */
  readonly host?: string;
  /** Where people reach the server: sources are linked below it. */
  readonly publicUrl?: string | undefined;
  /** True when the server is stopping: `/readyz` says so. */
  readonly isClosing?: () => boolean;
  /** With it the app is one behind the door: every route is guarded, and those of whoever runs the server are there. */
  readonly operations?: Operations;
}

/** The app with every route; it listens to nothing by itself. */
export function createApp({
  assistant,
  state,
  mounted = [],
  embedOrigins = [],
  log = logToStderr,
  host = '127.0.0.1',
  publicUrl,
  isClosing = () => false,
  operations,
}: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono({ defaultHook: refuseInvalid });

  allowEmbedding(app, embedOrigins);
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'", ...embedOrigins],
      },
      // The older header cannot name origins.
      ...(embedOrigins.length > 0 ? { xFrameOptions: false } : {}),
      // Whoever puts TLS in front decides for the whole domain.
      strictTransportSecurity: false,
    }),
  );
  // After what sets headers (those of CORS, too), so that refusals have them; before every route.
  if (operations) app.use(guard());
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        c.header('Allow', methods.join(', '));
        return errorResponse(c, 405, 'method_not_allowed', `这个地址只接受 ${methods.join('、')} 请求。`);
      },
    }),
  );
  app.use(limitBody());

  addAskRoutes(app, recording(assistant, state.answers, { channel: 'http' }, log), log);
  addFeedbackRoute(app, state);
  addExportRoute(app, assistant, state);
  addPlanRoutes(app, assistant);
  addReadingRoutes(app, assistant);
  addOpenAiRoutes(app, {
    assistant,
    answers: state.answers,
    publicUrl,
    log,
    explain: (doing, error) => {
      const { status, body, unexpected } = describeError(error);
      if (unexpected) log(doing, error);
      return inOpenAiShape(status, body);
    },
  });
  addMcpRoutes(app, { assistant, answers: state.answers, publicUrl, log, reach: { host, publicUrl } });
  addServiceRoutes(app, { assistant, state, isClosing });
  if (operations) addOperationRoutes(app, operations, assistant.index.builtAt);
  for (const routes of mounted) app.route('/', routes);
  addPages(app, assistant, openApiDocument(app));

  app.notFound((c) => errorResponse(c, 404, 'not_found', '没有这个地址。'));
  app.onError((error, c) => {
    // Nobody is there to read it; 499 is what nginx logs for a client that left.
    if (c.req.raw.signal.aborted) return c.body(null, 499 as 400);
    const refusal = describeRefusal(error);
    if (refusal) return c.json(refusal.body, refusal.status);
    const { status, body, unexpected } = describeError(error);
    if (unexpected) log(`${c.req.method} ${c.req.path}`, error);
    return sendError(c, status, body);
  });
  return app;
}

/** Refuses bodies over 256 KB: by their length if it is given, otherwise while they are read. */
function limitBody() {
  const onError = (c: Parameters<typeof errorResponse>[0]) =>
    errorResponse(c, 413, 'payload_too_large', '请求正文太大，最多 256 KB。');
  const limit = bodyLimit({ maxSize: BODY_MAX, onError });
  const byLength: typeof limit = (c, next) => {
    // `bodyLimit` touches the body, which costs a whole Request object; a length makes that needless.
    const length = c.req.header('content-length');
    if (length === undefined || c.req.header('transfer-encoding')) return limit(c, next);
    return Number(length) > BODY_MAX ? Promise.resolve(onError(c)) : next();
  };
  return byLength;
}

function openApiDocument(app: OpenAPIHono) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: '规问 API',
      version: VERSION,
      description:
        '用自己的话问规划，每句回答都带条款级引文。引文逐字摘自规划正文：quote 等于正文 slice(start, end)（UTF-16 码元）。' +
        '设了密钥或登录时，请求头要带 Authorization: Bearer；任何地址都可能返回 401、403 或 429（按 Retry-After 稍后再试）。',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: '问答', description: '提问与查找' },
      { name: '规划', description: '规划、目录、正文与指标' },
      { name: 'OpenAI 兼容', description: '供 OpenAI 客户端使用；错误用 OpenAI 的格式' },
      { name: '服务', description: '运行状况' },
    ],
  });
}

const logToStderr: Log = (doing, error) => console.error(`${doing}:`, error);
