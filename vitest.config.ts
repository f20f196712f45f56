import { configDefaults, defineConfig } from 'vitest/config';

/** Commands of pages and of the help, which are run as they stand. */
const inBash = ['**/{pages,examples}.test.ts'];

export default defineConfig({
  test: {
    include: ['{packages,apps}/*/src/**/*.test.ts', 'scripts/*.test.ts', 'docs/src/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      '**/*.browser.test.ts',
      ...(process.platform === 'win32' ? inBash : []),
    ],
    globalSetup: 'packages/compute/wasm/build.mjs',
    testTimeout: 600_000, // for what hangs: a busy machine is slow, and not wrong
    hookTimeout: 600_000,
    server: { deps: { inline: [/tfjs-core\/dist\/(?!tf-core)/] } }, // its modules import each other without extensions
  },
});
