import { expect, it } from 'vitest';
import { useSite } from './browser';
import { story } from './demos';

const site = useSite({ serviceWorkers: 'block' });

it('does with one thread on a host that sends no headers, where no service worker can add them', async () => {
  const page = await site.open('demos/sampler', 'plain');
  expect(await story(page)).toMatch(/\w+ \w+/);
  expect(await page.locator('[data-test=backend]').textContent()).toBe('Runs on wasm: WebAssembly, 1 thread');
});
