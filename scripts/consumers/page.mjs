/** What a page of built files says in Chromium, served as most hosts serve it: without the headers that threads need. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from 'playwright';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };

/** The title that the page in `folder` gives itself when its work is done; throws where it says that it failed. */
export async function open(folder) {
  const server = createServer(({ url }, response) => {
    const path = new URL(url, 'http://localhost').pathname;
    try {
      const file = readFileSync(join(folder, path.endsWith('/') ? `${path}index.html` : path));
      const type = types[extname(path) || '.html'] ?? 'application/octet-stream';
      response.setHeader('Content-Type', type).end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://localhost:${server.address().port}/`);
    await tab.waitForFunction(() => /^(trained|failed)/.test(document.title), undefined, {
      timeout: 300_000,
    });
    const said = await tab.title();
    if (said.startsWith('failed')) throw new Error(said);
    return said;
  } finally {
    await browser.close();
    server.close();
  }
}
