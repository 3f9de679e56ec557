/** Access: who gets in where, and what they then can see. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotateKey } from '../../../src/channels/http/access/keys.ts';
import { readWidgetToken, signWidgetToken } from '../../../src/channels/http/access/widget-tokens.ts';
import type { State } from '../../../src/state/types.ts';
import { StateError } from '../../../src/state/types.ts';
import { address, isOpen, SEEN } from './leaks.ts';
import { errorAt, errorOf } from './opened.ts';
import { bearer, corpusAssistant, from, routesOf, SECRET, serve } from './served.ts';

beforeAll(() => corpusAssistant(), 120_000);

const KEYS = { host: '0.0.0.0', mode: 'keys' } as const;
describe('where keys are needed', () => {
  test('every route but the open ones refuses whoever has none, with the way to get one', async () => {
    const { fetch } = await serve({ access: KEYS });
    const routes = await routesOf();
    expect(routes.length).toBeGreaterThan(15);
    for (const [method, path] of routes) {
      const response = await fetch(address(path), { method });
      if (isOpen(path)) {
        expect([path, response.status]).not.toEqual([path, 401]);
        continue;
      }
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(response.headers.get('content-security-policy')).toMatch(/^default-src/);
      const error = await errorAt(path, response);
      expect([path, error]).toMatchObject([path, { status: 401, code: 'unauthorized' }]);
      expect(error.message).toContain('npm run keys -- add');
    }
  });

  test('every route but the open ones refuses a key without its scope', async () => {
    const { fetch, key } = await serve({ access: KEYS });
    const { key: none } = await key([]);
    for (const [method, path] of await routesOf()) {
      if (isOpen(path)) continue;
      const error = await errorAt(path, await fetch(address(path), { method, headers: bearer(none) }));
      expect([path, error]).toMatchObject([path, { status: 403, code: 'forbidden' }]);
    }
  });

  test.each([
    ['search', 'GET', '/api/v1/plans'],
    ['search', 'GET', '/plans/sichuan-2025'],
    ['metrics', 'GET', '/metrics'],
    ['admin', 'GET', '/api/v1/admin/reindex'],
  ] as const)('%s alone opens %s %s', async (scope, method, path) => {
    const { fetch, key } = await serve({
      access: KEYS,
      reindex: { ingest: () => Promise.reject(), open: () => Promise.reject() },
    });
    const right = await key([scope]);
    const wrong = await key(
      (['ask', 'search', 'admin', 'metrics'] as const).filter((other) => other !== scope),
    );
    expect((await fetch(path, { method, headers: bearer(right.key) })).status).toBe(200);
    expect((await fetch(path, { method, headers: bearer(wrong.key) })).status).toBe(403);
  });

  test('an address written in another way is no way round', async () => {
    const { fetch, key } = await serve({ access: KEYS });
    const { key: ask } = await key(['ask']);
    for (const path of [
      '/%6Detrics',
      '//metrics',
      '/metrics/',
      '/METRICS',
      '/api/v1/%61dmin/reindex',
      '/./metrics',
    ]) {
      expect([401, 403]).toContain((await fetch(path)).status);
      expect([403, 404]).toContain((await fetch(path, { headers: bearer(ask) })).status);
    }
  });

  test('a preflight of a browser, which carries no key, is not refused for having none', async () => {
    const { fetch } = await serve({ access: KEYS });
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'POST' };
    expect((await fetch('/api/v1/ask', { method: 'OPTIONS', headers })).status).not.toBe(401);
  });

  test('a store that cannot be read turns nobody in, and says to try again', async () => {
    const { state } = await serve();
    const keys: State['keys'] = { ...state.keys, get: () => Promise.reject(new StateError('/srv/data')) };
    const { fetch } = await serve({ access: KEYS, state: { ...state, keys } });
    const headers = bearer(`gw_${'a'.repeat(12)}_${'b'.repeat(43)}`);
    expect(await errorOf(await fetch('/api/v1/plans', { headers }))).toMatchObject({ status: 503 });
  });
});

describe('a key', () => {
  test('has a prefix that tells whose it is, and 256 random bits', async () => {
    const { key } = await serve();
    const keys = await Promise.all(Array.from({ length: 50 }, () => key(['ask'])));
    for (const made of keys) expect(made.key).toMatch(/^gw_[\w-]{12}_[\w-]{43}$/);
    expect(new Set(keys.map((made) => made.key)).size).toBe(50);
  });

  test('is kept as a hash only', async () => {
    const { key, dataDir, state } = await serve();
    const made = await key(['ask']);
    const kept = await state.keys.get(made.record.id);
    expect(Buffer.from(kept?.hash ?? [])).toEqual(createHash('sha256').update(made.key).digest());
    const secret = made.key.split('_').slice(2).join('_');
    for (const file of readdirSync(dataDir))
      expect(readFileSync(join(dataDir, file)).includes(secret)).toBe(false);
  });

  test('is refused when altered, cut, revoked, or over', async () => {
    const { key, fetch, state } = await serve({ access: KEYS });
    const good = await key(['search']);
    const status = async (token: string) => (await fetch('/api/v1/plans', { headers: bearer(token) })).status;
    expect(await status(good.key)).toBe(200);
    const last = good.key.at(-1) === 'A' ? 'B' : 'A';
    expect(await status(good.key.slice(0, -1) + last)).toBe(401);
    expect(await status(good.key.slice(0, -1))).toBe(401);
    expect(await status(`${good.key}A`)).toBe(401);
    expect(await status((await key(['search'], { expiresAt: Date.now() - 1 })).key)).toBe(401);
    await state.keys.update(good.record.id, { revokedAt: Date.now() });
    expect(await status(good.key)).toBe(401);
  });

  test('when rotated works on for the time given, and its successor opens the same', async () => {
    const { key, fetch, state } = await serve({ access: KEYS });
    const status = async (token: string) => (await fetch('/api/v1/plans', { headers: bearer(token) })).status;
    const old = await key(['search'], { plans: SEEN });
    const made = await rotateKey(state.keys, old.record.id, Date.now(), 60_000);
    expect(made?.record).toMatchObject({ name: '测试', scopes: ['search'], plans: SEEN });
    expect([await status(old.key), await status(made?.key ?? '')]).toEqual([200, 200]);
    await rotateKey(state.keys, made?.record.id ?? '', Date.now(), 0);
    expect([await status(old.key), await status(made?.key ?? '')]).toEqual([200, 401]);
    expect(await rotateKey(state.keys, made?.record.id ?? '', Date.now(), 0)).toBeUndefined();
  });

  test('shows when it was last used', async () => {
    const { key, fetch, state } = await serve({ access: KEYS });
    const made = await key(['search']);
    await fetch('/api/v1/plans', { headers: bearer(made.key) });
    await expect
      .poll(async () => (await state.keys.get(made.record.id))?.usedAt)
      .toBeGreaterThan(Date.now() - 60_000);
  });

  test('names its holder in the record of answers', async () => {
    const { key, post, state } = await serve({ access: KEYS });
    const made = await key(['ask']);
    const answer = await (
      await post('/api/v1/ask', { question: '四川的森林覆盖率' }, bearer(made.key))
    ).json();
    expect(await state.answers.get(answer.id)).toMatchObject({
      asker: `key:${made.record.id}`,
      channel: 'http',
    });
  });
});

describe('a list of plans', () => {
  test('of nothing shows nothing', async () => {
    const service = await serve({ access: KEYS });
    const { key: token } = await service.key(['ask', 'search'], { plans: [] });
    const response = await service.fetch('/api/v1/plans', { headers: bearer(token) });
    expect(await response.json()).toEqual({ plans: [] });
    const asked = await service.post('/api/v1/ask', { question: '四川的森林覆盖率目标' }, bearer(token));
    expect(await asked.json()).toMatchObject({ status: 'not_found', related: [], citations: [] });
  });

  test('for whoever has none of their own is the configured one, for bots as well', async () => {
    const service = await serve({ access: { host: '127.0.0.1', mode: 'none', plans: SEEN } });
    const { plans } = await (await service.fetch('/api/v1/plans')).json();
    expect(plans.map(({ id }: { id: string }) => id)).toEqual(SEEN);
    const bot = service.door.following();
    expect(bot.plans().map(({ id }) => id)).toEqual(SEEN);
    expect(JSON.stringify(await bot.ask({ question: '江津区的森林覆盖率' }))).not.toContain('jiangjin');
    expect(bot.restrictedTo(['jiangjin-2025']).plans()).toEqual([]);
  });
});

test('a key without a list of its own sees what is configured for such', async () => {
  const service = await serve({ access: { ...KEYS, plans: SEEN } });
  const idsOf = async (token: string) =>
    (await (await service.fetch('/api/v1/plans', { headers: bearer(token) })).json()).plans.map(
      ({ id }: { id: string }) => id,
    );
  expect(await idsOf((await service.key(['search'])).key)).toEqual(SEEN);
  expect(await idsOf((await service.key(['search'], { plans: ['jiangjin-2025'] })).key)).toEqual([
    'jiangjin-2025',
  ]);
});

describe('without keys', () => {
  const admin = '/api/v1/admin/reindex';
  const reindex = { ingest: () => Promise.reject(), open: () => Promise.reject() };

  test('anyone may ask and read', async () => {
    const { fetch, post } = await serve({ access: { host: '0.0.0.0', mode: 'none' } });
    expect((await fetch('/api/v1/plans')).status).toBe(200);
    expect((await post('/api/v1/search', { query: '水' })).status).toBe(200);
  });

  test('what clients of other services send as a key is passed over, but not a wrong key of ours', async () => {
    const { fetch } = await serve();
    expect((await fetch('/api/v1/plans', { headers: bearer('sk-anything') })).status).toBe(200);
    expect((await fetch('/api/v1/plans', { headers: bearer('gw_wrong') })).status).toBe(401);
  });

  test('metrics and administration are open to this machine', async () => {
    const { fetch } = await serve({ reindex });
    for (const path of ['/metrics', admin])
      for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
        expect((await fetch(path, {}, from(peer))).status).toBe(200);
  });

  test.each<[string, string, string, Record<string, string>]>([
    ['to a server that listens beyond it', '0.0.0.0', '127.0.0.1', {}],
    ['to another machine', '127.0.0.1', '10.0.0.9', {}],
    ['behind a proxy on this machine', '127.0.0.1', '127.0.0.1', { 'x-forwarded-for': '10.0.0.9' }],
    ['under a foreign name that points here', '127.0.0.1', '127.0.0.1', { host: 'evil.example' }],
    ['from a page of another site', '127.0.0.1', '127.0.0.1', { origin: 'https://evil.example' }],
    ['from a form of another site', '127.0.0.1', '127.0.0.1', { 'sec-fetch-site': 'cross-site' }],
  ])('they are closed %s, and the refusal says how to open them', async (_case, host, peer, headers) => {
    const { fetch } = await serve({ access: { host, mode: 'none' }, reindex });
    for (const path of ['/metrics', admin]) {
      const error = await errorOf(await fetch(path, {}, from(peer, headers)));
      expect(error).toMatchObject({ status: 403, code: 'forbidden' });
      expect(error.message).toMatch(/npm run keys -- add 名称 --scopes (metrics|admin)/);
    }
  });

  test('beyond this machine a key opens them', async () => {
    const { fetch, key } = await serve({ access: { host: '0.0.0.0', mode: 'none' }, reindex });
    const { key: token } = await key(['metrics']);
    expect((await fetch('/metrics', { headers: bearer(token) })).status).toBe(200);
  });
});

describe('sign-in at a proxy', () => {
  const access = {
    host: '0.0.0.0',
    mode: 'header',
    trustedHeader: 'X-Forwarded-User',
    trustedPlansHeader: 'X-Plans',
    trustedProxies: ['10.1.0.0/16'],
  } as const;
  const user = { 'x-forwarded-user': '王工' };

  test('the header of a trusted proxy says who asks, and the record keeps it', async () => {
    const { fetch, state } = await serve({ access });
    const env = from('10.1.2.3', user);
    expect((await fetch('/api/v1/plans', {}, env)).status).toBe(200);
    const asked = await fetch(
      '/api/v1/ask',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"question":"四川的森林覆盖率"}',
      },
      env,
    );
    expect(await state.answers.get((await asked.json()).id)).toMatchObject({ asker: 'user:王工' });
  });

  test('the same header from anyone else says nothing', async () => {
    const { fetch } = await serve({ access });
    for (const peer of ['10.2.0.1', '127.0.0.1']) {
      const error = await errorOf(await fetch('/api/v1/plans', {}, from(peer, user)));
      expect(error).toMatchObject({ status: 401, code: 'unauthorized' });
    }
    expect((await fetch('/api/v1/plans', {}, from('10.1.2.3'))).status).toBe(401);
  });

  test('nobody administers by it, and keys work beside it', async () => {
    const { fetch, key } = await serve({ access });
    expect((await fetch('/metrics', {}, from('10.1.2.3', user))).status).toBe(403);
    const { key: token } = await key(['metrics']);
    expect((await fetch('/metrics', { headers: bearer(token) })).status).toBe(200);
  });

  test('the proxy may list the person’s plans', async () => {
    const { fetch } = await serve({ access });
    const shown = async (list: string) => {
      const response = await fetch('/api/v1/plans', {}, from('10.1.2.3', { ...user, 'x-plans': list }));
      return (await response.json()).plans.map(({ id }: { id: string }) => id);
    };
    expect(await shown('sichuan-2025, nowhere')).toEqual(SEEN);
    expect(await shown('')).toEqual([]);
  });
});

describe('sign-in with a token of an identity provider', () => {
  let jwksUrl: string;
  let sign: (claims: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>;
  let publicKey: Awaited<ReturnType<typeof generateKeyPair>>['publicKey'];
  let down = false;
  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    ({ publicKey } = pair);
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' };
    const server = createServer((_request, response) => {
      response.writeHead(down ? 503 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterAll(() => new Promise((resolve) => server.close(resolve)));
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    sign = (claims, header = {}) =>
      new SignJWT({ iss: 'https://id.example', aud: 'guiwen', sub: 'u1', ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
        .setIssuedAt()
        .setExpirationTime((claims.exp as number | undefined) ?? '5m')
        .sign(pair.privateKey);
  });
  const signedIn = () =>
    serve({
      access: {
        host: '0.0.0.0',
        mode: 'jwt',
        provider: { jwksUrl, issuer: 'https://id.example', audience: 'guiwen', plansClaim: 'plans' },
      },
    });
  const statusOf = async (token: string, path = '/api/v1/plans') =>
    (await (await signedIn()).fetch(path, { headers: bearer(token) })).status;

  test('a good one lets its person in, with the plans and scopes it names', async () => {
    const { fetch } = await signedIn();
    const get = (token: string, path: string) => fetch(path, { headers: bearer(token) });
    const plain = await sign({});
    expect((await (await get(plain, '/api/v1/plans')).json()).plans).toHaveLength(5);
    expect((await get(plain, '/metrics')).status).toBe(403);
    const narrow = await sign({ plans: SEEN, scope: 'openid search metrics' });
    expect((await (await get(narrow, '/api/v1/plans')).json()).plans).toHaveLength(1);
    expect((await get(narrow, '/metrics')).status).toBe(200);
    expect((await get(narrow, '/api/v1/ask')).status).toBe(403);
    expect((await (await get(await sign({ plans: 7 }), '/api/v1/plans')).json()).plans).toHaveLength(0);
  });

  test('none of these does', async () => {
    const others = await generateKeyPair('RS256');
    const forged = await new SignJWT({ iss: 'https://id.example', aud: 'guiwen', sub: 'u1' })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setExpirationTime('5m')
      .sign(others.privateKey);
    const confused = await new SignJWT({ iss: 'https://id.example', aud: 'guiwen', sub: 'u1' })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(await exportSPKI(publicKey)));
    const unsigned = new UnsecuredJWT({ iss: 'https://id.example', aud: 'guiwen', sub: 'u1' })
      .setExpirationTime('5m')
      .encode();
    for (const token of [
      forged,
      confused,
      unsigned,
      await sign({ aud: 'another' }),
      await sign({ iss: 'https://evil.example' }),
      await sign({ exp: 1 }),
      await sign({}, { kid: 'k2' }),
      'nonsense',
    ])
      expect([token, await statusOf(token)]).toEqual([token, 401]);
  });

  test('while the provider cannot be reached nobody gets in, and is told to try again', async () => {
    down = true;
    try {
      const { fetch } = await signedIn();
      const error = await errorOf(await fetch('/api/v1/plans', { headers: bearer(await sign({})) }));
      expect(error).toMatchObject({ status: 503, code: 'sign_in_unavailable' });
    } finally {
      down = false;
    }
  });
});

describe('a widget token', () => {
  const origin = 'https://portal.example';
  const token = async (
    service: Awaited<ReturnType<typeof serve>>,
    key: string,
    body: unknown = { origin },
  ) => {
    const response = await service.post('/api/v1/widget-token', body, bearer(key));
    return { status: response.status, ...(await response.json()) };
  };

  test('is had for a key, and works on pages of its origin only, for asking and reading only', async () => {
    const service = await serve({ access: KEYS });
    const site = await service.key(['ask', 'search', 'admin', 'metrics'], { plans: SEEN });
    const { token: given, expiresAt } = await token(service, site.key);
    const left = Date.parse(expiresAt) - Date.now();
    expect(left).toBeGreaterThan(800_000);
    expect(left).toBeLessThanOrEqual(900_000);
    const get = (path: string, from?: string) =>
      service.fetch(path, { headers: { ...bearer(given), ...(from ? { origin: from } : {}) } });
    const plans = await get('/api/v1/plans', origin);
    expect((await plans.json()).plans).toHaveLength(1);
    expect((await get('/api/v1/plans', 'https://evil.example')).status).toBe(401);
    expect((await get('/api/v1/plans')).status).toBe(401);
    expect((await get('/metrics', origin)).status).toBe(403);
  });

  test('is not had for a token, nor by nobody', async () => {
    const service = await serve();
    const site = await service.key(['ask', 'search']);
    const { token: given } = await token(service, site.key);
    const again = await service.post('/api/v1/widget-token', { origin }, { ...bearer(given), origin });
    expect(await errorOf(again)).toMatchObject({ status: 403 });
    expect(await errorOf(await service.post('/api/v1/widget-token', { origin }))).toMatchObject({
      status: 403,
    });
  });

  test('ends with its key', async () => {
    const service = await serve({ access: KEYS });
    const site = await service.key(['ask', 'search']);
    const { token: given } = await token(service, site.key);
    const get = () => service.fetch('/api/v1/plans', { headers: { ...bearer(given), origin } });
    expect((await get()).status).toBe(200);
    await service.state.keys.update(site.record.id, { revokedAt: Date.now() });
    expect((await get()).status).toBe(401);
  });

  test('is over after fifteen minutes at most, whatever was asked for, and signed by us', async () => {
    const now = Date.now();
    const made = await signWidgetToken(
      SECRET,
      { id: 'k', expiresAt: undefined },
      { origin, seconds: 9999, now },
    );
    const at = (later: number, secret: Uint8Array = SECRET) =>
      readWidgetToken(secret, made.token, now + later);
    expect(await at(14 * 60_000)).toEqual({ keyId: 'k', origin });
    expect(await at(15 * 60_000 + 1000)).toBeUndefined();
    expect(await at(0, Buffer.alloc(32, 8))).toBeUndefined();
    const short = await signWidgetToken(
      SECRET,
      { id: 'k', expiresAt: now + 60_000 },
      { origin, seconds: 900, now },
    );
    expect(short.expiresAt.getTime()).toBeLessThanOrEqual(now + 60_000);
  });

  test.each(['portal.example', 'https://portal.example/page', 'null', 'javascript:alert(1)', '*'])(
    'is not made for what is no origin: %s',
    async (wrong) => {
      const service = await serve({ access: KEYS });
      const site = await service.key(['ask']);
      expect((await token(service, site.key, { origin: wrong })).status).toBe(400);
    },
  );
});
