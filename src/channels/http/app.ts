/**
 * The HTTP channel: the API of the contract, its description, and the pages.
 * @module
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { secureHeaders } from 'hono/secure-headers';
import type { Assistant } from '../../assistant.ts';
import type { State } from '../../state/types.ts';
import { VERSION } from '../../version.ts';
import { recording } from '../record.ts';
import { guard } from './access/guard.ts';
import { describeError, errorResponse, refuseInvalid } from './errors.ts';
import { addPages } from './pages.ts';
import { addAskRoutes } from './routes/ask.ts';
import { addFeedbackRoute } from './routes/feedback.ts';
import type { Operations } from './routes/operations.ts';
import { addOperationRoutes } from './routes/operations.ts';
import { addPlanRoutes } from './routes/plans.ts';
import { addServiceRoutes } from './routes/service.ts';
import type { Log } from './routes/shared.ts';

const BODY_MAX = 256 * 1024;

/** What the app is made of. */
export interface AppOptions {
  readonly assistant: Assistant;
  /** Where answers and feedback are kept. */
  readonly state: State;
  /** Where unexpected errors go; to stderr if not given. Clients never see them. */
  readonly log?: Log;
  /** True when the server is stopping: `/readyz` says so. */
  readonly isClosing?: () => boolean;
  /** With it the app is one behind the door: every route is guarded, and those of whoever runs the server are there. */
  readonly operations?: Operations;
}

/** The app with every route; it listens to nothing by itself. */
export function createApp({
  assistant,
  state,
  log = logToStderr,
  isClosing = () => false,
  operations,
}: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono({ defaultHook: refuseInvalid });

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
      },
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
  addPlanRoutes(app, assistant);
  addServiceRoutes(app, { assistant, state, isClosing });
  if (operations) addOperationRoutes(app, operations, assistant.index.builtAt);
  addPages(app, assistant, openApiDocument(app));

  app.notFound((c) => errorResponse(c, 404, 'not_found', '没有这个地址。'));
  app.onError((error, c) => {
    // Nobody is there to read it; 499 is what nginx logs for a client that left.
    if (c.req.raw.signal.aborted) return c.body(null, 499 as 400);
    const { status, body, unexpected } = describeError(error);
    if (unexpected) log(`${c.req.method} ${c.req.path}`, error);
    return c.json(body, status);
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
      { name: '服务', description: '运行状况' },
    ],
  });
}

const logToStderr: Log = (doing, error) => console.error(`${doing}:`, error);
