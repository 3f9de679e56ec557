/** The source reader in a real browser: what a link opens, and what can be done from there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openAssistant } from '../../src/assistant.ts';
import { openBrowser } from './opened.ts';
import { expectHighlighted, highlighted, isSeen, readingOf, violations, words } from './reading.ts';

const opened = openBrowser();
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

interface Place {
  readonly start: number;
  readonly end: number;
}
const hash = (...places: Place[]) => `#${places.map(({ start, end }) => `${start}-${end}`).join(',')}`;

async function read(path: string, options?: Parameters<typeof opened.newPage>[0]): Promise<Page> {
  const page = await opened.newPage(options);
  await page.goto(opened.url + path);
  await page.locator('.pane .chunk').first().waitFor({ state: 'attached' });
  return page;
}

/** Where words stand in a plan. */
function placeOf(plan: string, quote: string): Place {
  const start = opened.assistant.text(plan).text.indexOf(quote);
  expect(start, quote).toBeGreaterThan(0);
  return { start, end: start + quote.length };
}

const label = (page: Page) => page.locator('.where .label').textContent();

describe('a link opens the plan at the quote', () => {
  test('in a paragraph: exactly those words are highlighted, seen, and named as one cites them', async () => {
    const quote = '协同开展红旗水库、老鹰水库等跨界饮用水水源地保护';
    const page = await read(`/plans/sichuan-2025${hash(placeOf('sichuan-2025', quote))}`);
    await expectHighlighted(page, quote);
    await expect.poll(() => label(page)).toBe('六、（四） 第1段');
    expect(await page.locator('.item.here').textContent()).toContain('加强饮用水水源地保护');
  });

  test('of an answer’s citation', async () => {
    const { citations } = await opened.assistant.ask({ question: '四川近零碳排放开发区2025年建几个' });
    const [citation] = citations;
    const page = await read(`/plans/${citation!.plan.id}${hash(citation!)}`);
    await expectHighlighted(page, citation!.quote);
    await expect.poll(() => label(page)).toBe(citation!.label);
  });

  test('in a table: the row’s cells are highlighted, and no other row’s', async () => {
    const row = opened.assistant.indicators({ plan: 'chongqing-2025', name: '森林覆盖率' }).at(-1)!;
    const page = await read(`/plans/chongqing-2025${hash(row)}`);
    await expectHighlighted(page, row.citation.quote);
    expect(await page.locator('td.quoted').allTextContents()).toEqual([
      '6',
      '森林覆盖率（%）',
      '52.5',
      '57',
      '约束性',
    ]);
    expect(await page.locator('table[aria-label*=核心指标] th').first().textContent()).toBe('序号');
    await expect.poll(() => label(page)).toBe('专栏2 第6项');
  });

  test('across the cells of several rows, one of them torn by a page break', async () => {
    const rows = opened.assistant.indicators({ plan: 'jiangjin-2025' });
    const torn = rows.find(({ citation }) => citation.quote.includes('\n'))!;
    const after = rows[rows.indexOf(torn) + 1]!;
    // From the middle of the torn row to the middle of the next.
    const place = { start: torn.start + 2, end: after.start + 6 };
    const page = await read(`/plans/jiangjin-2025${hash(place)}`);
    await expect
      .poll(async () => [...(await highlighted(page))].sort().join(''))
      .toBe([...words(opened.assistant.text('jiangjin-2025', place).text)].sort().join(''));
    expect(await isSeen(page, 'mark.quote-current')).toBe(true);
  });

  test('across a heading and the paragraphs around it', async () => {
    const { outline, text } = {
      outline: opened.assistant.outline('sichuan-2025'),
      text: opened.assistant.text('sichuan-2025').text,
    };
    const { start } = outline.children[2]!;
    const place = { start: start - 30, end: start + 60 };
    const page = await read(`/plans/sichuan-2025${hash(place)}`);
    await expectHighlighted(page, text.slice(place.start, place.end));
  });

  test('also by the older address', async () => {
    const place = placeOf('sichuan-2025', '成渝地区双城经济圈');
    const page = await read(`/plans/sichuan-2025?start=${place.start}&end=${place.end}`);
    await expectHighlighted(page, '成渝地区双城经济圈');
  });

  test('and follows when the address changes', async () => {
    const [first, second] = [placeOf('sichuan-2025', '老鹰水库'), placeOf('sichuan-2025', '碳排放')];
    const page = await read(`/plans/sichuan-2025${hash(first)}`);
    await expectHighlighted(page, '老鹰水库');
    await page.evaluate((to) => {
      location.hash = to;
    }, hash(second));
    await expectHighlighted(page, '碳排放');
    await page.goBack();
    await expectHighlighted(page, '老鹰水库');
  });

  test.each(['', '#', '#x', '#9-3', '#5', '#-1-9', '#n99.99', '#%E4%BD%A0'])(
    'at its beginning, if it ends in “%s”',
    async (bad) => {
      const page = await read(`/plans/sichuan-2025${bad}`);
      await expect.poll(() => isSeen(page, '.chunk > *')).toBe(true);
      expect(await highlighted(page)).toBe('');
      expect(await page.locator('.notice').count()).toBe(0);
    },
  );

  test('at its beginning with a word of explanation, if the place lies behind its end', async () => {
    const page = await read('/plans/sichuan-2025#99999990-99999999');
    await expect.poll(() => page.locator('.notice').textContent()).toContain('不在这份规划之内');
    expect(await highlighted(page)).toBe('');
  });

  test('at a heading', async () => {
    const page = await read('/plans/sichuan-2025#n7.4');
    await expect.poll(() => isSeen(page, '.heading:has-text("（四）加强饮用水水源地保护")')).toBe(true);
  });
});

test('of several places the first is shown; next and previous go through them', async () => {
  const quotes = ['老鹰水库', '碳排放', '成渝地区双城经济圈'];
  const places = quotes.map((quote) => placeOf('sichuan-2025', quote));
  const page = await read(`/plans/sichuan-2025${hash(...places)}`);
  const previous = page.getByRole('button', { name: '上一条引文' });
  const next = page.getByRole('button', { name: '下一条引文' });
  await expectHighlighted(page, quotes[0]!);
  expect(await previous.isDisabled()).toBe(true);
  await next.click();
  await expectHighlighted(page, quotes[1]!);
  expect(await page.locator('.where').textContent()).toContain('引文 2/3');
  await next.click();
  await expectHighlighted(page, quotes[2]!);
  expect(await next.isDisabled()).toBe(true);
  await previous.click();
  await expectHighlighted(page, quotes[1]!);
});

describe('as a component', () => {
  test('shows an answer’s citations in several plans, and says when it is closed', async () => {
    const [a, b] = [
      opened.assistant.indicators({ plan: 'chongqing-2025', name: '森林覆盖率' }).at(-1)!.citation,
      opened.assistant.indicators({ plan: 'jiangjin-2025', name: '森林覆盖率' }).at(-1)!.citation,
    ];
    const page = await opened.newPage();
    await page.goto(`${opened.url}/docs`);
    await page.addScriptTag({ url: `${opened.url}/reader.js` });
    await page.evaluate(
      ({ a, b }) => {
        const reader = document.createElement('guiwen-reader') as HTMLElement & { show(what: object): void };
        document.body.replaceChildren(reader);
        reader.style.height = '700px';
        reader.addEventListener('guiwen-reader-close', () => reader.remove());
        reader.show({ plan: a.plan.id, start: a.start, end: a.end, citations: [a, b] });
      },
      { a, b },
    );
    await expectHighlighted(page, a.quote);
    expect(await page.locator('.title').textContent()).toBe(a.plan.title);
    await page.getByRole('button', { name: '下一条引文' }).click();
    await expectHighlighted(page, b.quote);
    expect(await page.locator('.title').textContent()).toBe(b.plan.title);
    expect(await label(page)).toBe(b.label);
    const own = await page.getByRole('link', { name: '在新页面打开，可打印' }).getAttribute('href');
    expect(own).toBe(`/plans/${b.plan.id}#${b.start}-${b.end}`);
    await page.getByRole('button', { name: '关闭原文' }).click();
    expect(await page.locator('guiwen-reader').count()).toBe(0);
  });

  test('says what is wrong when the server is gone, and tries again', async () => {
    const page = await opened.newPage();
    let gone = true;
    await page.route('**/blocks', (route) => (gone ? route.abort() : route.continue()));
    await page.goto(`${opened.url}/plans/sichuan-2025`);
    await expect.poll(() => page.locator('.failed').textContent()).toContain('连不上服务');
    gone = false;
    await page.getByRole('button', { name: '重试' }).click();
    await expect.poll(() => page.locator('.pane').textContent()).toContain('生态环境保护形势');
  });
});

describe('search within the plan', () => {
  const count = (page: Page) => page.locator('.count').textContent();
  const current = (page: Page) => page.locator('mark.found-current').allTextContents();
  const field = (page: Page) => page.getByRole('searchbox', { name: '在本规划中查找' });

  test('counts what is found and goes through it by Enter, by F3 and by buttons', async () => {
    const page = await read('/plans/sichuan-2025');
    const { text } = opened.assistant.text('sichuan-2025');
    const all = text.split('饮用水水源').length - 1;
    await field(page).fill('饮用水水源');
    await expect.poll(() => count(page)).toBe(`1/${all}`);
    await expect.poll(() => isSeen(page, 'mark.found-current')).toBe(true);
    await field(page).press('Enter');
    await expect.poll(() => count(page)).toBe(`2/${all}`);
    await page.keyboard.press('F3');
    await expect.poll(() => count(page)).toBe(`3/${all}`);
    await page.keyboard.press('Shift+F3');
    await field(page).press('Shift+Enter');
    await expect.poll(() => count(page)).toBe(`1/${all}`);
    await page.getByRole('button', { name: '上一处' }).click();
    await expect.poll(() => count(page)).toBe(`${all}/${all}`);
    await expect.poll(() => isSeen(page, 'mark.found-current')).toBe(true);
    await page.getByRole('button', { name: '下一处' }).click();
    await expect.poll(() => count(page)).toBe(`1/${all}`);
    await field(page).press('Escape');
    await expect.poll(() => page.locator('mark.found').count()).toBe(0);
  });

  test.each([
    ['full-width letters', 'ＰＭ２．５', 'PM2.5'],
    ['lower case', 'pm2.5', 'PM2.5'],
    ['white space left out', '单位GDP', '单位GDP'],
  ])('takes no heed of %s', async (_what, query, found) => {
    const page = await read('/plans/jiangjin-2025');
    await field(page).fill(query);
    await expect.poll(async () => words((await current(page)).join('')).toUpperCase()).toBe(found);
  });

  test('leaves Enter to whoever is composing Chinese', async () => {
    const page = await read('/plans/sichuan-2025');
    await field(page).fill('饮用水水源');
    await expect.poll(() => count(page)).toMatch(/^1\//);
    const enter = (composing: boolean) =>
      field(page).dispatchEvent('keydown', { key: 'Enter', isComposing: composing, bubbles: true });
    await enter(true);
    await enter(false);
    await expect.poll(() => count(page)).toMatch(/^2\//);
  });

  test('says so when nothing is found', async () => {
    const page = await read('/plans/sichuan-2025');
    await field(page).fill('南极科考站');
    await expect.poll(() => count(page)).toBe('无');
    await expect.poll(() => page.getByRole('status').allTextContents()).toContain('没有找到“南极科考站”');
    expect(await page.getByRole('button', { name: '下一处' }).isDisabled()).toBe(true);
  });

  test('finds within the quote, which stays highlighted', async () => {
    const quote = '协同开展红旗水库、老鹰水库等跨界饮用水水源地保护';
    const page = await read(`/plans/sichuan-2025${hash(placeOf('sichuan-2025', quote))}`);
    await field(page).fill('老鹰水库');
    await expect.poll(() => current(page)).toEqual(['老鹰水库']);
    await expectHighlighted(page, quote);
  });
});

describe('the link', () => {
  test('that is copied opens exactly there', async () => {
    const place = placeOf('sichuan-2025', '老鹰水库');
    const page = await read(`/plans/sichuan-2025${hash(place)},1-5`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('button', { name: '复制链接' }).click();
    await expect.poll(() => page.getByRole('status').allTextContents()).toContain('链接已复制');
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toBe(`${opened.url}/plans/sichuan-2025${hash(place)}`);
    await page.goto('about:blank');
    await page.goto(link);
    await expectHighlighted(page, '老鹰水库');
  });

  test('is shown to be copied by hand where pages may not copy', async () => {
    const page = await opened.newPage();
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
      document.execCommand = () => false;
    });
    await page.goto(`${opened.url}/plans/sichuan-2025#5-9`);
    await page.getByRole('button', { name: '复制链接' }).click();
    expect(await page.locator('.link input').inputValue()).toBe(`${opened.url}/plans/sichuan-2025#5-9`);
  });
});

describe('the outline', () => {
  test('opens, closes and goes to headings by keyboard alone', async () => {
    const page = await read('/plans/sichuan-2025');
    const focus = () =>
      page.evaluate(() =>
        document.querySelector('guiwen-reader')?.shadowRoot?.activeElement?.textContent?.trim(),
      );
    await page.locator('[role=treeitem][tabindex="0"]').focus();
    await page.keyboard.press('Home');
    await expect.poll(focus).toContain('前言');
    await page.keyboard.press('ArrowDown');
    await expect.poll(focus).toContain('一、生态环境保护形势');
    await page.keyboard.press('ArrowRight');
    const item = page.locator('[data-node="2"]');
    await expect.poll(() => item.getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('ArrowRight');
    await expect.poll(focus).toContain('（一）');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(focus).toContain('一、生态环境保护形势');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => item.getAttribute('aria-expanded')).toBe('false');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const last = opened.assistant.outline('sichuan-2025').children.at(-1)!.heading;
    await expect.poll(() => isSeen(page, `.heading:text-is("${last}")`)).toBe(true);
  });

  test('marks the section that is read while the text is scrolled', async () => {
    const page = await read('/plans/sichuan-2025');
    await page.locator('.pane').hover();
    await page.mouse.wheel(0, 20_000);
    await expect.poll(() => page.locator('[aria-current=true]').getAttribute('data-node')).not.toBe('1');
    const here = await page.locator('[aria-current=true]').getAttribute('aria-level');
    expect(Number(here)).toBeGreaterThan(0);
  });

  test('a keyboard walk comes from the page’s beginning to tools, search, outline and text', async () => {
    const page = await read('/plans/sichuan-2025#100-120,200-220');
    await page.evaluate(() =>
      (document.querySelector('guiwen-reader')?.shadowRoot?.activeElement as HTMLElement)?.blur(),
    );
    const seen: string[] = [];
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      seen.push(
        await page.evaluate(() => {
          const element = document.querySelector('guiwen-reader')?.shadowRoot?.activeElement;
          return `${element?.tagName} ${element?.getAttribute('title') ?? element?.getAttribute('role') ?? element?.className}`;
        }),
      );
    }
    const order = [
      'BUTTON 复制',
      'BUTTON 打印',
      'A ',
      'BUTTON toggle',
      'BUTTON next',
      'INPUT',
      'treeitem',
      'region',
    ];
    let from = 0;
    for (const part of order) {
      const at = seen.slice(from).findIndex((name) => name.includes(part));
      expect(at, `${part} in ${seen.join(' | ')}`).toBeGreaterThanOrEqual(0);
      from += at + 1;
    }
  });
});

test('what is known of the plan stands above it; a draft is marked as one', async () => {
  const page = await read('/plans/sichuan-2025');
  expect(await page.locator('h1').textContent()).toBe('四川省“十四五”生态环境保护规划');
  expect(words((await page.locator('.facts').textContent()) ?? '')).toBe('四川省人民政府规划期2021—2025年');
  await page.goto(`${opened.url}/plans/chuanyu-pilot-draft`);
  await expect.poll(() => page.locator('.facts .tag').textContent()).toBe('征求意见稿');
});

test('an unknown plan has a page that says so, in Chinese, with a way home', async () => {
  const page = await opened.newPage();
  const response = await page.goto(`${opened.url}/plans/%3Cimg%20src=x%20onerror=alert(1)%3E`);
  expect(response?.status()).toBe(404);
  expect(await page.locator('h1').textContent()).toBe('没有这份规划');
  expect(await page.locator('img[src=x]').count()).toBe(0);
  await page.getByRole('link', { name: '回到首页' }).click();
  expect(new URL(page.url()).pathname).toBe('/');
});

test('without JavaScript the text is there, tables and all', async () => {
  const page = await opened.newPage({ javaScriptEnabled: false });
  await page.goto(`${opened.url}/plans/chongqing-2025`);
  expect(await page.locator('h1').textContent()).toContain('重庆市生态环境保护');
  expect(await page.locator('table tbody tr').count()).toBeGreaterThan(20);
});

describe.each(['light', 'dark'] as const)('axe finds nothing wrong in the %s theme', (colorScheme) => {
  test('with a quote, search results and a draft', async () => {
    const row = opened.assistant.indicators({ plan: 'chongqing-2025', name: '森林覆盖率' }).at(-1)!;
    const page = await read(`/plans/chongqing-2025${hash(row, { start: 100, end: 200 })}`, { colorScheme });
    await expectHighlighted(page, row.citation.quote);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('searchbox').fill('森林');
    await expect.poll(() => page.locator('mark.found').count()).toBeGreaterThan(0);
    expect(await violations(page)).toEqual([]);
    await page.goto(`${opened.url}/plans/chuanyu-pilot-draft#99999990-99999999`);
    await page.locator('.notice').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('on a phone with the outline open', async () => {
    const page = await read('/plans/jiangjin-2025', { colorScheme, ...PHONE });
    await page.locator('.toggle').tap();
    await page.locator('.outline').waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

test('on a phone the text has the screen, and the outline lies over it when asked for', async () => {
  const row = opened.assistant.indicators({ plan: 'chongqing-2025', name: '森林覆盖率' }).at(-1)!;
  const page = await read(`/plans/chongqing-2025${hash(row)}`, PHONE);
  await expectHighlighted(page, row.citation.quote);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await page.locator('.outline').count()).toBe(0);
  await page.locator('.toggle').tap();
  await page.getByRole('treeitem', { name: '第十章' }).tap();
  await expect.poll(() => isSeen(page, '.heading:has-text("第十章")')).toBe(true);
  expect(await page.locator('.outline').count()).toBe(0);
  await page.locator('.toggle').tap();
  await page.locator('.outline').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('.outline').count()).toBe(0);
});

test('printed, the whole plan is there from its title on, the quote underlined, the tools gone', async () => {
  const quote = '老鹰水库';
  const page = await opened.newPage();
  // The browser never has time to spare: what is printed is rendered for printing.
  await page.addInitScript(() => {
    window.requestIdleCallback = () => 0;
  });
  await page.goto(`${opened.url}/plans/sichuan-2025${hash(placeOf('sichuan-2025', quote))}`);
  await expectHighlighted(page, quote);
  // Browsers print as soon as they have said that they will.
  const empty = await page.evaluate(() => {
    const { shadowRoot } = document.querySelector('guiwen-reader') as Element;
    const count = () => shadowRoot?.querySelectorAll('.chunk:empty').length;
    const before = count();
    dispatchEvent(new Event('beforeprint'));
    return { before, after: count() };
  });
  expect(empty.before).toBeGreaterThan(0);
  expect(empty.after).toBe(0);
  await page.emulateMedia({ media: 'print' });
  const { text } = opened.assistant.text('sichuan-2025');
  await expect
    .poll(async () => words((await page.locator('.pane').textContent()) ?? '').length)
    .toBe(words(text).length);
  for (const tool of ['.tools', '.search', '.outline', '.toggle']) {
    expect(await page.locator(tool).isVisible()).toBe(false);
  }
  const style = await page.locator('mark.quote-current').evaluate((mark) => {
    const pane = getComputedStyle(mark.closest('.pane') as Element);
    return [getComputedStyle(mark).textDecorationLine, pane.overflowY, pane.color];
  });
  expect(style).toEqual(['underline', 'visible', 'rgb(0, 0, 0)']);
  const pdf = await page.pdf({ format: 'A4' });
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
  expect(pages.length).toBeGreaterThan(10);
});

test('a plan whose text looks like markup is shown as text', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'guiwen-hostile-'));
  try {
    const corpusDir = join(dir, 'corpus');
    mkdirSync(corpusDir);
    const attack = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
    writeFileSync(
      join(corpusDir, '某市“十四五”规划.txt'),
      `某市“十四五”规划</noscript><svg onload=alert(1)>\n\n第一章 总体要求${attack}\n\n第一节 目标\n\n到2025年，${attack}建成水库三座。\n\n指标\t2020年\t2025年\t属性\n${attack}\t1\t2\t约束性\n森林覆盖率（%）\t<b>3\t4\t预期性\n`,
    );
    const assistant = await openAssistant({ corpusDir, indexDir: join(dir, 'index') });
    const { url } = await opened.serve({ assistant });
    const [plan] = assistant.plans();
    const { text } = assistant.text(plan!.id);
    const page = await opened.newPage();
    await page.goto(`${url}/plans/${encodeURIComponent(plan!.id)}#0-${text.length}`);
    await expectHighlighted(page, text);
    expect(text).toContain('onerror=');
    expect(await page.locator('.pane img, .pane script, .pane svg, .pane b, .outline img').count()).toBe(0);
    await page.goto(`${url}/indicators`);
    await expect.poll(() => page.locator('.board').textContent()).toContain('森林覆盖率');
    expect(await page.locator('.board img, .board script, .board b').count()).toBe(0);
    expect(await page.title()).not.toContain('owned');
    const plain = await opened.newPage({ javaScriptEnabled: false });
    await plain.goto(`${url}/plans/${encodeURIComponent(plan!.id)}`);
    expect(await plain.locator('main.source img, main.source script, svg').count()).toBe(0);
    await assistant.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

describe('a plan of two million characters', () => {
  const sentence = '加强生态环境保护，推进绿色发展，健全责任体系，完善监督机制，建设美丽家园。';
  const long = Array.from({ length: 60 }, (_c, chapter) =>
    [
      `第${chapter + 1}章 工作任务之${chapter + 1}`,
      ...Array.from(
        { length: 110 },
        (_p, n) => `本章第${n + 1}项：${sentence.repeat(8)}共计${chapter * 1000 + n}处。`,
      ),
    ].join('\n\n'),
  ).join('\n\n');

  test('opens at a late quote without rendering what lies before it, and scrolls on from there', async () => {
    const reading = await readingOf(long, 'long');
    const { text } = reading.text!('long');
    expect(text.length).toBeGreaterThan(2_000_000);
    const { url } = await opened.serve({ assistant: reading });
    const quote = '共计58090处';
    const start = text.indexOf(quote);
    const page = await opened.newPage();
    await page.addInitScript(() => {
      addEventListener('guiwen-reader-shown', (event) => {
        const { shadowRoot } = event.composedPath()[0] as HTMLElement;
        const chunks = [...shadowRoot!.querySelectorAll('.chunk')];
        Object.assign(window, {
          atFirst: {
            chunks: chunks.length,
            rendered: chunks.filter((chunk) => chunk.childElementCount > 0).length,
            elements: shadowRoot!.querySelectorAll('*').length,
          },
        });
      });
    });
    await page.goto(`${url}/plans/long#${start}-${start + quote.length}`);
    await expectHighlighted(page, quote);
    const atFirst = await page.evaluate(
      () => (window as never as { atFirst: Record<string, number> }).atFirst,
    );
    expect(atFirst.chunks).toBeGreaterThan(400);
    expect(atFirst.rendered).toBeLessThan(10);
    expect(atFirst.elements).toBeLessThan(1500);
    // What is far away is left out by the browser, too.
    expect(
      await page
        .locator('.chunk')
        .first()
        .evaluate((chunk) => getComputedStyle(chunk).getPropertyValue('content-visibility')),
    ).toBe('auto');
    // The quote stays where it is while the rest is rendered.
    await expect
      .poll(
        () =>
          page.evaluate(
            () =>
              document.querySelector('guiwen-reader')!.shadowRoot!.querySelectorAll('.chunk:empty').length,
          ),
        {
          timeout: 60_000,
        },
      )
      .toBe(0);
    expect(await isSeen(page, 'mark.quote-current')).toBe(true);
    await page.getByRole('searchbox').fill('共计3050处');
    await expect.poll(() => isSeen(page, 'mark.found-current')).toBe(true);
    await page.getByRole('button', { name: '回到引文' }).click();
    await expectHighlighted(page, quote);
  });
});
