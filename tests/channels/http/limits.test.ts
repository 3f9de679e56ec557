/** Rate limits: for every key and every address, told in standard headers, in bounded memory. */
import { describe, expect, test } from 'vitest';
import { addressList, clientAddress } from '../../../src/channels/http/access/addresses.ts';
import { bucketOf, createLimiter } from '../../../src/channels/http/access/limits.ts';
import { errorOf } from './opened.ts';
import { bearer, from, serve } from './served.ts';

describe('a bucket', () => {
  test('holds a minute’s requests and fills steadily', () => {
    const take = createLimiter('p', 60);
    for (let i = 59; i >= 0; i--) expect(take('a', 0)).toMatchObject({ allowed: true, remaining: i });
    expect(take('a', 0)).toMatchObject({ allowed: false, remaining: 0, seconds: 1 });
    expect(take('b', 0).allowed).toBe(true);
    expect(take('a', 999).allowed).toBe(false);
    expect(take('a', 1000).allowed).toBe(true);
    expect(take('a', 1000).allowed).toBe(false);
    expect(take('a', 1_000_000)).toMatchObject({ allowed: true, remaining: 59 });
  });

  test('that is empty is not drained further by those who keep asking', () => {
    const take = createLimiter('p', 2);
    for (let i = 0; i < 100; i++) take('a', 0);
    expect(take('a', 30_000).allowed).toBe(true);
  });

  test('is forgotten when there are too many, the one unused for longest first', () => {
    const take = createLimiter('p', 1, 3);
    for (const bucket of ['a', 'b', 'c']) take(bucket, 0);
    expect(take('a', 0).allowed).toBe(false);
    take('d', 0);
    expect(take('a', 0).allowed).toBe(false);
    expect(take('b', 0).allowed).toBe(true);
  });

  test('of IPv6 is a subscriber’s whole network', () => {
    expect(bucketOf('2001:db8:1:2::1')).toBe(bucketOf('2001:0db8:0001:0002:ffff::9'));
    expect(bucketOf('2001:db8:1:3::1')).not.toBe(bucketOf('2001:db8:1:2::1'));
    expect(bucketOf('::1')).toBe('0:0:0:0');
    expect(bucketOf('10.0.0.1')).toBe('10.0.0.1');
  });
});

describe('the address of whoever asks', () => {
  const isProxy = addressList(['10.0.0.0/8', 'fd00::/8']);
  const via = (peer: string, forwarded?: string) =>
    clientAddress({ peer, header: (name) => (name === 'x-forwarded-for' ? forwarded : undefined) }, isProxy);

  test.each([
    ['203.0.113.5', undefined, '203.0.113.5'],
    ['203.0.113.5', '198.51.100.1', '203.0.113.5'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['10.0.0.1', 'nonsense', '10.0.0.1'],
    ['10.0.0.1', 'nonsense, 10.0.0.7', '10.0.0.7'],
    ['fd00::1', '2001:db8::1', '2001:db8::1'],
    ['10.0.0.1', undefined, '10.0.0.1'],
  ])('from %s with X-Forwarded-For %s is %s', (peer, forwarded, address) => {
    expect(via(peer, forwarded)).toBe(address);
  });

  test('no list is made of what is no address', () => {
    for (const entry of ['x', '10.0.0.0/33', '10.0.0.0/', '::/129'])
      expect(() => addressList([entry])).toThrow(RangeError);
  });
});

describe('over HTTP', () => {
  const access = { host: '0.0.0.0', mode: 'none' } as const;

  test('an address that asks too often is told when to come back; others are not concerned', async () => {
    const { fetch, metrics } = await serve({ access: { ...access, perAddress: 3 } });
    const get = (peer: string) => fetch('/api/v1/plans', {}, from(peer));
    const first = await get('10.0.0.1');
    expect(first.headers.get('ratelimit-policy')).toBe('"address";q=3;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"address";r=2;t=\d+$/);
    expect(first.headers.get('retry-after')).toBeNull();
    await get('10.0.0.1');
    await get('10.0.0.1');
    const refused = await get('10.0.0.1');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(20);
    expect(refused.headers.get('ratelimit')).toMatch(/^"address";r=0;t=\d+$/);
    const error = await errorOf(refused);
    expect(error).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(error.message).toMatch(/秒后再试/);
    expect((await get('10.0.0.2')).status).toBe(200);
    expect((await metrics.render()).body).toContain('guiwen_refused_total{why="rate_limited"} 1');
  });

  test('a key is limited wherever it is used from, and told of both limits', async () => {
    const { fetch, key } = await serve({ access: { ...access, perViewer: 2, perAddress: 100 } });
    const { key: token } = await key(['search']);
    const get = (n: number) =>
      fetch('/api/v1/plans', { headers: bearer(token) }, from(`10.0.0.${n}`, bearer(token)));
    expect((await get(1)).headers.get('ratelimit-policy')).toBe('"key";q=2;w=60, "address";q=100;w=60');
    expect((await get(2)).status).toBe(200);
    expect((await get(3)).status).toBe(429);
    const other = await key(['search']);
    expect((await fetch('/api/v1/plans', {}, from('10.0.0.1', bearer(other.key)))).status).toBe(200);
  });

  test('whoever guesses keys is counted by address', async () => {
    const { fetch } = await serve({ access: { host: '0.0.0.0', mode: 'keys', perAddress: 5 } });
    const guess = (n: number) =>
      fetch(
        '/api/v1/plans',
        {},
        from('10.0.0.1', bearer(`gw_${'a'.repeat(12)}_${String(n).padStart(43, '0')}`)),
      );
    const statuses = [];
    for (let n = 0; n < 7; n++) statuses.push((await guess(n)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('behind a trusted proxy people are told apart by what it says, and by nobody else', async () => {
    const { fetch } = await serve({ access: { ...access, perAddress: 1, trustedProxies: ['10.0.0.1'] } });
    const via = (peer: string, client: string) =>
      fetch('/api/v1/plans', {}, from(peer, { 'x-forwarded-for': client }));
    expect((await via('10.0.0.1', '198.51.100.1')).status).toBe(200);
    expect((await via('10.0.0.1', '198.51.100.2')).status).toBe(200);
    expect((await via('10.0.0.1', '198.51.100.2')).status).toBe(429);
    expect((await via('203.0.113.1', '198.51.100.3')).status).toBe(200);
    expect((await via('203.0.113.1', '198.51.100.4')).status).toBe(429);
  });

  test('this machine is not limited unless that was asked for; pages and health are never', async () => {
    const { fetch } = await serve();
    const local = await fetch('/api/v1/plans', {}, from('127.0.0.1'));
    expect(local.headers.get('ratelimit')).toBeNull();
    const strict = await serve({ access: { host: '127.0.0.1', mode: 'none', perAddress: 1 } });
    for (let i = 0; i < 3; i++) {
      expect((await strict.fetch('/healthz', {}, from('127.0.0.1'))).status).toBe(200);
      expect((await strict.fetch('/', {}, from('127.0.0.1'))).status).toBe(200);
    }
    await strict.fetch('/api/v1/plans', {}, from('127.0.0.1'));
    expect((await strict.fetch('/api/v1/plans', {}, from('127.0.0.1'))).status).toBe(429);
  });
});
