import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/**/*.test.ts'],
    // What needs a browser has its own configuration, so that `npm test` runs anywhere.
    exclude: ['**/node_modules/**', 'tests/browser/**'],
    // One process per file: the native addons (hnswlib, jieba) keep global state and dislike worker threads.
    pool: 'forks',
    // Many tests wait for sockets and other processes; the default leaves a core idle.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default'],
  },
});
