import { defineConfig } from 'vitest/config';

/** The docs site in headless Chromium: every demo does its job. */
export default defineConfig({
  test: {
    include: ['docs/e2e/*.test.ts'],
    globalSetup: 'docs/e2e/serve.ts',
    fileParallelism: false, // two cores
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000 } },
  },
});
