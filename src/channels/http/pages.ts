/**
 * The pages: the chat, a plan's text, and the API's reader. None contacts another host.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Assistant } from '../../assistant.ts';
import { addBundles } from './bundles.ts';
import { renderBoard } from './pages/board.ts';
import type { ApiDocument } from './pages/docs.ts';
import { renderDocs } from './pages/docs.ts';
import { renderSource, renderUnknownSource } from './pages/source.ts';

const read = (name: string) => readFileSync(new URL(`./pages/${name}`, import.meta.url), 'utf8');

/** Files served as they are. */
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/app.css', 'app.css', 'text/css; charset=utf-8'],
  ['/favicon.svg', 'favicon.svg', 'image/svg+xml'],
] as const;

/** Adds the pages to `app`; `document` is the API's description. */
export function addPages(app: OpenAPIHono, assistant: Assistant, document: ApiDocument): void {
  for (const [path, name, type] of FILES) {
    const content = read(name);
    app.get(path, (c) => c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' }));
  }

  addBundles(app);

  const json = JSON.stringify(document);
  app.get('/openapi.json', (c) => c.body(json, 200, { 'content-type': 'application/json' }));
  const docs = renderDocs(document);
  app.get('/docs', (c) => c.html(docs));

  app.get('/indicators', (c) => c.html(renderBoard(assistant.board())));
  app.get('/plans/:id', (c) => {
    const plan = assistant.plans().find(({ id }) => id === c.req.param('id'));
    if (!plan) return c.html(renderUnknownSource(), 404);
    const [start, end] = [c.req.query('start'), c.req.query('end')].map((value) =>
      value && /^\d{1,9}$/.test(value) ? Number(value) : undefined,
    );
    const quote = start !== undefined && end !== undefined ? { start, end } : undefined;
    const { text } = assistant.text(plan.id);
    const [outline, blocks] = [assistant.outline(plan.id), assistant.blocks(plan.id)];
    return c.html(renderSource({ plan, text, outline, blocks }, quote));
  });
}
