/** The package as built: Node 20 runs no TypeScript in a worker thread, nor in a process that a test kills. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import type * as Node from '../node';

/** Builds `@tinyllm/data/node` before the tests of a file; `module()` is what it exports, `url()` where it is. */
export function builtNode(): { module(): typeof Node; url(): string } {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const modules = join(cwd, 'node_modules'); // from here its dependencies are found
  let folder = '';
  let module: typeof Node | undefined;
  const url = (): string => pathToFileURL(join(folder, 'node.js')).href;
  beforeAll(async () => {
    mkdirSync(modules, { recursive: true });
    folder = mkdtempSync(join(modules, '.test-'));
    const tsup = join(modules, 'tsup/dist/cli-default.js'); // not by npx, which is a script on Windows
    await promisify(execFile)(process.execPath, [tsup, '--no-dts', '--out-dir', folder], { cwd });
    module = await import(/* @vite-ignore */ url());
  });
  afterAll(() => rm(folder, { recursive: true }));
  return {
    url,
    module() {
      if (module === undefined) throw new Error('It is built before the first test, not earlier.');
      return module;
    },
  };
}
