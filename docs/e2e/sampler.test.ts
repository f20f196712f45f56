import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import { useSite } from './browser';
import { drop, greedy, set, story } from './demos';

const site = useSite();

it('writes a story when it is opened, and says how soon', async () => {
  const page = await site.open('demos/sampler');
  await page.locator('.story-token').first().waitFor();
  const milliseconds = await page.evaluate(() => performance.now());
  const where = await page.locator('[data-test=backend]').textContent();
  process.stdout.write(`First token ${Math.round(milliseconds)} ms after opening the page. ${where}\n`);
  expect(where).toMatch(/Runs on wasm: WebAssembly, \d+ threads?/);
  expect((await story(page))?.split(' ').length).toBeGreaterThan(20);
  expect(await page.locator('.demo-prompt').textContent()).toBe('Once upon a time');
  expect(await page.locator('[data-test=speed]').textContent()).toMatch(
    /first token after [\d.]+ s, then \d+ a second/,
  );
});

it('shows what else the model thought of, and goes on from another token', async () => {
  const page = await site.open('demos/sampler');
  await story(page);
  await greedy(page);
  const tokens = page.locator('.demo-story .story-token');
  const before = await tokens.allTextContents();
  await tokens.nth(3).click();
  expect(await page.locator('[data-test=alternatives] button').count()).toBe(8);
  await page.locator('[data-test=alternatives] button').nth(1).click();
  await story(page);
  const after = await tokens.allTextContents();
  expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
  expect(after[3]).not.toBe(before[3]);
});

it('goes from token to token by keys', async () => {
  const page = await site.open('demos/sampler');
  await story(page);
  await page.locator('.demo-story .story-token').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  expect(await page.locator('.demo-story .story-token').nth(2).getAttribute('aria-pressed')).toBe('true');
  await page.locator('[data-test=alternatives]').waitFor();
});

it('shows attention by layer and head', async () => {
  const page = await site.open('demos/sampler');
  await story(page);
  await greedy(page);
  await page.locator('[data-test=look]').click();
  const [, layers, heads] =
    /(\d+) layers, (\d+) heads/.exec((await page.locator('[data-test=model]').textContent()) ?? '') ?? [];
  const maps = page.locator('.attention-head');
  await maps.first().waitFor();
  expect(await maps.count()).toBe(Number(layers) * Number(heads));

  const reads = page.locator('[data-test=reads]');
  expect(await reads.textContent()).toMatch(/^\s*Layer 0, head 0. “.+” reads most from “.+” \d+ %/);
  await maps.last().click();
  expect(await reads.textContent()).toContain(`Layer ${Number(layers) - 1}, head ${Number(heads) - 1}.`);
  await page.locator('.demo-story .story-token').nth(4).click();
  await expect
    .poll(() => page.locator('.attention-text .chosen').textContent())
    .toBe(await page.locator('.demo-story .story-token').nth(3).textContent());
  await page.locator('.attention-text .story-token').first().click();
  expect(await reads.textContent()).toMatch(/“(.+)” reads most from “\1” 100 %/); // there is nothing before it
});

it('opens a model by its address', async () => {
  const page = await site.open('demos/sampler');
  await story(page);
  const facts = page.locator('[data-test=model]');
  const [shape] = ((await facts.textContent()) ?? '').split(';'); // behind it is its card
  await page.locator('.demo-more summary').click();
  await page.locator('[data-test=address]').fill(`${inject('isolated')}models/stories`);
  await page.locator('[data-test=load]').click();
  await page.locator('[data-test=story]').waitFor({ state: 'detached' });
  await expect.poll(async () => (await facts.textContent())?.trim()).toBe(shape?.trim());
  await page.locator('[data-test=address]').fill('data:,x');
  await page.locator('[data-test=load]').click();
  await expect.poll(() => page.locator('[role=alert]').textContent()).toMatch(/^Could not read data:/);
});

it('opens a folder that is dropped', async () => {
  const page = await site.open('demos/sampler');
  await story(page);
  const written = await greedy(page);
  await drop(page, fileURLToPath(new URL('../public/models/stories', import.meta.url)));
  await page.locator('[data-test=story]').waitFor({ state: 'detached' });
  const facts = page.locator('[data-test=model]');
  expect(await facts.textContent()).not.toContain('its card'); // which the demo model has: this one came from files
  expect(await greedy(page)).toBe(written);
});

it('says what is wrong with a checkpoint', async () => {
  const page = await site.open('demos/sampler');
  await story(page);
  await page.locator('.demo-more summary').click();
  await page
    .locator('[data-test=files]')
    .setInputFiles({ name: 'config.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
  await expect
    .poll(() => page.locator('[role=alert]').textContent())
    .toBe('This is not a whole checkpoint: it has no tokenizer.json, only config.json. Choose another.');
});

it('keeps its model on another backend', async () => {
  const page = await site.open('demos/sampler');
  await story(page);
  await set(page, { maxNewTokens: 3 });
  await page.locator('.demo-backend select').selectOption('cpu');
  await expect
    .poll(() => page.locator('[data-test=backend]').textContent())
    .toContain('Runs on cpu: plain JavaScript');
  await story(page);
});
