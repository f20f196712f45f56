/** A page of the site in Chromium that must say no error and ask no other host for anything. */
import { type Browser, type BrowserContext, chromium, type LaunchOptions, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { withoutWebGPU } from './chromium';

/** Milliseconds after which a page hangs, where a busy machine would only be slow. */
const PATIENCE = 300_000;

export interface Site {
  /** Opens a path of the site in a profile that the pages of one test share. */
  open(path: string, host?: 'isolated' | 'plain'): Promise<Page>;
  /** Addresses that pages of this test asked for so far. */
  readonly requests: readonly { readonly url: string; readonly body: () => Promise<Buffer> }[];
}

interface SiteOptions {
  /** By default a browser that has no WebGPU. */
  readonly launch?: LaunchOptions;
  /** Default `allow`; without them a page cannot become isolated by itself. */
  readonly serviceWorkers?: 'allow' | 'block';
}

/** For a test file: one browser, and for each test a new profile that is looked over at its end. */
export function useSite({ launch = withoutWebGPU, serviceWorkers = 'allow' }: SiteOptions = {}): Site {
  let browser: Browser;
  let context: BrowserContext | undefined;
  let complaints: string[] = [];
  const requests: { url: string; body: () => Promise<Buffer> }[] = [];

  beforeAll(async () => {
    browser = await chromium.launch(launch);
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await context?.close();
    context = undefined;
    const hosts = [inject('isolated'), inject('plain')].map((address) => new URL(address).host);
    const elsewhere = requests
      .map(({ url }) => url)
      .filter((url) => !hosts.includes(new URL(url).host) && /^(https?|wss?):/.test(url));
    expect({ complaints, elsewhere }).toEqual({ complaints: [], elsewhere: [] });
    complaints = [];
    requests.length = 0;
  });

  return {
    requests,
    async open(path, host = 'isolated') {
      context ??= await browser.newContext({ acceptDownloads: true, serviceWorkers });
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('response', (response) => {
        requests.push({ url: response.url(), body: () => response.body() });
      });
      await page.goto(inject(host) + path);
      await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {})); // it listens from now on
      return page;
    },
  };
}
