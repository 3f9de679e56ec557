/** The scripts for browsers: what is served, and how much of it. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Assistant } from '../../../src/assistant.ts';
import { bundles } from '../../../src/channels/http/bundles.ts';
import { appOver } from './opened.ts';

// Nothing is asked.
const { app } = appOver({} as Assistant);

/** What a page of somebody else is asked to load, gzipped. */
const BUDGET = 60_000;

describe('/widget.js', () => {
  test(`is one file of at most ${BUDGET} bytes gzipped`, async () => {
    const response = await app.request('/widget.js', { headers: { 'accept-encoding': 'gzip, br' } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const size = (await response.arrayBuffer()).byteLength;
    expect(size).toBeGreaterThan(1000);
    expect(size).toBeLessThanOrEqual(BUDGET);
  });

  test('is sent as it is to who does not know gzip', async () => {
    const response = await app.request('/widget.js');
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(await response.text()).toMatch(/^\/\* Guiwen [\d.]+, Apache-2\.0; holds Lit/);
  });

  test('is not sent again to who has it', async () => {
    const etag = (await app.request('/widget.js')).headers.get('etag') as string;
    const again = await app.request('/widget.js', { headers: { 'if-none-match': `"x", ${etag}` } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    expect((await app.request('/widget.js', { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  });

  test('names its licences, and they are there', async () => {
    expect(await (await app.request('/licences.txt')).text()).toContain('BSD 3-Clause License');
  });
});

test('no script asks for another host, evaluates text, or writes HTML of its own', async () => {
  for (const [name, { code }] of await bundles()) {
    const text = code.toString('utf8');
    const hosts = [...text.matchAll(/https?:\/\/[\w.-]+/g)].map(([url]) => url);
    expect([name, hosts.filter((url) => url !== 'http://www.w3.org')]).toEqual([name, []]);
    expect(text).not.toMatch(/\beval\(|new Function|insertAdjacentHTML|outerHTML|document\.write/);
    // The one place is Lit's, which fills templates that the components' authors wrote.
    expect([name, text.match(/innerHTML/g)?.length]).toEqual([name, 1]);
  }
});

test('every script parses as one a browser of 2020 knows', async () => {
  for (const [, { code }] of await bundles()) {
    // A script that only parses: the function around it is never called.
    runInNewContext(`(function () {${code.toString('utf8')}\n})`);
    expect(code.toString('utf8')).not.toMatch(/\bstatic\s*\{|#\w+ in \w/);
  }
});

/** What came after Chromium 86, or after Safari 15: no bundler adds it. */
const TOO_NEW = [
  /\.(?:at|findLast|findLastIndex|toSorted|toReversed|with|hasOwn|replaceAll|groupBy)\(/,
  /structuredClone|randomUUID|AbortSignal\.(?:timeout|any)/,
  // Looking behind, which breaks the whole script where it is not known.
  /\(\?<[!=]/,
  /:(?:has|is|where)\(/,
  /[;{\s](?:inset|aspect-ratio|container-type|translate|scale)\s*:/,
  /@(?:container|layer)\b/,
];

test.each(TOO_NEW)('no script uses what browsers of 2020 do not know: %s', async (pattern) => {
  for (const [name, { code }] of await bundles()) {
    const found = pattern.exec(code.toString('utf8'));
    expect([name, found && code.toString('utf8').slice(found.index - 30, found.index + 30)]).toEqual([
      name,
      null,
    ]);
  }
});

test('a script that does not exist is not found', async () => {
  expect((await app.request('/nothing.js')).status).toBe(404);
});
