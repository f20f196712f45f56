import { expect, it } from 'vitest';
import { useSite } from './browser';

const site = useSite();

it('counts the parameters of a config, and says why one cannot be', async () => {
  const page = await site.open('course/2-configuring');
  const total = page.locator('[data-test=total]');
  await expect.poll(() => total.textContent()).toMatch(/^\s*869,504 parameters/);
  await page.locator('[data-test=nHead]').fill('3');
  await expect
    .poll(() => page.locator('[role=alert]').textContent())
    .toContain('nEmbd (128) must be a multiple of nHead (3)');
});

it('shows that targets are inputs one token on, and where they end', async () => {
  const page = await site.open('course/3-data');
  const letters = async (name: string): Promise<string[]> =>
    (await page.locator(`[data-test=${name}] tr`).all()).reduce<Promise<string[]>>(
      async (rows, row) => [...(await rows), (await row.locator('td').allTextContents()).join('')],
      Promise.resolve([]),
    );
  await page.locator('[data-test=batch]').waitFor();
  const [x, y] = [await letters('x'), await letters('y')];
  expect(x).toHaveLength(4);
  for (const [b, row] of x.entries()) expect(y[b]?.slice(0, -1)).toBe(row.slice(1));

  await page.locator('[data-test=within]').check();
  await expect.poll(async () => (await letters('y')).some((row) => row.length < 12)).toBe(true);
  for (const row of await letters('y')) expect(row.slice(0, -1)).not.toContain('∎');
});

it('averages what a place looks at, by the weights of its scores', async () => {
  const page = await site.open('course/bigram-to-gpt');
  const average = page.locator('[data-test=average-4]');
  await expect.poll(() => average.textContent()).toBe('2.4'); // of 4, −2, 0, 8 and 2
  await page.getByRole('button', { name: 'The word before' }).click();
  await expect.poll(() => average.textContent()).toBe('7.5'); // nearly all of the 8
  await page.locator('[data-test=cell-1-0]').focus();
  await page.keyboard.press('Enter'); // from the highest score back to 0
  await expect.poll(() => page.locator('[data-test=average-1]').textContent()).toBe('1.0');
});

it('shows the figures of the benchmarks as bars', async () => {
  const page = await site.open('guide/backends');
  expect(await page.locator('.chart').count()).toBe(4);
  const table = await (await site.open('benchmarks')).locator('table').allTextContents();
  const figures = await page.locator('.chart dd').allTextContents();
  expect(figures.length).toBeGreaterThan(30);
  for (const figure of figures) expect(table.join()).toContain(figure);
});

it('samples greedily at temperature 0', async () => {
  const page = await site.open('course/6-inference');
  await page.locator('[data-test=temperature]').fill('0');
  await expect.poll(() => page.locator('[data-test=probability]').first().textContent()).toBe('100.0 %');
});

it('knows which stories its grammar writes', async () => {
  const page = await site.open('course/7-evaluating');
  const story = page.locator('[data-test=story]');
  await expect.poll(() => page.locator('[data-test=nats]').textContent()).toMatch(/\d+\.\d nats/);
  await story.fill(`${await story.inputValue()} A zebra came.`);
  await expect.poll(() => page.locator('[data-test=nats]').textContent()).toMatch(/never writes this/);
});
