import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

/** Chromium's flags for a machine without a display, a sandbox or a network, with WebGPU in software. */
const args = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

/** Cross-origin isolation, without which a page has no threads. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  server: { headers },
  test: {
    globalSetup: 'packages/compute/wasm/build.mjs',
    include: ['packages/*/src/**/*.browser.test.ts', 'packages/compute/src/contract/contract.test.ts'],
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { executablePath: '/usr/bin/chromium', args },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
});
