/**
 * Pictures of every page of the built site, at desktop and phone width, light and dark, to be looked at:
 * `node docs/e2e/screenshots.mjs <folder> [part of a path]`, after `pnpm docs:build`.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { preview } from 'vite';

const [out = 'screenshots', only = ''] = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const widths = { desktop: 1280, phone: 390 };

const files = await readdir(join(root, '.vitepress/dist'), { recursive: true });
const pages = files.filter((file) => file.endsWith('.html') && file !== '404.html' && file.includes(only));
await mkdir(out, { recursive: true });
const server = await preview({ root, configFile: join(root, 'preview.config.ts'), preview: { port: 0 } });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [device, width] of Object.entries(widths)) {
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    for (const file of pages) {
      await page.goto(new URL(file, server.resolvedUrls.local[0]).href, { waitUntil: 'networkidle' });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) process.stdout.write(`${file} is ${wide} pixels too wide (${device})\n`);
      const name = `${file.replaceAll('/', '-').replace('.html', '')}-${device}-${colorScheme}.png`;
      await page.screenshot({ path: join(out, name), fullPage: true });
    }
    await page.close();
  }
}
await browser.close();
await server.close();
