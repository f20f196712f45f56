import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright';
import { expect, it } from 'vitest';
import { useSite } from './browser';

const site = useSite();
const tinyllm = fileURLToPath(new URL('../../apps/cli/bin/tinyllm.js', import.meta.url));

/** A run that takes seconds, and still learns which letters there are. */
const small = {
  nLayer: 2,
  nHead: 2,
  nEmbd: 32,
  blockSize: 32,
  batchSize: 8,
  maxIters: 200,
  evalInterval: 50,
};

async function set(page: Page, settings: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    await page.locator(`[data-test=${name}]`).fill(String(value));
  }
}

async function train(page: Page): Promise<void> {
  await page.locator('[data-test=tokens]').selectOption('characters');
  await set(page, small);
  await page.locator('[data-test=train]').click();
}

function status(page: Page): Promise<string | null> {
  return page.locator('[data-test=status]').textContent();
}

/** The step and the loss that a page shows. */
async function progress(page: Page): Promise<{ step: number; loss: number }> {
  const text = await page.locator('[data-test=facts]').textContent();
  const [, step, loss] = /step (\d+), loss ([\d.]+)/.exec(text ?? '') ?? [];
  return { step: Number(step), loss: Number(loss) };
}

it('trains a GPT, goes on after a reload, and writes the same in the page and in the command line', async () => {
  const page = await site.open('demos/train');
  await train(page);
  await expect
    .poll(() => page.locator('.demo-samples .demo-text').count(), { timeout: 60_000 })
    .toBeGreaterThan(1);
  await page.locator('[data-test=pause]').click();
  await expect.poll(() => status(page)).toMatch(/Paused at step \d+, and saved/);
  const paused = Number(/\d+/.exec((await status(page)) ?? '')?.[0]);
  expect(paused).toBeGreaterThan(0);
  expect(paused).toBeLessThan(small.maxIters);

  await page.reload();
  await expect.poll(() => status(page)).toBe(`A run of 200 steps is kept here, at step ${paused}.`);
  await page.locator('[data-test=resume]').click();
  await expect.poll(() => status(page), { timeout: 60_000 }).toBe('Done');
  const { step, loss } = await progress(page);
  expect(step).toBe(199);
  expect(loss).toBeLessThan(2.8); // knowing nothing is 4.1, and how frequent letters are 3.1

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('[data-test=download]').click(),
  ]);
  const zip = await readFile(await download.path());
  const folder = await mkdtemp(join(tmpdir(), 'tinyllm-page-'));
  try {
    for (const [path, data] of Object.entries(unzipSync(zip))) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), data);
    }
    const checkpoint = join(folder, 'stories-page-step-00000200');
    const options = [
      '--checkpoint',
      checkpoint,
      '--prompt',
      'Once',
      '--temperature',
      '0',
      '--max-new-tokens',
      '40',
      '--backend',
      'wasm',
      '--json',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [tinyllm, 'sample', ...options]);

    const sampler = await site.open('demos/sampler');
    await sampler.locator('[data-test=open]').click();
    await sampler.locator('[data-test=model]').waitFor();
    expect(await write(sampler)).toBe((JSON.parse(stdout) as { text: string }).text);
    await sampler
      .locator('[data-test=files]')
      .setInputFiles({ name: 'checkpoint.zip', mimeType: 'application/zip', buffer: zip });
    await sampler.locator('[data-test=story]').waitFor({ state: 'detached' });
    expect(await write(sampler)).toBe((JSON.parse(stdout) as { text: string }).text);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** What the sampler writes, always the likeliest. */
async function write(page: Page): Promise<string | null> {
  await page.locator('[data-test=prompt]').fill('Once');
  await set(page, { temperature: 0, maxNewTokens: 40 });
  await page.locator('[data-test=generate]').click();
  await page.locator('[data-test=finished]').waitFor();
  return page.locator('[data-test=story]').getAttribute('data-text');
}

it('shows what else a model thought of, and goes on from another token', async () => {
  const page = await site.open('demos/train');
  await train(page);
  await expect.poll(() => status(page), { timeout: 60_000 }).toBe('Done');
  await page.goto(page.url().replace('train', 'sampler'));
  await page.locator('[data-test=open]').click();
  await page.locator('[data-test=model]').waitFor();
  const before = await write(page);
  await page.locator('.story-token').nth(3).click();
  const second = page.locator('[data-test=alternatives] button').nth(1);
  expect(await page.locator('[data-test=alternatives] button').count()).toBe(8);
  await second.click();
  await page.locator('[data-test=finished]').waitFor();
  const after = await page.locator('[data-test=story]').getAttribute('data-text');
  expect(after?.slice(0, 3)).toBe(before?.slice(0, 3));
  expect(after?.[3]).not.toBe(before?.[3]);

  await page.goto(page.url().replace('sampler', 'inside'));
  await page.locator('[data-test=trained]').click();
  await page.locator('[data-test=inside]').waitFor();
  expect(await page.locator('.inside-heads canvas').count()).toBe(small.nLayer * small.nHead);
});

it('shows a new model that finds all tokens about equally likely', async () => {
  const page = await site.open('demos/inside');
  await page.locator('[data-test=text]').fill('abcd');
  await page.locator('[data-test=fresh]').click();
  await expect.poll(() => page.locator('[data-test=probability]').count()).toBe(4);
  for (const percent of await page.locator('[data-test=probability]').allTextContents()) {
    expect(Math.abs(Number.parseFloat(percent) - 25)).toBeLessThan(6);
  }
});

it('trains on WebGPU where it is asked to', async () => {
  const page = await site.open('demos/train');
  await page.locator('.demo-backend select').selectOption('webgpu');
  await page.locator('[data-test=tokens]').selectOption('characters');
  await set(page, { ...small, nLayer: 1, maxIters: 12, evalInterval: 12 });
  await page.locator('[data-test=train]').click();
  await expect.poll(() => status(page), { timeout: 120_000 }).toBe('Done');
  expect(await page.locator('[data-test=backend]').textContent()).toContain('Runs on webgpu');
  expect((await progress(page)).loss).toBeLessThan(4.2);
});

it('says what is wrong with a checkpoint', async () => {
  const page = await site.open('demos/sampler');
  await page
    .locator('[data-test=files]')
    .setInputFiles({ name: 'config.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
  await expect
    .poll(() => page.locator('[role=alert]').textContent())
    .toBe('This is not a whole checkpoint: it has no tokenizer.json, only config.json. Choose another.');
});
