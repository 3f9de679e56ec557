/** Hostile plan text, questions and model output: everywhere it is shown, it is text. */
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Answer, Citation } from '../../src/answer/types.ts';
import { openBrowser } from './opened.ts';

const opened = openBrowser();

const ATTACKS = [
  '<img src=x onerror="window.hit=1">',
  '<script>window.hit=2</script>',
  '"><svg onload=window.hit=3>',
  '<iframe srcdoc="<script>parent.hit=4</script>"></iframe>',
  '[点这里](javascript:window.hit=5)',
  '<a href="javascript:window.hit=6">链接</a>',
  '![](x" onerror="window.hit=7)',
  '{{constructor.constructor("window.hit=8")()}}',
  '<!--lit-part--><?lit$1$?>{{window.hit=9}}',
  'javascript:window.hit=10',
];
const ATTACK = ATTACKS.join(' ');

/** Everything in all shadow trees of the page that could do harm, and where its links lead. */
async function harmIn(page: Page) {
  return page.evaluate(() => {
    const found: string[] = [];
    const links = new Set<string>();
    const walk = (root: Document | ShadowRoot) => {
      for (const element of root.querySelectorAll('*')) {
        const name = element.localName;
        const own = root !== document;
        if (own && ['script', 'iframe', 'object', 'embed', 'base', 'form[action]'].includes(name))
          found.push(name);
        if (own && name === 'img' && element.getAttribute('src') !== '/favicon.svg') found.push(name);
        for (const { name: attribute } of element.attributes)
          if (/^on/i.test(attribute)) found.push(attribute);
        if (element instanceof HTMLAnchorElement) links.add(new URL(element.href).protocol);
        if (element.shadowRoot) walk(element.shadowRoot);
      }
    };
    walk(document);
    return { found, links: [...links], hit: (window as never as { hit?: number }).hit };
  });
}

const HARMLESS = { found: [], links: ['http:'], hit: undefined };

function hostileAnswer(status: Answer['status']): Answer {
  const citation: Citation = {
    n: 1,
    passageId: ATTACK,
    plan: { id: '"><img src=x onerror=hit=1>/../javascript:hit=1', title: ATTACK },
    path: [ATTACK],
    label: ATTACK,
    quote: ATTACK,
    start: 0,
    end: 10,
  };
  return {
    id: randomUUID(),
    status,
    ...(status === 'not_found' ? { reason: '__proto__' as never } : {}),
    mode: 'generated',
    question: ATTACK,
    answer: `${ATTACK}[1](javascript:hit=1)\n\n- ${ATTACK}\n\n| ${ATTACK} | b |\n|---|---|\n| **${ATTACK}** | [1] |\n\n# ${ATTACK}\n> ${ATTACK}`,
    citations: [citation],
    notices: [ATTACK],
    related: status === 'not_found' ? [citation] : [],
    followUps: [ATTACK],
    tookMs: 1,
  };
}

test.each(['answered', 'not_found'] as const)(
  'a hostile answer (%s) does nothing and is shown as it is',
  async (status) => {
    const server = await opened.serve({
      assistant: {
        ask: async (_request, options) => {
          options?.onEvent?.({ type: 'status', text: ATTACK });
          options?.onEvent?.({ type: 'delta', text: ATTACK });
          return hostileAnswer(status);
        },
        plans: () =>
          opened.assistant
            .plans()
            .map((plan) => ({ ...plan, title: ATTACK, issuer: ATTACK, regions: [ATTACK] })),
      },
    });
    const page = await opened.newPage();
    await page.goto(server.url);
    await page.locator('#question').fill(ATTACK);
    await page.locator('#question').press('Enter');
    await page.locator('.entry[data-state=answered]').waitFor();
    await page.locator('.prose .chip').first().hover();
    await expect.poll(() => page.locator('.peek').isVisible()).toBe(true);
    expect(await page.locator('.peek').textContent()).toContain(ATTACK);
    for (const attack of ATTACKS) expect(await page.locator('.entry').textContent()).toContain(attack);
    expect(await harmIn(page)).toEqual(HARMLESS);
    // What was kept is shown again.
    await page.reload();
    await page.locator('.entry[data-state=answered]').waitFor();
    expect(await harmIn(page)).toEqual(HARMLESS);
    // The chip's address leads to the server's own pages, whatever the plan is called.
    const hrefs = await page
      .locator('.chip')
      .evaluateAll((chips) => chips.map((chip) => (chip as HTMLAnchorElement).href));
    expect(hrefs.length).toBeGreaterThan(0);
    for (const href of hrefs) expect(href.startsWith(`${server.url}/plans/%22%3E%3Cimg`)).toBe(true);
  },
);

test('a hostile error does nothing', async () => {
  const page = await opened.newPage();
  await page.route('**/api/v1/ask', (route) =>
    route.fulfill({ status: 500, json: { error: { code: ATTACK, message: ATTACK } } }),
  );
  await page.goto(opened.url);
  await page.locator('#question').fill('x');
  await page.locator('#question').press('Enter');
  await page.locator('.entry[data-state=failed]').waitFor();
  expect(await page.locator('.entry .error').textContent()).toBe(ATTACK);
  expect(await harmIn(page)).toMatchObject({ found: [], hit: undefined });
});

test('a server address that is none is not followed', async () => {
  const page = await opened.newPage();
  await page.goto(opened.url);
  const asked = page.waitForRequest('**/api/v1/ask');
  await page.evaluate(() => {
    const chat = document.createElement('guiwen-chat') as HTMLElement & { ask(q: string): Promise<unknown> };
    chat.setAttribute('server', 'javascript:window.hit=1//');
    document.body.append(chat);
    void chat.ask('x');
  });
  expect((await asked).url()).toBe(`${opened.url}/api/v1/ask`);
});
