/** From a citation to its source: the reader beside the answer, and what happens when there is none. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openBrowser } from './opened.ts';

const opened = openBrowser();

const FOUND = '四川近零碳排放开发区2025年建几个';

/** A reader that only notes what it is told, so that the chat's side of the agreement can be seen. */
const READER = `customElements.define('guiwen-reader', class extends HTMLElement {
  show(place) { this.textContent = JSON.stringify(place) }
})`;

async function withReader(page: Page): Promise<void> {
  await page.route('**/reader.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: READER }),
  );
}

async function ask(page: Page, question = FOUND): Promise<void> {
  await page.locator('#question').fill(question);
  await page.locator('#question').press('Enter');
  await page.locator('.entry[data-state=answered]').first().waitFor();
}

const citations = async () => (await opened.assistant.ask({ question: FOUND })).citations;

describe('a click on a citation', () => {
  test('opens the reader beside the answer, at the quote, knowing the other citations', async () => {
    const page = await opened.newPage();
    await withReader(page);
    await page.goto(opened.url);
    await ask(page);
    await page.locator('.prose .chip').first().click();
    const reader = page.locator('guiwen-reader');
    await reader.waitFor();
    const [first] = await citations();
    expect(JSON.parse((await reader.textContent()) ?? '')).toEqual({
      plan: first!.plan.id,
      start: first!.start,
      end: first!.end,
      citations: await citations(),
    });
    expect(await reader.getAttribute('server')).toBe(opened.url);
    const [chat, source] = [await page.locator('.chat').last().boundingBox(), await reader.boundingBox()];
    expect(source!.x).toBeGreaterThanOrEqual(chat!.x + chat!.width);
  });

  test('and the way back: Escape or the reader’s own button closes it, the chip has the focus again', async () => {
    const page = await opened.newPage();
    await withReader(page);
    await page.goto(opened.url);
    await ask(page);
    const chip = page.locator('.prose .chip').first();
    for (const close of ['Escape', 'button']) {
      await chip.focus();
      await page.keyboard.press('Enter');
      await page.locator('guiwen-reader').waitFor();
      if (close === 'Escape') await page.keyboard.press('Escape');
      else await page.locator('guiwen-reader').dispatchEvent('guiwen-reader-close', {});
      await expect.poll(() => page.locator('guiwen-reader').count()).toBe(0);
      expect(
        await chip.evaluate((element) => (element.getRootNode() as ShadowRoot).activeElement === element),
      ).toBe(true);
    }
  });

  test('on a phone the source covers the answer, and closing it leads back to it', async () => {
    const page = await opened.newPage({
      viewport: { width: 375, height: 667 },
      hasTouch: true,
      isMobile: true,
    });
    await withReader(page);
    await page.goto(opened.url);
    await ask(page);
    await page.locator('.prose .chip').first().tap();
    await page.locator('guiwen-reader').waitFor();
    await expect.poll(() => page.locator('.log').isVisible()).toBe(false);
    expect((await page.locator('guiwen-reader').boundingBox())!.width).toBe(375);
    await page.locator('guiwen-reader').dispatchEvent('guiwen-reader-close', {});
    await expect.poll(() => page.locator('.prose .chip').first().isVisible()).toBe(true);
  });

  test('in a page of somebody else the panel grows to hold both', async () => {
    let server = '';
    const host = await opened.host(
      () => `<p>办公网</p><script src="${server}/widget.js" data-server="${server}"></script>`,
    );
    server = (await opened.serve({ embedOrigins: [host] })).url;
    const page = await opened.newPage();
    await withReader(page);
    await page.goto(host);
    await page.getByRole('button', { name: '问规划' }).click();
    await ask(page);
    await page.locator('.prose .chip').first().click();
    await page.locator('guiwen-reader').waitFor();
    await expect.poll(async () => (await page.locator('.panel').boundingBox())!.width).toBe(1080);
    expect(await page.locator('.log').isVisible()).toBe(true);
  });

  test('opens the source in a new tab when the reader cannot be loaded', async () => {
    const page = await opened.newPage();
    await page.route('**/reader.js', (route) => route.abort());
    await page.goto(opened.url);
    await ask(page);
    const tab = page.waitForEvent('popup');
    await page.locator('.prose .chip').first().click();
    const { plan, start, end } = (await citations())[0]!;
    expect((await tab).url()).toBe(`${opened.url}/plans/${plan.id}#${start}-${end}`);
  });

  test('with Ctrl leaves it to the browser, which opens a tab', async () => {
    const page = await opened.newPage();
    await withReader(page);
    await page.goto(opened.url);
    await ask(page);
    const tab = page.context().waitForEvent('page');
    await page
      .locator('.prose .chip')
      .first()
      .click({ modifiers: ['Control'] });
    expect((await tab).url()).toMatch(/^http/);
    expect(await page.locator('guiwen-reader').count()).toBe(0);
  });
});

test('the nearest passages of what the plans do not say open likewise', async () => {
  const page = await opened.newPage();
  await withReader(page);
  await page.goto(opened.url);
  await ask(page, '四川要建的20个近零碳排放开发区是哪20个？');
  await page.locator('.quoted a').last().click();
  const { related } = await opened.assistant.ask({ question: '四川要建的20个近零碳排放开发区是哪20个？' });
  await expect
    .poll(async () => JSON.parse((await page.locator('guiwen-reader').textContent()) || '{}').start)
    .toBe(related.at(-1)!.start);
});

describe('with the real reader', () => {
  /** What is highlighted as the quote, white space aside. */
  const highlighted = async (page: Page) =>
    (await page.locator('guiwen-reader mark.quote-current').allTextContents()).join('').replace(/\s/g, '');

  test('a first-time visitor gets to a highlighted source in two actions', async () => {
    const page = await opened.newPage();
    await page.goto(opened.url);
    const answered = page.waitForEvent('console', (message) => message.text().startsWith('quote:'));
    await page.evaluate(() => {
      document.addEventListener('guiwen-answer', (event) => {
        console.log(`quote:${(event as CustomEvent).detail.answer.citations[0].quote}`);
      });
    });
    await page.locator('.pill').first().click();
    await page.locator('.prose .chip').first().click();
    const quote = (await answered).text().slice('quote:'.length).replace(/\s/g, '');
    expect(quote.length).toBeGreaterThan(5);
    await expect.poll(() => highlighted(page)).toBe(quote);
    await expect.poll(() => page.locator('guiwen-reader mark.quote-current').first().isVisible()).toBe(true);
  });

  test('in a page of somebody else, under a strict policy', async () => {
    let server = '';
    const host = await opened.host(
      () => `<p>办公网</p><script src="${server}/widget.js" data-server="${server}"></script>`,
      () => ({
        'content-security-policy': `default-src 'none'; script-src ${server}; connect-src ${server}`,
      }),
    );
    server = (await opened.serve({ embedOrigins: [host] })).url;
    const page = await opened.newPage();
    const refused: string[] = [];
    page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
    await page.goto(host);
    await page.getByRole('button', { name: '问规划' }).click();
    await ask(page);
    await page.locator('.prose .chip').first().click();
    await expect.poll(() => highlighted(page)).toBe((await citations())[0]!.quote.replace(/\s/g, ''));
    // The page has no icon, which is no concern of the chat.
    expect(refused.filter((text) => !/favicon/.test(text))).toEqual([]);
  });
});
