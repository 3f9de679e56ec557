/**
 * Which sites of other origins may embed the chat: none, unless `EMBED_ORIGINS` names them.
 * @module
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { cors } from 'hono/cors';

/**
 * Lets pages of `origins` load the scripts and call the API, without cookies. To be added before the other headers
 * are: what is added first has the last word.
 */
export function allowEmbedding(app: OpenAPIHono, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.use('/:script{[a-z]+\\.js}', async (c, next) => {
    await next();
    // Scripts hold nothing but code; this header knows no list of origins.
    c.res.headers.set('Cross-Origin-Resource-Policy', 'cross-origin');
  });
  app.use(
    '/api/*',
    cors({
      origin: (origin) => (origins.includes(origin) ? origin : null),
      allowMethods: ['GET', 'POST'],
      allowHeaders: ['Authorization', 'Content-Type'],
      maxAge: 600,
    }),
  );
}
