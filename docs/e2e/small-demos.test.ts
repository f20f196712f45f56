import { expect, it } from 'vitest';
import { useSite } from './browser';

const site = useSite();

it('cuts a text as each tokenizer does, and trains one', async () => {
  const page = await site.open('demos/tokenizers');
  await page.locator('[data-test=text]').fill('Hello, world!');
  const facts = (name: string) => page.locator(`[data-test=facts-${name}]`);
  await expect
    .poll(() => facts('gpt2').textContent())
    .toMatch(/4 tokens of 13 bytes,\s+out of a vocabulary of 50,257/);
  expect(await facts('characters').textContent()).toMatch(
    /13 tokens of 13 bytes,\s+out of a vocabulary of 10/,
  );
  expect(await page.locator('[data-test=tokens-gpt2] .story-token').allTextContents()).toEqual([
    'Hello',
    ',',
    '·world',
    '!',
  ]);

  await page.locator('[data-test=tokens-gpt2] .story-token').nth(2).click();
  expect(await page.locator('[data-test=token-gpt2]').textContent()).toBe(
    '“·world” is token 995: the 6 bytes 20 77 6f 72 6c 64',
  );

  await page.locator('[data-test=own]').fill('Hello, world! '.repeat(50));
  await page.locator('[data-test=train]').click();
  await expect.poll(() => facts('trained').textContent()).toMatch(/4 tokens of 13 bytes/);
});

it('trains a bigram to what counting finds', async () => {
  const page = await site.open('demos/bigram');
  await page.locator('[data-test=train]').click();
  await page.locator('[data-test=sample]').waitFor();
  const loss = Number((await page.locator('[data-test=loss]').textContent())?.replace('loss ', ''));
  expect(loss).toBeLessThan(2.5);
  expect(loss).toBeGreaterThan(1.5);
  await page.locator('.heat-map').first().focus();
  await page.keyboard.press('ArrowRight');
  expect(await page.locator('[data-test=said]').textContent()).toMatch(
    /^After “⏎” comes “·”: in the text [\d.]+ %, in the model [\d.]+ %$/,
  );
  const sample = page.locator('[data-test=sample]');
  await expect.poll(async () => (await sample.textContent())?.length).toBe(200);
  const first = await sample.textContent();
  await page.locator('[data-test=write]').click();
  await expect.poll(async () => (await sample.textContent())?.length).toBe(200);
  expect(await sample.textContent()).not.toBe(first);
  expect(await page.locator('[data-test=backend]').textContent()).toMatch(
    /Runs on wasm: WebAssembly, \d+ threads?/,
  );
});
