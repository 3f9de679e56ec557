/** What tests of the source reader have in common. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Assistant } from '../../src/assistant.ts';
import { layOut } from '../../src/plan/layout.ts';
import { readPlan } from '../../src/plan/read.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds wrong, as “rule: element”. */
export async function violations(page: Page): Promise<string[]> {
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

/** Without white space, which tables and paragraphs do not show as it is printed. */
export const words = (text: string): string => text.replace(/\s/g, '');

/** The words of the quote that is highlighted. */
export async function highlighted(page: Page): Promise<string> {
  return words((await page.locator('mark.quote-current').allTextContents()).join(''));
}

/** Waits until exactly `quote` is highlighted, and its beginning is seen. */
export async function expectHighlighted(page: Page, quote: string): Promise<void> {
  await expect.poll(() => highlighted(page)).toBe(words(quote));
  await expect.poll(() => isSeen(page, 'mark.quote-current')).toBe(true);
}

/** Whether the first element that matches lies within what is seen of the text. */
export function isSeen(page: Page, selector: string): Promise<boolean> {
  return page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const box = element.getBoundingClientRect();
      const pane = (element.closest('.pane') as Element).getBoundingClientRect();
      return box.top >= pane.top && box.top < pane.bottom && box.left >= 0 && box.left < pane.right;
    });
}

/** An assistant's readings of one document that is not in the corpus. */
export async function readingOf(text: string, id: string): Promise<Partial<Assistant>> {
  const plan = await readPlan(new TextEncoder().encode(text), `${id}.txt`, { id });
  const { facts, outline } = plan;
  return {
    plans: () => [{ ...facts, characters: plan.text.length, passages: plan.passages.length, indicators: 0 }],
    outline: () => outline,
    blocks: () => layOut(plan),
    text: (planId, { start = 0, end = plan.text.length } = {}) => ({
      planId,
      start,
      end,
      length: plan.text.length,
      text: plan.text.slice(start, end),
      node: { id: '', heading: '', path: [], label: '第1段' },
    }),
  };
}
