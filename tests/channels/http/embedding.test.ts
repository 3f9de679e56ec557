/** Which sites may embed the chat: only those that are named. */
import { describe, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { createApp } from '../../../src/channels/http/app.ts';
import { state } from './opened.ts';

const OA = 'https://oa.example.cn';
const assistant = { plans: () => [] } as unknown as Assistant;
const closed = createApp({ assistant, state });
const open = createApp({ assistant, state, embedOrigins: [OA] });

const preflight = (app: typeof open, origin: string) =>
  app.request('/api/v1/ask', {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });

describe('without EMBED_ORIGINS', () => {
  test('no other origin may call, load or frame anything', async () => {
    const allowed = (await preflight(closed, OA)).headers.get('access-control-allow-origin');
    expect(allowed).toBeNull();
    const script = await closed.request('/widget.js', { headers: { origin: OA } });
    expect(script.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    const page = await closed.request('/');
    expect(page.headers.get('content-security-policy')).toMatch(/frame-ancestors 'self'(;|$)/);
    expect(page.headers.get('x-frame-options')).toBe('SAMEORIGIN');
  });
});

describe('with EMBED_ORIGINS', () => {
  test('a named origin may call the API, without cookies', async () => {
    const { headers } = await preflight(open, OA);
    expect(headers.get('access-control-allow-origin')).toBe(OA);
    expect(headers.get('access-control-allow-headers')).toBe('Authorization,Content-Type');
    expect(headers.get('access-control-allow-methods')).toBe('GET,POST');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    const plans = await open.request('/api/v1/plans', { headers: { origin: OA } });
    expect(plans.headers.get('access-control-allow-origin')).toBe(OA);
    expect(plans.headers.get('vary')).toContain('Origin');
  });

  test.each(['https://evil.example', 'http://oa.example.cn', 'https://oa.example.cn.evil.example', 'null'])(
    '%s may not',
    async (origin) => {
      expect((await preflight(open, origin)).headers.get('access-control-allow-origin')).toBeNull();
      const plans = await open.request('/api/v1/plans', { headers: { origin } });
      expect(plans.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  test('the scripts may be loaded, and pages framed by the named origin', async () => {
    const script = await open.request('/widget.js');
    expect(script.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    const page = await open.request('/');
    expect(page.headers.get('content-security-policy')).toContain(`frame-ancestors 'self' ${OA}`);
    expect(page.headers.get('x-frame-options')).toBeNull();
    expect(page.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });
});
