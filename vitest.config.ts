import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/**/*.test.ts'],
    // What needs a browser has its own configuration, so that `npm test` runs anywhere.
    exclude: ['**/node_modules/**', 'tests/browser/**'],
    // One process per file: the native addons (hnswlib, jieba) keep global state and dislike worker threads.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default'],
  },
});
