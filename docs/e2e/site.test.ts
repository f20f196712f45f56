import { expect, inject, it } from 'vitest';
import { parts } from '../.vitepress/pages';
import { useSite } from './browser';

const site = useSite();

it('has a landing page of less than 300 KB, unpacked', async () => {
  const page = await site.open('');
  await page.waitForLoadState('networkidle');
  const bodies = await Promise.all(site.requests.map(({ body }) => body()));
  expect(bodies.length).toBeGreaterThan(3);
  const size = bodies.reduce((sum, { length }) => sum + length, 0);
  process.stdout.write(`The landing page has ${size} bytes.\n`);
  expect(size).toBeLessThan(300_000);
});

it('opens every page that its menus name, each with one title', async () => {
  const page = await site.open('');
  for (const { link } of parts.flatMap(({ items }) => items)) {
    const response = await page.goto(inject('isolated') + link.slice(1));
    expect(response?.status(), link).toBe(200);
    expect(await page.locator('h1').count(), link).toBe(1);
  }
});

it('finds a page by a word', async () => {
  const page = await site.open('');
  await page.locator('.VPNavBarSearch button').first().click();
  await page.locator('#localsearch-input').fill('byte-pair');
  await page.locator('.VPLocalSearchBox .result').first().waitFor();
});

it('becomes isolated on a host that sends no headers', async () => {
  const page = await site.open('demos/bigram', 'plain');
  await page.waitForFunction(() => crossOriginIsolated);
});
