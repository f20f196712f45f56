import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright';
import { expect, inject, it } from 'vitest';
import { parts } from '../.vitepress/pages';
import { useSite } from './browser';

const site = useSite();
const pages = ['/', ...parts.flatMap(({ items }) => items.map(({ link }) => link))];

/** What axe would mend on a page as it is now. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => {
    const { axe } = globalThis as unknown as { axe: { run(context: object): Promise<AxeResults> } };
    return axe.run({ exclude: ['.DocSearch'] }); // VitePress's, whose label leaves out the key that it shows
  });
  return violations.map(
    ({ id, nodes }) => `${page.url()}: ${id}: ${nodes.map(({ target }) => target).join(' | ')}`,
  );
}

it.each(['light', 'dark'] as const)(
  'has nothing that axe would mend on any page, %s',
  async (colorScheme) => {
    const page = await site.open('');
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const found: string[] = [];
    for (const path of pages) {
      await page.goto(inject('isolated') + path.slice(1));
      await page.waitForLoadState('networkidle');
      found.push(...(await violations(page)));
    }
    expect(found).toEqual([]);
  },
);

it.each(['light', 'dark'] as const)('has nothing to mend in demos at work, %s', async (colorScheme) => {
  const page = await site.open('demos/bigram');
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.locator('.demo-fields input, .demo-row input').first().fill('20');
  await page.locator('[data-test=train]').click();
  await page.locator('[data-test=sample]').waitFor();
  const found = await violations(page);

  await page.goto(`${inject('isolated')}demos/train`);
  for (const [name, value] of Object.entries({
    nLayer: 1,
    nEmbd: 16,
    blockSize: 16,
    maxIters: 20,
    evalInterval: 10,
  })) {
    await page.locator(`[data-test=${name}]`).fill(String(value));
  }
  await page.locator('[data-test=train]').click();
  await expect.poll(() => page.locator('[data-test=status]').textContent(), { timeout: 60_000 }).toBe('Done');
  found.push(...(await violations(page)));

  await page.goto(`${inject('isolated')}demos/sampler`);
  await page.locator('[data-test=open]').click();
  await page.locator('[data-test=generate]').click();
  await page.locator('[data-test=finished]').waitFor();
  await page.locator('.story-token').first().click();
  found.push(...(await violations(page)));

  await page.goto(`${inject('isolated')}demos/inside`);
  await page.locator('[data-test=trained]').click();
  await page.locator('[data-test=inside]').waitFor();
  found.push(...(await violations(page)));
  expect(found).toEqual([]);
});
