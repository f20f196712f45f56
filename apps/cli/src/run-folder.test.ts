import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findResumed } from './resume';
import type { RunConfig } from './run-config';
import { createRun, readRunConfig, runsByAge } from './run-folder';

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

it('what is no run is passed over: model folders, files, links to nowhere, hidden ones', async () => {
  rmSync('runs', { recursive: true });
  for (const name of ['model', 'empty', '.hidden']) mkdirSync(join('runs', name), { recursive: true });
  writeFileSync(join('runs', 'model', 'config.json'), '{"architectures":["GPT2LMHeadModel"]}');
  writeFileSync(join('runs', 'notes.txt'), 'mine');
  symlinkSync(join(folder, 'nowhere'), join('runs', 'link'), 'junction');
  expect((await runsByAge()).sort()).toEqual([join('runs', 'empty'), join('runs', 'model')]);
  expect(await findResumed('auto', { name: undefined, recipe: undefined })).toBeUndefined();
  expect(await findResumed('auto', { name: undefined, recipe: 'bigram' })).toBeUndefined();
});
