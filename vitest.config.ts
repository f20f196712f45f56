import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages,apps}/*/src/**/*.test.ts', 'scripts/*.test.ts', 'docs/src/**/*.test.ts'],
    globalSetup: 'packages/compute/wasm/build.mjs',
    testTimeout: 120_000, // two slow cores, Node's slowest backend
    server: { deps: { inline: [/tfjs-core\/dist\/(?!tf-core)/] } }, // its modules import each other without extensions
  },
});
