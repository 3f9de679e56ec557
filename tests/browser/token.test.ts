/** The chat on another site's page, of a server that needs keys: the site's server has one, the page has tokens. */
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { runInNewContext } from 'node:vm';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { addKey } from '../../src/channels/http/access/keys.ts';
import { signWidgetToken } from '../../src/channels/http/access/widget-tokens.ts';
import { openBrowser } from './opened.ts';

const opened = openBrowser();

const FOUND = '四川近零碳排放开发区2025年建几个';
const SECRET = Buffer.alloc(32, 7);
const DOCS = readFileSync(new URL('../../docs/widget.md', import.meta.url), 'utf8');

/** What docs/widget.md has the site's server do, for a site at `origin`. */
function documented(origin: string, server: string, key: string): RequestListener {
  const [, code = ''] = /```js\n(async function guiwenToken[\s\S]*?)```/.exec(DOCS) ?? [];
  const here = code
    .replaceAll('https://plans.example.cn', server)
    .replaceAll('https://oa.example.cn', origin);
  return runInNewContext(`(${here})`, { fetch, process: { env: { GUIWEN_KEY: key } } });
}

interface Site {
  readonly host: string;
  readonly server: string;
  /** How often the page asked for a token. */
  asked(): number;
}

/** A site with a key; `give` is what its server does for a token, as documented if not given. */
async function site({
  give,
  page = (server) =>
    `<script src="${server}/widget.js" data-server="${server}" data-token-url="/token"></script>`,
  embeds = true,
}: {
  readonly give?: (site: { host: string; server: string; keyId: string; asked: number }) => RequestListener;
  readonly page?: (server: string) => string;
  readonly embeds?: boolean;
} = {}): Promise<Site> {
  let server = '';
  let asked = 0;
  const { key, record } = await addKey(opened.state.keys, { name: '门户', scopes: ['ask', 'search'] }, 0);
  const host = await opened.host(
    () => `<!doctype html><meta charset="utf-8"><p>办公网</p>${page(server)}`,
    undefined,
    (request, response) => {
      asked++;
      const respond = give?.({ host, server, keyId: record.id, asked }) ?? documented(host, server, key);
      respond(request, response);
    },
  );
  const access = { host: '0.0.0.0', mode: 'keys' } as const;
  ({ url: server } = await opened.serve({ embedOrigins: embeds ? [host] : [], access, secret: SECRET }));
  return { host, server, asked: () => asked };
}

const json = (body: unknown, status = 200): RequestListener => {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
};

/** A token for pages of `origin`, made so many minutes ago. */
const tokenFor = async (origin: string, keyId: string, minutesAgo = 0) =>
  (
    await signWidgetToken(
      SECRET,
      { id: keyId, expiresAt: undefined },
      { origin, seconds: 900, now: Date.now() - minutesAgo * 60_000 },
    )
  ).token;

async function ask(page: Page): Promise<void> {
  await page.locator('#question').fill(FOUND);
  await page.locator('#question').press('Enter');
}
async function open(host: string): Promise<Page> {
  const page = await opened.newPage();
  await page.goto(host);
  await page.getByRole('button', { name: '问规划' }).click();
  return page;
}
const answered = (page: Page, count = 1) =>
  expect.poll(() => page.locator('.entry[data-state=answered]').count()).toBe(count);

describe('with an address that gives tokens', () => {
  test('the chat suggests, answers, takes feedback, exports and shows sources; the key stays where it is', async () => {
    const { host, asked } = await site();
    const page = await opened.newPage();
    const seen: string[] = [];
    page.on('request', (request) => seen.push(JSON.stringify(request.headers()), request.postData() ?? ''));
    page.on('response', async (response) => seen.push(await response.text().catch(() => '')));
    await page.goto(host);
    await page.getByRole('button', { name: '问规划' }).click();
    await page.locator('.pill').first().waitFor();
    await ask(page);
    await answered(page);
    const rated = page.waitForResponse(/\/api\/v1\/feedback$/);
    await page.getByRole('button', { name: '有用', exact: true }).click();
    expect((await rated).status()).toBe(204);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: '导出 Word' }).click();
    expect((await saved).suggestedFilename()).toMatch(/\.docx$/);
    await page.locator('.prose .chip').first().click();
    await expect.poll(() => page.locator('mark.quote-current').count()).toBeGreaterThan(0);
    // One token does for all of it.
    expect(asked()).toBe(1);
    expect(seen.some((text) => text.includes('"authorization":"Bearer ey'))).toBe(true);
    expect(seen.filter((text) => text.includes('gw_'))).toEqual([]);
  });

  test('a page that is left open has its token renewed before it ends', async () => {
    const { host, asked } = await site();
    const page = await opened.newPage();
    await page.clock.install();
    await page.goto(host);
    await page.getByRole('button', { name: '问规划' }).click();
    await ask(page);
    await answered(page, 1);
    expect(asked()).toBe(1);
    await page.clock.fastForward('14:30');
    await ask(page);
    await answered(page, 2);
    expect(asked()).toBe(2);
  });

  test('a token that is refused although it should be good is replaced once, unnoticed', async () => {
    const { host, asked } = await site({
      give:
        ({ host, keyId, asked }) =>
        async (request, response) =>
          json({ token: await tokenFor(host, keyId, asked === 1 ? 20 : 0) })(request, response),
      page: (server) =>
        `<script src="${server}/widget.js" data-server="${server}" data-token-url="/token" data-suggestions=""></script>`,
    });
    const page = await open(host);
    await ask(page);
    await answered(page);
    expect(asked()).toBe(2);
  });
});

test('a page’s own function can give the tokens', async () => {
  const { host, asked } = await site({
    page: (server) => `<div style="height: 720px"><guiwen-chat place="inline"></guiwen-chat></div>
      <script>
        document.querySelector('guiwen-chat').getToken = async () => (await fetch('/token')).json();
      </script>
      <script src="${server}/widget.js"></script>`,
  });
  const page = await opened.newPage();
  await page.goto(host);
  await page.locator('.pill').first().waitFor();
  await ask(page);
  await answered(page);
  expect(asked()).toBe(1);
});

describe('a person is told in Chinese what to do, and the page by an event,', () => {
  test.each<[string, string, Parameters<typeof site>[0]]>([
    [
      'when the token is of another site',
      'unauthorized',
      {
        give:
          ({ keyId }) =>
          async (request, response) =>
            json({ token: await tokenFor('https://other.example', keyId) })(request, response),
      },
    ],
    [
      'when the token is over',
      'unauthorized',
      {
        give:
          ({ host, keyId }) =>
          async (request, response) =>
            json({ token: await tokenFor(host, keyId, 20) })(request, response),
      },
    ],
    ['when the site gives none', 'no_token', { give: () => json({ error: 'not signed in' }, 403) }],
    [
      'when the page has none',
      'unauthorized',
      { page: (server) => `<script src="${server}/widget.js" data-server="${server}"></script>` },
    ],
  ])('%s', async (_when, code, how) => {
    const { host } = await site(how);
    const page = await opened.newPage();
    await page.addInitScript(() => {
      document.addEventListener('guiwen-error', (event) => {
        document.title = (event as CustomEvent<{ code: string }>).detail.code;
      });
    });
    await page.goto(host);
    await page.getByRole('button', { name: '问规划' }).click();
    await ask(page);
    const failed = page.locator('.entry[data-state=failed]');
    await failed.waitFor();
    expect(await failed.textContent()).toMatch(/请刷新页面重试；仍不行，请联系网站管理员。/);
    expect(await page.locator('.chip').count()).toBe(0);
    expect(await page.title()).toBe(code);
  });

  test('and may stop while the site’s server does not answer', async () => {
    const { host } = await site({ give: () => () => {} });
    const page = await open(host);
    await ask(page);
    await page.getByRole('button', { name: '停止' }).click();
    await page.locator('.entry[data-state=stopped]').waitFor();
  });
});

test('a token opens nothing to a page whose site is not named in EMBED_ORIGINS', async () => {
  const { host, server } = await site({ embeds: false });
  const page = await opened.newPage();
  await page.goto(host);
  const got = await page.evaluate(async (url) => {
    const { token } = await (await fetch('/token')).json();
    return fetch(`${url}/api/v1/plans`, { headers: { authorization: `Bearer ${token}` } }).then(
      () => 'answered',
      () => 'refused',
    );
  }, server);
  expect(got).toBe('refused');
});
