import { expect, it } from 'vitest';
import { useSite } from './browser';

const site = useSite();

it('shows a new model that finds all tokens about equally likely', async () => {
  const page = await site.open('demos/inside');
  await page.locator('[data-test=text]').fill('abcd');
  await page.locator('[data-test=fresh]').click();
  await expect.poll(() => page.locator('[data-test=probability]').count()).toBe(4);
  for (const percent of await page.locator('[data-test=probability]').allTextContents()) {
    expect(Math.abs(Number.parseFloat(percent) - 25)).toBeLessThan(6);
  }
});

it('shows every part of every block with its shape, and reads out its values', async () => {
  const page = await site.open('demos/inside');
  await page.locator('[data-test=inside]').waitFor();
  const shapes = async (part: string) => page.locator(`[data-test=box-${part}] code`).allTextContents();
  expect(await shapes('embedding')).toEqual(['[1, 16, 16]']);
  for (const part of ['normalized', 'read', 'attended', 'left']) {
    expect(await shapes(part), part).toEqual(['[1, 16, 16]', '[1, 16, 16]']);
  }
  expect(await shapes('inner')).toEqual(['[1, 16, 64]', '[1, 16, 64]']);
  expect(await shapes('qkv')).toEqual(['[1, 16, 48]', '[1, 16, 48]']);
  expect(await shapes('attention')).toEqual(['[1, 2, 16, 16]', '[1, 2, 16, 16]']);

  const said = page.locator('[data-test=said]');
  await page.locator('[data-test=box-embedding] canvas').hover();
  await expect.poll(() => said.textContent()).toMatch(/^Embedding: “.”, number \d+, is -?0\.\d{3}$/);
  await page
    .locator('[data-test=box-attention] canvas')
    .first()
    .hover({ position: { x: 3, y: 3 } });
  await expect.poll(() => said.textContent()).toBe('“O” takes 100 % of what it reads from “O”');
});

it('shows the demo model, which has learned what comes next', async () => {
  const page = await site.open('demos/inside');
  await page.locator('[data-test=inside]').waitFor();
  await page.locator('[data-test=text]').fill('Once upon a');
  await page.locator('[data-test=demo-model]').click();
  const likeliest = page.locator('[data-test=probability]').first();
  await expect.poll(async () => Number.parseFloat((await likeliest.textContent()) ?? '')).toBeGreaterThan(50);
});
