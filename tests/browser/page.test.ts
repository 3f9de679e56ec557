import { expect, test } from 'vitest';
import { openBrowser } from './opened.ts';

const opened = openBrowser();

test('the page opens without contacting another host', async () => {
  const page = await opened.newPage();
  const response = await page.goto(opened.url);
  expect(response?.status()).toBe(200);
});
