/** For everyone: keyboard, screen reader, either theme, small screens, no motion. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openBrowser } from './opened.ts';

const opened = openBrowser();

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const FOUND = '四川近零碳排放开发区2025年建几个';
const TABLE = '各规划2025年的森林覆盖率目标分别是多少？';
const MISSING = '四川要建的20个近零碳排放开发区是哪20个？';

async function ask(page: Page, question: string): Promise<void> {
  const before = await page.locator('.entry').count();
  await page.locator('#question').fill(question);
  await page.locator('#question').press('Enter');
  await expect.poll(() => page.locator('.entry[data-state=answered]').count()).toBe(before + 1);
}

/** What axe finds wrong, as “rule: element”. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    interface Found {
      violations: { id: string; nodes: { target: unknown[]; failureSummary: string }[] }[];
    }
    const { axe } = window as never as { axe: { run(what: Document, how: object): Promise<Found> } };
    const { violations } = await axe.run(document, { runOnly: rules });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)} ${failureSummary}`),
    );
  }, RULES);
}

/** What has the focus, through shadow trees: its name, or its text. */
const focused = (page: Page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
  });

/** Presses Tab until something whose name matches has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (name.test(now)) return;
    seen.push(now);
  }
  throw new Error(`Tab never came to ${name}, but to ${seen.join(' | ')}`);
}

describe.each(['light', 'dark'] as const)('axe finds nothing wrong in the %s theme', (colorScheme) => {
  test('on the page: at the start, with answers, a comment, a quote shown, an error', async () => {
    const page = await opened.newPage({ colorScheme, bypassCSP: true });
    await page.goto(opened.url);
    await page.locator('.pill').first().waitFor();
    expect(await violations(page)).toEqual([]);
    for (const question of [FOUND, TABLE, MISSING]) await ask(page, question);
    await page.getByRole('button', { name: '有用', exact: true }).last().click();
    await page.locator('.comment').waitFor();
    await page.locator('.chip').first().focus();
    await expect.poll(() => page.locator('.peek').isVisible()).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.route('**/api/v1/ask', (route) => route.abort());
    await page.locator('#question').fill('x');
    await page.locator('#question').press('Enter');
    await page.locator('.entry .error').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('in a page of somebody else: closed and open', async () => {
    let server = '';
    const host = await opened.host(
      () =>
        `<!doctype html><html lang="zh"><title>办公网</title><main><h1>办公网</h1></main><script src="${server}/widget.js" data-server="${server}"></script>`,
    );
    server = (await opened.serve({ embedOrigins: [host] })).url;
    const page = await opened.newPage({ colorScheme });
    await page.goto(host);
    await page.getByRole('button', { name: '问规划' }).waitFor();
    // That everything stands in a landmark is for the page around to see to.
    const wrong = async () => (await violations(page)).filter((line) => !line.startsWith('region:'));
    expect(await wrong()).toEqual([]);
    await page.getByRole('button', { name: '问规划' }).click();
    await ask(page, FOUND);
    expect(await wrong()).toEqual([]);
  });
});

describe('with the keyboard alone', () => {
  test('one chooses a plan, asks, reads a quote, rates, and begins anew', async () => {
    const page = await opened.newPage();
    await page.goto(opened.url);
    await page.locator('.pill').first().waitFor();
    await tabTo(page, /^$/);
    await page.keyboard.press('Space');
    await expect.poll(() => page.locator('.below').textContent()).toContain('限 1 份规划');
    await page.keyboard.press('Space');
    await tabTo(page, /目标/);
    await page.keyboard.press('Enter');
    await page.locator('.entry[data-state=answered]').waitFor();
    // Where one goes on from is the question, not the page's beginning.
    await tabTo(page, /^引文 1/);
    await expect.poll(() => page.locator('.peek').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.peek').isVisible()).toBe(false);
    await tabTo(page, /^有用$/);
    await page.keyboard.press('Enter');
    await tabTo(page, /^$/);
    await page.keyboard.type('清楚');
    await tabTo(page, /^提交意见$/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.below').textContent()).toContain('已收到');
    await tabTo(page, /^问题$/);
    await page.keyboard.type(FOUND);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.entry[data-state=answered]').count()).toBe(2);
    await page.locator('#question').focus();
    for (let presses = 0; presses < 40 && !/新对话/.test(await focused(page)); presses++) {
      await page.keyboard.press('Shift+Tab');
    }
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.entry').count()).toBe(0);
    expect(await focused(page)).toBe('问题');
  });

  test('one opens the panel, asks, and closes it; the focus follows', async () => {
    let server = '';
    const host = await opened.host(
      () => `<button>甲</button><script src="${server}/widget.js" data-server="${server}"></script>`,
    );
    server = (await opened.serve({ embedOrigins: [host] })).url;
    const page = await opened.newPage();
    await page.goto(host);
    await page.getByRole('button', { name: '问规划' }).waitFor();
    await tabTo(page, /^问规划$/);
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('问题');
    await page.keyboard.type(FOUND);
    await page.keyboard.press('Enter');
    await page.locator('.entry[data-state=answered]').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe('问规划');
    expect(await page.locator('.panel').count()).toBe(0);
    // The conversation is still there.
    await page.keyboard.press('Enter');
    await page.locator('.entry[data-state=answered]').waitFor();
  });
});

test('a screen reader is told that an answer is being made, and the answer', async () => {
  const page = await opened.newPage();
  await page.goto(opened.url);
  await ask(page, FOUND);
  await expect
    .poll(() => page.locator('[role=status]').textContent())
    .toMatch(/^已回答。.*20个近零碳排放开发区/);
  await ask(page, MISSING);
  await expect.poll(() => page.locator('[role=status]').textContent()).toMatch(/^规划没有说。/);
});

describe('on a phone', () => {
  const PHONE = { viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true };

  test('nothing is cut off, plans are folded away, and every target is large enough', async () => {
    const page = await opened.newPage(PHONE);
    await page.goto(opened.url);
    await page.locator('.pill').first().waitFor();
    expect(await page.locator('.plans input').first().isVisible()).toBe(false);
    for (const question of [TABLE, MISSING]) await ask(page, question);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBe(375);
    const log = page.locator('.log');
    expect(await log.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    const small = await page
      .locator('button:visible, textarea:visible, .chip:visible, summary:visible')
      .evaluateAll((targets) =>
        targets
          .map((target) => ({ name: target.textContent, box: target.getBoundingClientRect() }))
          .filter(({ box }) => box.width < 24 || box.height < 24)
          .map(({ name }) => name),
      );
    expect(small).toEqual([]);

    await page.locator('summary').tap();
    await page.locator('.plans input').first().tap();
    await expect.poll(() => page.locator('summary').textContent()).toContain('限 1 份规划');
  });

  test('the panel on a page of somebody else fills the screen', async () => {
    let server = '';
    const host = await opened.host(
      () =>
        `<meta name="viewport" content="width=device-width"><script src="${server}/widget.js" data-server="${server}"></script>`,
    );
    server = (await opened.serve({ embedOrigins: [host] })).url;
    const page = await opened.newPage(PHONE);
    await page.goto(host);
    await page.getByRole('button', { name: '问规划' }).tap();
    await expect
      .poll(() => page.locator('.panel').boundingBox())
      .toEqual({ x: 0, y: 0, width: 375, height: 667 });
    await ask(page, FOUND);
    await page.getByRole('button', { name: '关闭' }).tap();
    await page.getByRole('button', { name: '问规划' }).waitFor();
  });
});

test('who wants no motion gets none', async () => {
  const page = await opened.newPage({ reducedMotion: 'reduce' });
  await page.route('**/api/v1/ask', () => {});
  await page.goto(opened.url);
  await page.locator('#question').fill('x');
  await page.locator('#question').press('Enter');
  await page.locator('.dots').waitFor();
  const animation = await page
    .locator('.dots')
    .evaluate((element) => getComputedStyle(element).animationName);
  expect(animation).toBe('none');
});

test('a small window of a large zoom still scrolls to everything', async () => {
  // 1280 pixels at 400 %.
  const page = await opened.newPage({ viewport: { width: 320, height: 256 } });
  await page.goto(opened.url);
  await ask(page, FOUND);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  await page.getByRole('button', { name: '有用', exact: true }).scrollIntoViewIfNeeded();
});
