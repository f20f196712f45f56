/** What tests do with the demos of training and sampling. */
import type { Page } from 'playwright';

/** A run that takes seconds, and still learns which letters there are. */
export const small = {
  nLayer: 2,
  nHead: 2,
  nEmbd: 32,
  blockSize: 32,
  batchSize: 8,
  maxIters: 200,
  evalInterval: 50,
};

/** Starts a small run on characters, with these settings in place of its own. */
export async function train(page: Page, settings: Partial<typeof small> = {}): Promise<void> {
  await page.locator('[data-test=tokens]').selectOption('characters');
  await set(page, { ...small, ...settings });
  await page.locator('[data-test=train]').click();
}

export async function set(page: Page, settings: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    await page.locator(`[data-test=${name}]`).fill(String(value));
  }
}

export function status(page: Page): Promise<string | null> {
  return page.locator('[data-test=status]').textContent();
}

/** Drops a file or a folder of this machine on the page's demo, as a hand does: on its edge, beside what it begins with. */
export async function drop(page: Page, path: string): Promise<void> {
  const first = page.locator('.demo > *').first();
  await first.scrollIntoViewIfNeeded(); // the whole demo is taller than the window, and its edge may be above it
  const { x = 0, y = 0 } = (await first.boundingBox()) ?? {};
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    await session.send('Input.dispatchDragEvent', { type, x: x - 10, y: y + 10, data });
  }
}

/** The step and the loss that a page shows. */
export async function progress(page: Page): Promise<{ step: number; loss: number }> {
  const text = await page.locator('[data-test=facts]').textContent();
  const [, step, loss] = /step (\d+), loss ([\d.]+)/.exec(text ?? '') ?? [];
  return { step: Number(step), loss: Number(loss) };
}

/** What the sampler writes behind “Once”, always the likeliest. */
export async function greedy(page: Page): Promise<string | null> {
  await page.locator('[data-test=prompt]').fill('Once');
  await set(page, { temperature: 0, maxNewTokens: 40 });
  await page.locator('[data-test=generate]').click();
  return story(page);
}

/** The text of the sampler when it is whole. */
export async function story(page: Page): Promise<string | null> {
  await page.locator('[data-test=finished]').waitFor();
  return page.locator('[data-test=story]').getAttribute('data-text');
}
