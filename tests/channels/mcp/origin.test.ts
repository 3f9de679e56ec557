/** Which pages may speak to `/mcp`. */
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { refuseOrigin } from '../../../src/channels/mcp/origin.ts';
import { url } from '../asking.ts';

const LOCAL = { host: '127.0.0.1' };
const NETWORK = { host: '0.0.0.0' };
const PUBLIC = { host: '127.0.0.1', publicUrl: 'https://plans.example.org/guiwen' };

describe('may speak to it:', () => {
  test.each([
    ['what is no browser', LOCAL, '127.0.0.1:8787', undefined],
    ['a page of its own', LOCAL, 'localhost:8787', 'http://localhost:8787'],
    ['a page of its own, over IPv6', LOCAL, '[::1]:8787', 'http://[::1]:8787'],
    ['a tool on this machine', LOCAL, '127.0.0.1:8787', 'http://localhost:6274'],
    ['a page of its own, by address', NETWORK, '192.168.1.5:8787', 'http://192.168.1.5:8787'],
    ['what is no browser, by any name', NETWORK, 'guiwen.intranet:8787', undefined],
    ['what is no browser, through the proxy', PUBLIC, 'plans.example.org', undefined],
    ['a page of its own, through the proxy', PUBLIC, 'plans.example.org', 'https://plans.example.org'],
    [
      'a page of its own, by the name it listens on',
      { host: 'plans.lan' },
      'plans.lan:80',
      'http://plans.lan:80',
    ],
  ])('%s', (_name, reach, host, origin) => {
    expect(refuseOrigin({ host, origin }, reach)).toBeUndefined();
  });
});

describe('may not:', () => {
  test.each([
    [
      'a name that was made to resolve to this machine',
      LOCAL,
      'evil.example:8787',
      'http://evil.example:8787',
    ],
    ['the same without an origin', LOCAL, 'evil.example:8787', undefined],
    ['the same towards a server on the network', NETWORK, 'evil.example:8787', 'http://evil.example:8787'],
    ['a page of another site', LOCAL, '127.0.0.1:8787', 'https://evil.example'],
    ['a page at another address', NETWORK, '192.168.1.5:8787', 'http://6.6.6.6:8787'],
    [
      'a page on the asker’s own machine, towards another',
      NETWORK,
      '192.168.1.5:8787',
      'http://localhost:3000',
    ],
    ['a page without an origin of its own', LOCAL, '127.0.0.1:8787', 'null'],
    ['a name that only begins like this machine', LOCAL, 'localhost.evil.example', undefined],
    ['a name that only ends like the public one', PUBLIC, 'evil-plans.example.org', undefined],
    ['what names no host', LOCAL, undefined, undefined],
  ])('%s', (_name, reach, host, origin) => {
    expect(refuseOrigin({ host, origin }, reach)).toMatch(/PUBLIC_URL/);
  });
});

test('the server asks on every request', async () => {
  const status = await new Promise((resolve, reject) => {
    request(`${url}/mcp`, { method: 'POST', headers: { host: 'evil.example:80' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end('{}');
  });
  expect(status).toBe(403);
});
