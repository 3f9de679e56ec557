/** The indicator board in a real browser. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openBrowser } from './opened.ts';
import { expectHighlighted, violations, words } from './reading.ts';

const opened = openBrowser();
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

async function openBoard(query = '', options?: Parameters<typeof opened.newPage>[0]): Promise<Page> {
  const page = await opened.newPage(options);
  await page.goto(`${opened.url}/indicators${query}`);
  await page.locator('.board').waitFor();
  return page;
}

const rowOf = (page: Page, name: string, about: string) =>
  page.locator('tbody tr', { has: page.locator(`.name:text-is("${name}")`) }).filter({ hasText: about });
const names = async (page: Page) =>
  (await page.locator('.name').allTextContents()).map((name) => name.trim());

test('plans stand side by side, each value with its years, unit and attribute', async () => {
  const page = await openBoard();
  const titles = await page.locator('thead th').allTextContents();
  expect(titles).toEqual([
    '指标',
    ...opened.assistant
      .plans()
      .filter(({ indicators }) => indicators > 0)
      .map(({ title }) => title),
  ]);
  const row = rowOf(page, '森林覆盖率', '目标年：2025');
  expect(await row.locator('th').textContent()).toContain('单位：%');
  const [none, chongqing, jiangjin] = (await row.locator('td').allTextContents()).map(words);
  expect(none).toBe('—');
  expect(chongqing).toContain('52.5（2020年现状值）到→57');
  expect(chongqing).toContain('约束性');
  expect(jiangjin).toContain('51.8（2020年现状值）到→53.8');
});

test('every indicator of every plan is there, and plans without any are named', async () => {
  const page = await openBoard();
  expect(await page.locator('.entry').count()).toBe(opened.assistant.indicators().length);
  const without = opened.assistant.plans().filter(({ indicators }) => indicators === 0);
  for (const { title } of without)
    expect(await page.locator('.board').textContent()).toContain(`《${title}》`);
});

test('a value opens the reader at its row', async () => {
  const page = await openBoard('?name=森林覆盖率');
  const citation = opened.assistant
    .indicators({ plan: 'jiangjin-2025', name: '森林覆盖率' })
    .at(-1)!.citation;
  await rowOf(page, '森林覆盖率', '目标年：2025').locator('td a').last().click();
  await expectHighlighted(page, citation.quote);
  expect(page.url()).toBe(`${opened.url}/plans/jiangjin-2025#${citation.start}-${citation.end}`);
});

test('every link leads to the words it is about', async () => {
  const page = await openBoard();
  const links = await page
    .locator('.entry a')
    .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
  const places = opened.assistant
    .indicators()
    .map(({ citation }) => `${opened.url}/plans/${citation.plan.id}#${citation.start}-${citation.end}`);
  expect(links.sort()).toEqual(places.sort());
});

test('units that differ are pointed out and not converted, and no chart is drawn', async () => {
  const page = await openBoard('?name=森林蓄积量');
  const row = page.locator('tbody tr').first();
  expect(await row.locator('.remark').textContent()).toContain('单位不同');
  expect(await row.locator('.value').allTextContents()).toEqual(['2.4 亿立方米', '850 万立方米']);
  expect(await row.locator('svg').count()).toBe(0);
});

test('where units agree a chart shows baseline and target on one scale, and says the same in words', async () => {
  const page = await openBoard();
  const chart = rowOf(page, '森林覆盖率', '目标年：2025').locator('svg');
  expect(await chart.getAttribute('aria-label')).toMatch(/图：\S+ 52\.5 到 57，\S+ 51\.8 到 53\.8（%）/);
  const x = (selector: string) =>
    chart.locator(selector).evaluateAll((dots) => dots.map((dot) => Number(dot.getAttribute('cx'))));
  const [from, to] = [await x('.from'), await x('.to')];
  // 51.8 < 52.5 < 53.8 < 57
  expect(from[1]).toBeLessThan(from[0]!);
  expect(from[0]).toBeLessThan(to[1]!);
  expect(to[1]).toBeLessThan(to[0]!);
});

describe('what is shown can be narrowed', () => {
  test('by name, as it is typed', async () => {
    const page = await openBoard();
    await page.getByRole('searchbox', { name: '指标名称' }).fill('ｐｍ2.5');
    await expect.poll(async () => (await names(page)).length).toBeLessThan(8);
    for (const name of await names(page)) expect(words(name)).toContain('PM2.5');
  });

  test('by plan, by attribute, by target year, to what plans share', async () => {
    const page = await openBoard();
    const all = (await names(page)).length;
    await page.getByRole('checkbox', { name: '只看多份规划共有的' }).check();
    await expect.poll(async () => (await names(page)).length).toBeLessThan(all / 3);
    const shared = (await names(page)).length;
    await page.getByRole('combobox', { name: '目标年' }).selectOption('2025');
    await expect.poll(async () => (await names(page)).length).toBeLessThan(shared);
    await page.getByRole('checkbox', { name: '只看多份规划共有的' }).uncheck();
    await page.getByRole('combobox', { name: '属性' }).selectOption('预期性');
    const expected = opened.assistant
      .indicators({ plan: 'jiangjin-2025' })
      .filter(({ attribute, target }) => attribute === '预期性' && target?.year === 2025);
    const [, , jiangjin] = await page.getByRole('checkbox').all();
    await jiangjin!.check();
    await expect.poll(async () => (await names(page)).length).toBe(expected.length);
    expect(await page.locator('thead th').count()).toBe(2);
  });

  test('and says so when nothing is left', async () => {
    const page = await openBoard('?name=南极');
    expect(await page.locator('.state').textContent()).toContain('没有符合条件的指标');
  });
});

test('the CSV holds what is shown, and opens no formula', async () => {
  const page = await openBoard('?name=森林覆盖率');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '下载 CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('指标对照.csv');
  const csv = readFileSync(await download.path(), 'utf8');
  const lines = csv.split('\r\n').filter((line) => line !== '');
  expect(csv.startsWith('\ufeff指标,规划,')).toBe(true);
  expect(lines).toHaveLength(1 + opened.assistant.indicators({ name: '森林覆盖率' }).length);
  expect(csv).toContain(`${opened.url}/plans/jiangjin-2025#`);
});

test('on a phone rows are cards that fit the screen', async () => {
  const page = await openBoard('?name=森林', PHONE);
  expect(await page.locator('table').count()).toBe(0);
  expect(await page.locator('.card').count()).toBeGreaterThan(3);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  const card = page.locator('.card').filter({ hasText: '目标年：2025' }).filter({ hasText: '53.8' });
  expect(await card.locator('dt').allTextContents()).toHaveLength(2);
});

test('a value is reached by keyboard, and named with what it is', async () => {
  const page = await openBoard('?name=森林覆盖率');
  const link = rowOf(page, '森林覆盖率', '目标年：2025').locator('td a').last();
  await link.focus();
  expect(words((await link.textContent()) ?? '')).toMatch(
    /（2020年现状值）到→53\.8（2025年目标值），看原文$/,
  );
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/plans\//);
});

test('in print the filters are gone and the table’s head is repeated', async () => {
  const page = await openBoard();
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.filters').isVisible()).toBe(false);
  expect(await page.locator('thead').evaluate((head) => getComputedStyle(head).display)).toBe(
    'table-header-group',
  );
});

test('without JavaScript there is a plain table', async () => {
  const page = await opened.newPage({ javaScriptEnabled: false });
  await page.goto(`${opened.url}/indicators`);
  expect(await page.locator('tbody tr').count()).toBe(opened.assistant.indicators().length);
});

test('when the server is gone it says so, and tries again', async () => {
  const page = await opened.newPage();
  let gone = true;
  await page.route('**/indicators/board', (route) => (gone ? route.abort() : route.continue()));
  await page.goto(`${opened.url}/indicators`);
  await expect.poll(() => page.locator('.failed').textContent()).toContain('连不上服务');
  gone = false;
  await page.getByRole('button', { name: '重试' }).click();
  await page.locator('.board').waitFor();
});

describe.each(['light', 'dark'] as const)('axe finds nothing wrong in the %s theme', (colorScheme) => {
  test.each([
    ['on a wide screen', {}],
    ['on a phone', PHONE],
  ])('%s', async (_where, options) => {
    const page = await openBoard('', { colorScheme, ...options });
    expect(await violations(page)).toEqual([]);
  });
});
