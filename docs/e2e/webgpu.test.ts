/** Every demo that computes, on WebGPU: a graphics card in software, which is slow, so each does only a little. */
import type { Page } from 'playwright';
import { expect, it } from 'vitest';
import { useSite } from './browser';
import { withWebGPU } from './chromium';
import { progress, set, status, story, train } from './demos';

const site = useSite({ launch: withWebGPU });

/** A software adapter is taken only where it is asked for. */
async function open(path: string): Promise<Page> {
  const page = await site.open(path);
  await page.locator('.demo-backend select').selectOption('webgpu');
  return page;
}

function backend(page: Page): Promise<string | null> {
  return page.locator('[data-test=backend]').textContent();
}

it('trains a bigram', async () => {
  const page = await open('demos/bigram');
  await page.locator('.demo-row input').first().fill('40');
  await page.locator('[data-test=train]').click();
  await page.locator('[data-test=sample]').waitFor();
  expect(await backend(page)).toContain('Runs on webgpu');
});

it('trains a GPT, samples it and looks inside', async () => {
  const page = await open('demos/train');
  await train(page, { nLayer: 1, maxIters: 12, evalInterval: 12 });
  await expect.poll(() => status(page)).toBe('Done');
  expect(await backend(page)).toContain('Runs on webgpu');
  expect((await progress(page)).loss).toBeLessThan(4.2);

  const inside = await open('demos/inside');
  await inside.locator('[data-test=trained]').click();
  await expect.poll(() => inside.locator('[data-test=box-left]').count()).toBe(1);
  expect(await backend(inside)).toContain('Runs on webgpu');
});

it('writes a story', async () => {
  const page = await site.open('demos/sampler');
  await story(page);
  const onWasm = await greedyStart(page);
  await page.locator('.demo-backend select').selectOption('webgpu');
  await expect.poll(() => backend(page)).toContain('Runs on webgpu');
  expect(await greedyStart(page)).toBe(onWasm);
});

/** The first, likeliest tokens: the same on every backend. */
async function greedyStart(page: Page): Promise<string | null> {
  await set(page, { temperature: 0, maxNewTokens: 12 });
  await page.locator('[data-test=generate]').click();
  return story(page);
}
