import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { withWebGPU } from './docs/e2e/chromium';

const browser = {
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions: withWebGPU }),
};

/** A page that must be cross-origin isolated to have threads, and one of a host that sends no such headers. */
const pages = {
  isolated: {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
    include: [
      'packages/*/src/**/*.browser.test.ts',
      'packages/compute/src/contract/contract.test.ts',
      'packages/train/src/nanogpt-trace.test.ts',
      'packages/train/src/anywhere.test.ts',
    ],
  },
  plain: { headers: {}, include: ['packages/train/src/anywhere.test.ts'] },
};

export default defineConfig({
  test: {
    globalSetup: 'packages/compute/wasm/build.mjs',
    projects: Object.entries(pages).map(([name, { headers, include }]) => ({
      server: { headers, fs: { allow: ['.', '../shared'] } },
      test: {
        name,
        include,
        testTimeout: 600_000,
        hookTimeout: 600_000,
        browser: { ...browser, instances: [{ browser: 'chromium', name: `chromium, ${name}` }] },
      },
    })),
  },
});
