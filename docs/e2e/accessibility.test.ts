import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright';
import { expect, inject, it } from 'vitest';
import { parts } from '../.vitepress/pages';
import { useSite } from './browser';
import { status, story, train } from './demos';

const site = useSite();
const pages = ['/', ...parts.flatMap(({ items }) => items.map(({ link }) => link))];

/** What axe would mend on a page as it is now, in the light and in the dark, where only colours are others. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.waitForFunction(
      (dark) => document.documentElement.classList.contains('dark') === dark,
      colorScheme === 'dark',
    );
    const { violations } = await page.evaluate(
      (rules) => {
        const { axe } = globalThis as unknown as {
          axe: { run(context: object, options: object): Promise<AxeResults> };
        };
        // VitePress's own search button has a label that leaves out the key that it shows
        return axe.run({ exclude: ['.DocSearch'] }, rules);
      },
      colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {},
    );
    found.push(
      ...violations.map(
        ({ id, nodes }) =>
          `${page.url()}, ${colorScheme}: ${id}: ${nodes.map(({ target }) => target).join(' | ')}`,
      ),
    );
  }
  return found;
}

it('has nothing that axe would mend on any page', async () => {
  const page = await site.open('');
  const found: string[] = [];
  for (const path of pages) {
    await page.goto(inject('isolated') + path.slice(1));
    await page.waitForLoadState('networkidle');
    found.push(...(await violations(page)));
  }
  expect(found).toEqual([]);
});

it('has nothing to mend in demos at work', async () => {
  const page = await site.open('demos/bigram');
  await page.locator('.demo-row input').first().fill('20');
  await page.locator('[data-test=train]').click();
  await page.locator('[data-test=sample]').waitFor();
  const found = await violations(page);

  await page.goto(`${inject('isolated')}demos/train`);
  await train(page, { nLayer: 1, nEmbd: 16, maxIters: 20, evalInterval: 10 });
  await expect.poll(() => status(page)).toBe('Done');
  found.push(...(await violations(page)));

  await page.goto(`${inject('isolated')}demos/sampler`);
  await story(page);
  await page.locator('.story-token').first().click();
  await page.locator('.demo-more summary').click();
  await page.locator('[data-test=look]').click();
  await page.locator('[data-test=attention]').waitFor();
  found.push(...(await violations(page)));

  await page.goto(`${inject('isolated')}demos/tokenizers`);
  await page.locator('.story-token').first().click();
  found.push(...(await violations(page)));

  await page.goto(`${inject('isolated')}demos/inside`);
  await page.locator('[data-test=trained]').click();
  await expect.poll(() => page.locator('.inside-heads canvas').count()).toBe(2); // of its one block
  found.push(...(await violations(page)));
  expect(found).toEqual([]);
});
