/** The chat on pages of somebody else: one script tag, whatever the page is like. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openBrowser } from './opened.ts';

const opened = openBrowser();

const FOUND = '四川近零碳排放开发区2025年建几个';

/** A site that embeds the chat of a server that knows it. `page` is made of the script's tag. */
async function site(page: (script: string, server: string) => string, csp?: (server: string) => string) {
  let server = '';
  const host = await opened.host(
    () => page(`<script src="${server}/widget.js" data-server="${server}" async></script>`, server),
    () => (csp ? { 'content-security-policy': csp(server) } : {}),
  );
  server = (await opened.serve({ embedOrigins: [host] })).url;
  return { host, server };
}

const launcher = (page: Page) => page.getByRole('button', { name: '问规划' });

async function ask(page: Page, question = FOUND): Promise<void> {
  await page.locator('#question').fill(question);
  await page.locator('#question').press('Enter');
  await page.locator('.entry[data-state=answered]').first().waitFor();
}

describe('one script tag', () => {
  test.each([
    ['in the head', (script: string) => `<!doctype html><head>${script}</head><body><p>办公网</p></body>`],
    ['at the end of the body', (script: string) => `<!doctype html><body><p>办公网</p>${script}</body>`],
    [
      'not async',
      (script: string) => `<!doctype html><head>${script.replace(' async', '')}</head><p>办公网</p>`,
    ],
  ])('is enough, %s', async (_where, html) => {
    const { host } = await site(html);
    const page = await opened.newPage();
    await page.goto(host);
    await launcher(page).click();
    await ask(page);
    expect(await page.locator('.prose .chip').count()).toBeGreaterThan(0);
  });

  test('leaves no name behind on the page', async () => {
    const { host } = await site(
      (script) => `<script>window.before = Object.getOwnPropertyNames(window)</script><p>办公网</p>${script}`,
    );
    const page = await opened.newPage();
    await page.goto(host);
    await launcher(page).click();
    await ask(page);
    const names = await page.evaluate(() => {
      const { before } = window as never as { before: string[] };
      return Object.getOwnPropertyNames(window).filter((name) => !before.includes(name) && name !== 'before');
    });
    expect(names).toEqual([]);
  });

  test('its data-… attributes give place, words, plans, colours and language', async () => {
    const { host } = await site((script) =>
      script.replace(
        ' async',
        ' data-heading="环保助手" data-greeting="您好" data-suggestions="甲问？|乙问？" data-plans="sichuan-2025"' +
          ' data-place="bottom-left" data-accent="#8a1c1c" data-locale="en" data-theme="light" async',
      ),
    );
    const page = await opened.newPage();
    await page.goto(host);
    const button = page.getByRole('button', { name: 'Ask the plans' });
    const box = (await button.boundingBox())!;
    expect(box.x).toBeLessThan(100);
    expect(await button.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe(
      'rgb(138, 28, 28)',
    );
    await button.click();
    expect(await page.getByRole('dialog', { name: '环保助手' }).isVisible()).toBe(true);
    expect(await page.locator('.welcome h3').textContent()).toBe('您好');
    expect(await page.locator('.pill').allTextContents()).toEqual(['甲问？', '乙问？']);
    expect(await page.locator('.below').textContent()).toContain('In 1 plan');
  });

  test('without data-server only makes the element known', async () => {
    const { host } = await site(
      (_script, server) => `<script src="${server}/widget.js"></script><p>办公网</p>`,
    );
    const page = await opened.newPage();
    await page.goto(host);
    expect(await page.evaluate(() => customElements.get('guiwen-chat') !== undefined)).toBe(true);
    expect(await page.locator('guiwen-chat').count()).toBe(0);
  });
});

test('methods and events: open, ask, answer, citation, close', async () => {
  const { host } = await site((script) => `<p>办公网</p>${script}`);
  const page = await opened.newPage();
  await page.goto(host);
  await launcher(page).waitFor();
  const names = await page.evaluate(async (question) => {
    type Chat = HTMLElement & { open(): void; close(): void; ask(q: string): Promise<{ status: string }> };
    const chat = document.querySelector('guiwen-chat') as Chat;
    const told: string[] = [];
    for (const name of ['open', 'ask', 'answer', 'citation', 'close']) {
      document.addEventListener(`guiwen-${name}`, (event) => {
        told.push(name);
        // The page shows sources its own way.
        if (name === 'citation') event.preventDefault();
      });
    }
    const answer = await chat.ask(question);
    told.push(answer.status);
    await new Promise(requestAnimationFrame);
    chat.shadowRoot!.querySelector<HTMLElement>('.chip')!.click();
    chat.close();
    return told;
  }, FOUND);
  expect(names).toEqual(['open', 'ask', 'answer', 'answered', 'citation', 'close']);
  await launcher(page).waitFor();
});

describe('a page that is hostile', () => {
  const HOSTILE = `
    * { all: unset !important; display: none !important; color: red !important; visibility: hidden !important;
        font: 60px/3 fantasy !important; transform: rotate(40deg) !important; opacity: 0 !important;
        direction: rtl !important; letter-spacing: 2em !important; z-index: -1 !important; pointer-events: none !important }
    html, body { display: block !important; visibility: visible !important; opacity: 1 !important }
    button, textarea { position: absolute !important; left: -9999px !important }`;

  test('in its style: the chat looks and works as everywhere', async () => {
    const { host } = await site((script) => `<style>${HOSTILE}</style><body>${script}</body>`);
    const page = await opened.newPage();
    await page.goto(host);
    const style = await launcher(page).evaluate((element) => {
      const { fontSize, letterSpacing, color, direction, opacity } = getComputedStyle(element);
      return { fontSize, letterSpacing, color, direction, opacity };
    });
    expect(style).toEqual({
      fontSize: '16px',
      letterSpacing: 'normal',
      color: 'rgb(255, 255, 255)',
      direction: 'ltr',
      opacity: '1',
    });
    const box = (await launcher(page).boundingBox())!;
    expect([box.x + box.width, box.y + box.height]).toEqual([1260, 780]);
    await launcher(page).click();
    await ask(page);
    const size = await page
      .locator('.prose')
      .first()
      .evaluate((element) => getComputedStyle(element).fontSize);
    expect(size).toBe('16px');
  });

  test('in its layers: nothing of the page covers the chat', async () => {
    const { host } = await site((script) => `<body style="transform: translateX(300px)">${script}</body>`);
    const page = await opened.newPage();
    await page.goto(host);
    await launcher(page).waitFor();
    await page.evaluate(() => {
      const cover = document.createElement('div');
      cover.style.cssText = 'position:fixed;top:0;left:-300px;width:3000px;height:3000px;z-index:2147483647';
      document.body.append(cover);
    });
    // Playwright clicks only what is not covered.
    await launcher(page).click();
    await ask(page);
    const { x, width } = (await page.locator('.panel').boundingBox())!;
    expect(x + width).toBe(1260);
  });

  test('in its keys: what is typed in the chat is not the page’s', async () => {
    const { host } = await site(
      (script) =>
        `<script>document.addEventListener('keydown', (event) => { if (event.key === 's') event.preventDefault() })</script>${script}`,
    );
    const page = await opened.newPage();
    await page.goto(host);
    await launcher(page).click();
    await page.locator('#question').pressSequentially('asks');
    expect(await page.locator('#question').inputValue()).toBe('asks');
  });
});

describe('a strict Content-Security-Policy', () => {
  const POLICY = (server: string) =>
    `default-src 'none'; script-src ${server}; connect-src ${server}; base-uri 'none'`;

  test.each([
    ['that names the server for scripts and connections', POLICY],
    [
      'with Trusted Types',
      (server: string) => `${POLICY(server)}; require-trusted-types-for 'script'; trusted-types lit-html`,
    ],
  ])('%s is enough, and nothing violates it', async (_what, policy) => {
    const { host } = await site((script) => `<!doctype html><body>${script}</body>`, policy);
    const page = await opened.newPage();
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) violations.push(message.text());
    });
    await page.goto(host);
    await launcher(page).click();
    await ask(page);
    await page.locator('.prose .chip').first().hover();
    await expect.poll(() => page.locator('.peek').isVisible()).toBe(true);
    const color = await page
      .locator('.send')
      .evaluate((element) => getComputedStyle(element).backgroundColor);
    expect(color).toBe('rgb(11, 107, 83)');
    expect(violations).toEqual([]);
  });
});

describe('a site that is not named', () => {
  test('gets neither the script nor an answer', async () => {
    const host = await opened.host(
      () => `<script src="${opened.url}/widget.js" data-server="${opened.url}"></script>`,
    );
    const page = await opened.newPage();
    const failed = page.waitForEvent('requestfailed');
    await page.goto(host);
    expect((await failed).url()).toBe(`${opened.url}/widget.js`);
    const answer = await page.evaluate(
      (url) =>
        fetch(`${url}/api/v1/ask`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"question":"x"}',
        }).then(
          () => 'answered',
          () => 'refused',
        ),
      opened.url,
    );
    expect(answer).toBe('refused');
  });

  test('cannot frame the page either', async () => {
    const host = await opened.host(() => `<iframe src="${opened.url}/"></iframe>`);
    const page = await opened.newPage();
    await page.goto(host);
    await expect.poll(() => page.frames()[1]?.url()).toMatch(/^chrome-error:/);
  });
});
