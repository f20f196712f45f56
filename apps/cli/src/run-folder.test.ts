import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunConfig } from './run-config';
import { createRun, readRunConfig } from './run-folder';

const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-runs-'));
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

it('runs of one name that begin at the same moment get folders of their own', async () => {
  const numbers = Array.from({ length: 8 }, (_, i) => i);
  const config = (i: number) => ({ recipe: { name: `recipe-${i}` } }) as RunConfig;
  const runs = await Promise.all(numbers.map((i) => createRun('run', config(i))));
  expect(readdirSync('runs').sort()).toEqual(numbers.map((i) => (i === 0 ? 'run' : `run-${i + 1}`)).sort());
  for (const [i, run] of runs.entries()) expect(await readRunConfig(run)).toEqual(config(i));
});
