/** A list of plans on every route: what it leaves out does not exist. */
import { expect } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { OPEN, OPEN_FILES } from '../../../src/channels/http/access/scopes.ts';
import type { serve } from './served.ts';
import { bearer, routesOf } from './served.ts';

/** The plans that a key of these tests opens. */
export const SEEN = ['sichuan-2025'];

/** An address of a route's pattern. */
export const address = (path: string) =>
  path
    .replace(/:script\{[^}]*\}/, 'widget.js')
    .replace(/:\w+/g, 'sichuan-2025')
    .replace(/\*$/, 'x');

/** Whether a route is open to everyone. */
export const isOpen = (path: string) => OPEN.includes(path) || OPEN_FILES.test(address(path));

/** Tries every route with a key for {@link SEEN} alone; `assistant` knows all plans. */
export async function expectNoLeak(
  service: Awaited<ReturnType<typeof serve>>,
  assistant: Assistant,
): Promise<void> {
  const { key: token } = await service.key(['ask', 'search'], { plans: SEEN });
  const hidden = assistant.plans().filter(({ id }) => !SEEN.includes(id));
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await service.fetch(path, {
      method,
      headers: { ...bearer(token), ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, text: await response.text() };
  };
  /** The same request about a plan that is hidden, and about one that never was. */
  const alike = async (method: string, path: string, body?: unknown) => {
    for (const { id } of hidden) {
      const put = (with_: string) =>
        ask(method, path.replace('ID', with_), body && JSON.parse(JSON.stringify(body).replace('ID', with_)));
      const [real, never] = [await put(id), await put('nowhere-2025')];
      const same = (text: string, used: string) =>
        text.replaceAll(used, 'ID').replace(/"tookMs":[\d.]+/g, '');
      expect([path, real.status, same(real.text, id)]).toEqual([
        path,
        never.status,
        same(never.text, 'nowhere-2025'),
      ]);
      expect(real.status).toBeGreaterThanOrEqual(400);
    }
  };
  const samples: Record<string, unknown> = {
    '/api/v1/ask': { question: '重庆、江津和成渝的森林覆盖率目标各是多少？' },
    '/api/v1/search': { query: '重庆江津成渝先行区', k: 50 },
    '/v1/chat/completions': {
      model: 'guiwen',
      messages: [{ role: 'user', content: '江津的森林覆盖率？' }],
    },
    '/mcp': {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'search_plans', arguments: { query: '重庆江津' } },
    },
  };
  let tried = 0;
  for (const [method, path] of await routesOf()) {
    if (path.includes(':') && !isOpen(path)) {
      await alike(method, path.replace(/:\w+/, 'ID'));
      tried++;
    }
    // The description of the API is the same for everyone, examples included.
    if (path === '/openapi.json' || path === '/docs') continue;
    const { text } = await ask(method, address(path), samples[path]);
    for (const { id, title, file } of hidden)
      for (const word of [id, title, file]) expect([path, text.includes(word)]).toEqual([path, false]);
    tried++;
  }
  await alike('POST', '/api/v1/ask', { question: '森林覆盖率', plans: ['ID'] });
  await alike('POST', '/api/v1/search', { query: '森林覆盖率', plans: ['ID'] });
  await alike('GET', '/api/v1/indicators?plan=ID');
  await alike('GET', '/api/v1/plans/ID/text?start=0&end=5');
  expect(tried).toBeGreaterThan(15);
}
