import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { useSite } from './browser';
import { drop, greedy, progress, small, status, train } from './demos';

const site = useSite();
const tinyllm = fileURLToPath(new URL('../../apps/cli/bin/tinyllm.js', import.meta.url));

it('trains a GPT, goes on after a reload, and writes the same in the page and in the command line', async () => {
  const page = await site.open('demos/train');
  await train(page);
  await expect.poll(() => page.locator('.demo-sample .demo-text').count()).toBeGreaterThan(1);
  await page.locator('[data-test=pause]').click();
  await expect.poll(() => status(page)).toMatch(/Paused at step \d+, and saved/);
  const paused = Number(/\d+/.exec((await status(page)) ?? '')?.[0]);
  expect(paused).toBeGreaterThan(0);
  expect(paused).toBeLessThan(small.maxIters);

  await page.reload();
  await expect.poll(() => status(page)).toBe(`A run of 200 steps is kept here, at step ${paused}.`);
  await page.locator('.loss-chart canvas').waitFor(); // what was drawn before
  await page.locator('[data-test=resume]').click();
  await expect.poll(() => status(page)).toBe('Done');
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

    const { text } = JSON.parse(stdout) as { text: string };
    const sampler = await site.open('demos/sampler#trained');
    await sampler.locator('[data-test=model]').waitFor();
    expect(await greedy(sampler)).toBe(text);
    await sampler.locator('.demo-more summary').click();
    for (const [input, files] of [
      ['files', { name: 'checkpoint.zip', mimeType: 'application/zip', buffer: zip }],
      ['folder', folder],
    ] as const) {
      await sampler.locator(`[data-test=${input}]`).setInputFiles(files);
      await sampler.locator('[data-test=story]').waitFor({ state: 'detached' });
      expect(await greedy(sampler)).toBe(text);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('trains on a text that is pasted, on a file, and on one that is dropped', async () => {
  const page = await site.open('demos/train');
  const text = 'To be, or not to be, that is the question.\n'.repeat(40);
  await page.locator('[data-test=corpus]').selectOption('pasted');
  await page.locator('[data-test=pasted]').fill(text);
  await train(page, { maxIters: 60, evalInterval: 60 });
  await expect.poll(() => status(page)).toBe('Done');
  expect((await progress(page)).loss).toBeLessThan(2.6); // ln V is 2.9
  expect(await page.locator('.demo-sample .demo-text').first().textContent()).toMatch(
    /[tobe ,rnhaisquest.\n]{60}/,
  );

  await page.locator('[data-test=corpus]').selectOption('file');
  await page
    .locator('[data-test=file]')
    .setInputFiles({ name: 'lear.txt', mimeType: 'text/plain', buffer: Buffer.from('Nothing.') });
  await page.locator('[data-test=train]').click();
  await expect
    .poll(() => page.locator('[role=alert]').textContent())
    .toMatch(/There are 7 tokens, but a blockSize of 32 needs at least 33/);
  await page.reload(); // what is refused does not cost the run before
  await expect.poll(() => status(page)).toBe('A run of 60 steps is kept here, at step 60.');

  await drop(page, fileURLToPath(new URL('../../LICENSE', import.meta.url)));
  await page.getByText(/^LICENSE: [\d,]+ characters$/).waitFor();
  await train(page, { maxIters: 10, evalInterval: 10 });
  await expect.poll(() => status(page)).toBe('Done');
  expect((await progress(page)).step).toBe(9);
});
