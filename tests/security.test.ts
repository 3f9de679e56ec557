/** docs/security.md is true: each threat names tests that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const page = readFileSync(join(import.meta.dirname, '../docs/security.md'), 'utf8');
const threats = page
  .slice(page.indexOf('## Threats'), page.indexOf('## What remains'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (threat|---)/.test(line))
  .map((line) => line.split(' | '));

test('lists threats, each with what stands against it and what covers it', () => {
  expect(threats.length).toBeGreaterThan(15);
  for (const cells of threats) expect([cells[0], cells.length]).toEqual([cells[0], 3]);
});

test.each(threats.map((cells) => [cells[0] as string, cells[2] as string]))(
  '%s: its tests exist',
  (_threat, covered) => {
    const parts = covered.split('`');
    expect(parts.length).toBeGreaterThan(2);
    for (let i = 1; i < parts.length; i += 2) {
      const name = parts[i] as string;
      const file = [name, `channels/${name}`]
        .map((path) => join(import.meta.dirname, path))
        .find((path) => existsSync(path));
      expect([name, file]).not.toEqual([name, undefined]);
      const source = readFileSync(file as string, 'utf8');
      for (const [, words] of (parts[i + 1] ?? '').matchAll(/"([^"]+)"/g)) expect(source).toContain(words);
    }
  },
);
