/**
 * The guard: stands before every route of the app, and lets a request through if its viewer may go there.
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Visit } from '../../visit.ts';
import type { ApiError } from '../errors.ts';
import { errorResponse } from '../errors.ts';
import type { LimitState } from './limits.ts';
import { limitHeaders } from './limits.ts';
import { scopesFor } from './scopes.ts';

/** What the door found out about a request before the app got it. */
export interface Admission {
  readonly visit: Visit;
  /** Why nobody can be let in under this name; undefined if `visit.viewer` says who asks. */
  readonly refusal: ApiError | undefined;
  readonly limits: readonly LimitState[];
  /** Filled in by the guard: the pattern of the route, for logs and metrics. */
  route: string;
}

/** Addresses whose routes are a family's, not one of the app. */
const UNKNOWN = 'other';

/** The guard. A request that did not come through the door has no admission, and gets in nowhere but where it is open. */
export function guard(): MiddlewareHandler {
  return async (c, next) => {
    const admission = (c.env as { admission?: Admission } | undefined)?.admission;
    const route = routePath(c, -1);
    if (admission) admission.route = route.includes('*') ? UNKNOWN : route;
    const refused = refuse(c, admission);
    if (refused) c.res = refused;
    else await next();
    if (!admission) return;
    c.res.headers.set('X-Request-Id', admission.visit.id);
    for (const [name, value] of limitHeaders(admission.limits)) c.res.headers.set(name, value);
  };
}

function refuse(c: Context, admission: Admission | undefined): Response | undefined {
  const needed = scopesFor(c.req.path);
  if (needed.length === 0 || isPreflight(c)) return undefined;
  const { refusal, visit } = admission ?? {};
  if (refusal) {
    if (refusal.status === 401) c.header('WWW-Authenticate', 'Bearer');
    return errorResponse(c, refusal.status, refusal.code, refusal.message, refusal.details);
  }
  const missing = needed.filter((scope) => !visit?.viewer?.scopes.includes(scope));
  if (missing.length === 0) return undefined;
  const add = `npm run keys -- add 名称 --scopes ${missing.join(',')}`;
  const message =
    visit?.viewer?.id === undefined
      ? `这个地址只对本机开放。要从别处使用，请用 ${add} 生成密钥，放在请求头 Authorization: Bearer 里。`
      : `没有使用这个地址的权限（${missing.join('、')}）。请联系管理员，用 ${add} 另发密钥。`;
  return errorResponse(c, 403, 'forbidden', message);
}

/** A browser asks beforehand, without credentials, whether a page of another site may ask. */
const isPreflight = (c: Context) =>
  c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;
