#!/usr/bin/env node
// `pnpm --filter cli train` runs in apps/cli: paths are those of the folder it was called from.
if (process.env.npm_package_name === '@tinyllm/cli' && process.env.INIT_CWD)
  process.chdir(process.env.INIT_CWD);
await import('../dist/main.js');
