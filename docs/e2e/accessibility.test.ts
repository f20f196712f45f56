import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { expect, inject, it } from 'vitest';
import { parts } from '../.vitepress/pages';
import { useSite } from './browser';

const site = useSite();
const pages = ['/', ...parts.flatMap(({ items }) => items.map(({ link }) => link))];

it.each(['light', 'dark'] as const)(
  'has nothing that axe would mend on any page, %s',
  async (colorScheme) => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const page = await site.open('');
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const found: string[] = [];
    for (const path of pages) {
      await page.goto(inject('isolated') + path.slice(1));
      await page.waitForLoadState('networkidle');
      await page.evaluate(axe);
      const { violations } = await page.evaluate(
        () =>
          (globalThis as unknown as { axe: { run(context: object): Promise<AxeResults> } }).axe.run({
            exclude: ['.DocSearch'],
          }), // VitePress's, named without its key
      );
      for (const { id, nodes } of violations)
        found.push(`${path}: ${id}: ${nodes.map(({ target }) => target).join(' | ')}`);
    }
    expect(found).toEqual([]);
  },
);
