/**
 * What each address of the server asks of a viewer. Whatever is not named here needs `search`, so that a route added
 * later is closed until somebody decides otherwise.
 * @module
 */
import type { Scope } from '../../../state/types.ts';

/** Addresses that show no plan, or check their callers themselves (the bots' signatures). */
export const OPEN: readonly string[] = [
  '/',
  '/healthz',
  '/readyz',
  '/openapi.json',
  '/docs',
  '/slack/events',
  '/wecom/callback',
];

/** Files of ours at the top: scripts, styles, pictures, licences. No plan is served so. */
export const OPEN_FILES = /^\/[a-z-]+\.(?:js|css|svg|txt)$/;

/** Asking, and what is done with answers that were given. */
const ASKING: ReadonlySet<string> = new Set([
  '/api/v1/ask',
  '/api/v1/export',
  '/api/v1/feedback',
  '/api/v1/widget-token',
  '/v1/chat/completions',
]);

const open = new Set(OPEN);

/** The scopes a viewer must have for the address; none for one that is open. */
export function scopesFor(path: string): readonly Scope[] {
  if (open.has(path) || OPEN_FILES.test(path)) return [];
  if (path === '/metrics') return ['metrics'];
  if (path === '/api/v1/admin' || path.startsWith('/api/v1/admin/')) return ['admin'];
  if (path === '/mcp' || path.startsWith('/mcp/')) return ['ask', 'search'];
  if (ASKING.has(path)) return ['ask'];
  return ['search'];
}
