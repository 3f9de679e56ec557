import { expect, test } from 'vitest';
import { stringsFor } from '../../src/widget/locale.ts';

test.each([
  [undefined, '提问'],
  ['zh-TW', '提问'],
  ['fr', '提问'],
  ['en', 'Ask'],
  ['en-GB', 'Ask'],
])('for the locale %s the button says %s', (locale, label) => {
  expect(stringsFor(locale).send).toBe(label);
});

test('English says everything Chinese says, and no Chinese', () => {
  const flat = (value: object): string =>
    Object.entries(value)
      .filter(([key]) => key !== 'lang')
      .map(([, text]) =>
        typeof text === 'function' ? text(1, 2) : typeof text === 'object' ? flat(text) : text,
      )
      .join('|');
  const english = flat(stringsFor('en'));
  expect(english.split('|')).toHaveLength(flat(stringsFor('zh')).split('|').length);
  expect(english).not.toMatch(/\p{Script=Han}|undefined/u);
});
