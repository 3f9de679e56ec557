/** The chat on the page at `/`, in a real browser against the real server and corpus. */
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { AskEvent } from '../../src/answer/types.ts';
import type { Assistant } from '../../src/assistant.ts';
import { openBrowser } from './opened.ts';

const opened = openBrowser();

const FOUND = '四川近零碳排放开发区2025年建几个';
const MISSING = '四川要建的20个近零碳排放开发区是哪20个？';

async function open(url = opened.url): Promise<Page> {
  const page = await opened.newPage();
  await page.goto(url);
  await page.locator('#question').waitFor();
  return page;
}

async function ask(page: Page, question: string): Promise<void> {
  await page.locator('#question').fill(question);
  await page.locator('#question').press('Enter');
}

const entry = (page: Page, state = 'answered') => page.locator(`.entry[data-state=${state}]`);

/** The text of an element, once it is there. */
const textOf = async (page: Page, selector: string) =>
  (await page.locator(selector).first().textContent()) ?? '';

/** An assistant whose answers come when the test says so. */
function scripted(
  answers: (tell: (event: AskEvent) => void, signal: AbortSignal | undefined) => Promise<void>,
) {
  const ask: Assistant['ask'] = async (request, options) => {
    await answers((event) => options?.onEvent?.(event), options?.signal);
    return opened.assistant.ask(request, options);
  };
  return { ask };
}

const untilAborted = (signal: AbortSignal | undefined) =>
  new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

describe('an answer', () => {
  test('has numbered chips; hovering or focusing one shows label and quote, Escape hides them', async () => {
    const page = await open();
    await ask(page, FOUND);
    const chip = page.locator('.prose .chip').first();
    await chip.waitFor();
    const { citations } = await opened.assistant.ask({ question: FOUND });
    const { quote, label } = citations[0]!;

    const peek = page.locator('.peek');
    expect(await peek.isVisible()).toBe(false);
    await chip.hover();
    await expect.poll(() => peek.isVisible()).toBe(true);
    expect(await peek.textContent()).toContain(quote);
    expect(await peek.textContent()).toContain(label);
    // The pointer may go to it, to read or select.
    await peek.hover();
    expect(await peek.isVisible()).toBe(true);
    await page.mouse.move(5, 5);
    await expect.poll(() => peek.isVisible()).toBe(false);

    await chip.focus();
    await expect.poll(() => peek.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => peek.isVisible()).toBe(false);
    expect(await chip.getAttribute('aria-label')).toContain(label);
  });

  test('streams: its first words are shown before its last are made', async () => {
    let finish = () => {};
    const server = await opened.serve({
      assistant: scripted(async (tell) => {
        tell({ type: 'status', text: '正在核对引文' });
        tell({ type: 'delta', text: '先说**这些**[' });
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      }),
    });
    const page = await open(server.url);
    await ask(page, FOUND);
    await entry(page, 'asking').locator('.prose').waitFor();
    // A mark that is half there is not shown.
    expect(await textOf(page, '.entry .prose')).toBe('先说这些');
    expect(await textOf(page, '.working')).toContain('正在核对引文');
    expect(await entry(page, 'asking').getAttribute('aria-busy')).toBe('true');
    finish();
    await entry(page).locator('.chip').first().waitFor();
  });

  test('can be stopped: the server stops working, what came stays, and it can be asked again', async () => {
    let signal: AbortSignal | undefined;
    let times = 0;
    const server = await opened.serve({
      assistant: scripted(async (tell, given) => {
        times += 1;
        if (times > 1) return;
        signal = given;
        tell({ type: 'delta', text: '说到一半' });
        await untilAborted(given);
      }),
    });
    const page = await open(server.url);
    await ask(page, FOUND);
    await entry(page, 'asking').locator('.prose').waitFor();
    await page.getByRole('button', { name: '停止' }).click();
    await entry(page, 'stopped').waitFor();
    expect(await textOf(page, '.entry')).toContain('说到一半');
    await expect.poll(() => signal?.aborted).toBe(true);
    await page.getByRole('button', { name: '重试' }).click();
    await entry(page).waitFor();
    expect(await page.locator('.entry').count()).toBe(1);
  });

  test('that the plans do not have is clearly none: what is missing, the nearest passages, no chips', async () => {
    const page = await open();
    await ask(page, MISSING);
    const card = page.locator('.card.not-found');
    await card.waitFor();
    expect(await textOf(page, '.verdict')).toContain('规划没有说');
    const { related } = await opened.assistant.ask({ question: MISSING });
    expect(related.length).toBeGreaterThan(0);
    expect(await card.locator('.quoted li').count()).toBe(related.length);
    expect(await card.locator('.quoted blockquote').first().textContent()).toBe(related[0]!.quote);
  });

  test('shows its notices, and offers what to ask next', async () => {
    const answer = await opened.assistant.ask({ question: '川渝先行区方案到2027年的目标是什么？' });
    const server = await opened.serve({
      assistant: {
        ask: async () => ({
          ...answer,
          id: randomUUID(),
          notices: ['这是征求意见稿。'],
          followUps: ['接下来呢？'],
        }),
      },
    });
    const page = await open(server.url);
    await ask(page, '川渝先行区方案到2027年的目标是什么？');
    await entry(page).waitFor();
    expect(await textOf(page, '.notice')).toBe('这是征求意见稿。');
    await page.getByRole('button', { name: '接下来呢？' }).click();
    await expect.poll(() => page.locator('.entry').count()).toBe(2);
    // Only the newest answer offers more.
    await expect.poll(() => page.locator('.next').count()).toBe(1);
  });
});

describe('a conversation', () => {
  test('follow-ups are understood by what was said, and the page says how', async () => {
    const page = await open();
    await ask(page, '重庆2025年的森林覆盖率目标是多少？');
    await entry(page).waitFor();
    await ask(page, '江津呢？');
    await expect.poll(() => entry(page).count()).toBe(2);
    expect(await textOf(page, '.understood')).toMatch(/^理解为：.*江津.*森林覆盖率/);
    expect(await entry(page).last().textContent()).toContain('江津');
  });

  test('survives a reload, with its chips and its memory, until a new one is begun', async () => {
    const page = await open();
    await ask(page, '重庆2025年的森林覆盖率目标是多少？');
    await page.locator('.chip').first().waitFor();
    const before = await entry(page).first().textContent();
    await page.reload();
    await entry(page).waitFor();
    expect(await entry(page).first().textContent()).toBe(before);
    await ask(page, '江津呢？');
    await expect.poll(() => entry(page).count()).toBe(2);
    expect(await textOf(page, '.understood')).toContain('森林覆盖率');

    await page.getByRole('button', { name: '新对话' }).click();
    await expect.poll(() => page.locator('.entry').count()).toBe(0);
    await page.reload();
    await page.locator('.welcome').waitFor();
    expect(await page.locator('.entry').count()).toBe(0);
  });

  test('that was cut off by a reload can be taken up again', async () => {
    let times = 0;
    const server = await opened.serve({
      assistant: scripted(async (_tell, signal) => {
        times += 1;
        if (times === 1) await untilAborted(signal);
      }),
    });
    const page = await open(server.url);
    await ask(page, FOUND);
    await entry(page, 'asking').waitFor();
    await page.reload();
    await entry(page, 'stopped').waitFor();
    await page.getByRole('button', { name: '重试' }).click();
    await entry(page).waitFor();
  });

  test('begins anew when what was kept is damaged', async () => {
    const page = await open();
    await page.evaluate(
      (url) => sessionStorage.setItem(`guiwen:1:${url}`, '{"id":1,"entries":[{}]}'),
      opened.url,
    );
    await page.reload();
    await page.locator('.welcome').waitFor();
    await ask(page, FOUND);
    await entry(page).waitFor();
  });

  test('the server gone: it says so; the server back: the same question is answered', async () => {
    const server = await opened.serve();
    const port = Number(new URL(server.url).port);
    const page = await open(server.url);
    await server.stop(0);
    await ask(page, FOUND);
    await entry(page, 'failed').waitFor();
    expect(await textOf(page, '.entry .error')).toBe('连不上服务，请检查网络后再试。');
    await opened.serve({ port });
    await page.getByRole('button', { name: '重试' }).click();
    await entry(page).waitFor();
    expect(await page.locator('.entry').count()).toBe(1);
  });

  test('an answer that breaks off is no answer', async () => {
    const server = await opened.serve({
      assistant: {
        ask: (_request, options) => {
          options?.onEvent?.({ type: 'delta', text: '一半' });
          throw new Error('/srv/secret');
        },
      },
    });
    const page = await open(server.url);
    await ask(page, FOUND);
    await entry(page, 'failed').waitFor();
    expect(await textOf(page, '.entry .error')).toBe('服务内部出错，请稍后再试。');
  });

  test('is exported as a Word document', async () => {
    const page = await open();
    await ask(page, FOUND);
    await entry(page).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: '导出 Word' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('规问.docx');
    expect(await file.failure()).toBeNull();
  });
});

describe('what one may do with an answer', () => {
  test('copy it with its citations, as text and as Markdown', async () => {
    const page = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await ask(page, FOUND);
    await entry(page).waitFor();
    const { citations } = await opened.assistant.ask({ question: FOUND });
    const { quote, plan, label, start, end } = citations[0]!;
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());

    await page.getByRole('button', { name: '复制', exact: true }).click();
    await expect.poll(() => textOf(page, '.below')).toContain('已复制');
    expect(await clipboard()).toContain(`[1] 《${plan.title}》${label}：“${quote}”`);
    await page.getByRole('button', { name: '复制为 Markdown' }).click();
    await expect.poll(clipboard).toContain(`(<${opened.url}/plans/${plan.id}#${start}-${end}>)`);
  });

  test('copy works where pages have no clipboard (http on an intranet)', async () => {
    const page = await opened.newPage();
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
    });
    await page.goto(opened.url);
    await ask(page, FOUND);
    await entry(page).waitFor();
    await page.getByRole('button', { name: '复制', exact: true }).click();
    await expect.poll(() => textOf(page, '.below')).toContain('已复制');
    await page.locator('#question').focus();
    await page.keyboard.press('Control+V');
    await expect.poll(() => page.locator('#question').inputValue()).toContain('近零碳排放开发区');
  });

  test('rate it and say why: both are kept by the server', async () => {
    const page = await open();
    const answers: string[] = [];
    await page.exposeFunction('note', (id: string) => answers.push(id));
    await page.evaluate(() => {
      document.addEventListener('guiwen-answer', (event) => {
        (window as never as { note(id: string): void }).note((event as CustomEvent).detail.answer.id);
      });
    });
    await ask(page, FOUND);
    await entry(page).waitFor();
    const down = page.getByRole('button', { name: '有误或无用' });
    await down.click();
    await page.getByLabel('哪里好，哪里不对').fill('口径不同');
    await page.getByRole('button', { name: '提交意见' }).click();
    await expect.poll(() => textOf(page, '.below')).toContain('已收到，谢谢。');
    expect(await down.getAttribute('aria-pressed')).toBe('true');
    expect(answers).toHaveLength(1);
    const kept = (await opened.state.feedback.list()).filter(({ answerId }) => answerId === answers[0]);
    expect(kept.map(({ rating, comment }) => [rating, comment])).toEqual([
      ['down', undefined],
      ['down', '口径不同'],
    ]);
  });
});

describe('the question', () => {
  test('Enter during composition sends nothing, Shift+Enter breaks the line, Enter sends', async () => {
    const page = await open();
    const field = page.locator('#question');
    await field.focus();
    // What an input method does: a composition, and Enter that confirms a candidate.
    const session = await page.context().newCDPSession(page);
    await session.send('Input.imeSetComposition', { text: 'senlin', selectionStart: 6, selectionEnd: 6 });
    await session.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Process',
      code: 'Enter',
      windowsVirtualKeyCode: 229,
    });
    // Other browsers name the key, and say only by its code that it is the input method's.
    await field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, composed: true });
    await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, composed: true });
    await session.send('Input.insertText', { text: '森林' });
    expect(await page.locator('.entry').count()).toBe(0);
    expect(await field.inputValue()).toBe('森林');

    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('覆盖率');
    expect(await field.inputValue()).toBe('森林\n覆盖率');
    expect(await page.locator('.entry').count()).toBe(0);
    await page.keyboard.press('Enter');
    await entry(page).waitFor();
    expect(await field.inputValue()).toBe('');
  });

  test('of spaces is none', async () => {
    const page = await open();
    await ask(page, '  \n ');
    expect(await page.locator('.entry').count()).toBe(0);
  });

  test('is restricted to the plans that are chosen', async () => {
    const asked: (readonly string[] | undefined)[] = [];
    const server = await opened.serve({
      assistant: {
        ask: (request, options) => {
          asked.push(request.plans);
          return opened.assistant.ask(request, options);
        },
      },
    });
    const page = await open(server.url);
    await page.getByLabel('四川省“十四五”生态环境保护规划', { exact: true }).check();
    await expect.poll(() => textOf(page, '.below')).toContain('限 1 份规划');
    await ask(page, '森林覆盖率的目标是多少？');
    await entry(page).waitFor();
    expect(asked).toEqual([['sichuan-2025']]);
  });
});
