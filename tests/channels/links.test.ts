import { expect, test } from 'vitest';
import { sourceUrl } from '../../src/channels/links.ts';

test('a source is addressed by plan and offsets, below any base', () => {
  const citation = { plan: { id: '规划/一', title: '' }, start: 3, end: 9 };
  expect(sourceUrl('https://example.org/guiwen/', citation)).toBe(
    'https://example.org/guiwen/plans/%E8%A7%84%E5%88%92%2F%E4%B8%80#3-9',
  );
});
