import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: what needs a browser. Chromium is at CHROMIUM_PATH, or where Debian puts it. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/browser/**/*.test.ts'],
    pool: 'forks',
    // A browser is heavy: one at a time.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The machine may be busy; what is waited for usually comes at once.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default'],
  },
});
