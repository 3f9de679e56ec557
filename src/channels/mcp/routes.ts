/**
 * `/mcp`: the Model Context Protocol over streamable HTTP.
 *
 * The transport is the SDK's own for web requests. `@hono/mcp` answers 404 where the protocol says 400 (an unknown
 * protocol version) and throws into the server when a client left before its response. There is no GET: this server
 * starts no messages of its own, and the protocol then wants 405.
 *
 * @module
 */
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { currentVisit } from '../visit.ts';
import type { Reach } from './origin.ts';
import { refuseOrigin } from './origin.ts';
import type { McpOptions } from './server.ts';
import { keepSessions } from './sessions.ts';

/** JSON-RPC's codes, and the SDK's for what JSON-RPC has none for. */
const PARSE_ERROR = -32700;
const BAD_REQUEST = -32000;
const SESSION_NOT_FOUND = -32001;

/** Adds `POST` and `DELETE` of `/mcp` to `app`. */
export function addMcpRoutes(app: Hono, options: McpOptions & { readonly reach: Reach }): void {
  const sessions = keepSessions(options);

  app.use('/mcp', async (c, next) => {
    const refused = refuseOrigin(
      { host: c.req.header('host'), origin: c.req.header('origin') },
      options.reach,
    );
    return refused === undefined ? next() : rpcError(c, 403, BAD_REQUEST, refused);
  });

  app.post('/mcp', async (c) => {
    let body: unknown;
    try {
      body = await c.req.json();
    } catch {
      return rpcError(c, 400, PARSE_ERROR, '请求正文不是合法的 JSON。');
    }
    const id = c.req.header('mcp-session-id');
    if (id === undefined) {
      if (!isInitializeRequest(body)) {
        return rpcError(c, 400, BAD_REQUEST, '缺少 Mcp-Session-Id：请先发送 initialize 请求。');
      }
      const transport = await sessions.create(ownerNow());
      return transport.handleRequest(c.req.raw, { parsedBody: body });
    }
    const transport = sessions.find(id, ownerNow());
    if (!transport) return sessionNotFound(c);
    return transport.handleRequest(c.req.raw, { parsedBody: body });
  });

  app.delete('/mcp', (c) => {
    const id = c.req.header('mcp-session-id');
    if (id === undefined) return rpcError(c, 400, BAD_REQUEST, '缺少 Mcp-Session-Id。');
    return sessions.find(id, ownerNow())?.handleRequest(c.req.raw) ?? sessionNotFound(c);
  });
}

/** Whose session it is, or is asked for. */
const ownerNow = () => currentVisit()?.viewer?.id;

function sessionNotFound(c: Context): Response {
  return rpcError(c, 404, SESSION_NOT_FOUND, '会话不存在或已过期：请重新发送 initialize 请求。');
}

function rpcError(c: Context, status: ContentfulStatusCode, code: number, message: string): Response {
  return c.json({ jsonrpc: '2.0', error: { code, message }, id: null }, status);
}
