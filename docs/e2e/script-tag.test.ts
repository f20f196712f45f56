/** The guide's page without a bundler, as it stands there, with the packages on another host by name and version. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useBackend } from '@tinyllm/compute';
import { createGPT, saveModel } from '@tinyllm/model';
import { CharTokenizer, toHuggingFace } from '@tinyllm/tokenizers';
import { chromium } from 'playwright';
import { build, type Rollup } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withoutWebGPU } from './chromium';

const docs = fileURLToPath(new URL('..', import.meta.url));
const guide = await readFile(join(docs, 'guide/your-app.md'), 'utf8');
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.html': 'text/html',
};

const compute = createRequire(join(docs, 'node_modules/@tinyllm/compute/package.json'));
const folders: Readonly<Record<string, string>> = Object.fromEntries([
  ...['compute', 'model', 'sample', 'tokenizers'].map((name) => [
    `@tinyllm/${name}`,
    join(docs, 'node_modules/@tinyllm', name),
  ]),
  ...['core', 'backend-cpu', 'backend-webgpu'].map((name) => [
    `@tensorflow/tfjs-${name}`,
    dirname(compute.resolve(`@tensorflow/tfjs-${name}/package.json`)),
  ]),
]);

/** A package as a host gives it that makes an ES module of an older one. */
async function asModule(name: string): Promise<string> {
  const entry = createRequire(compute.resolve('@tensorflow/tfjs-backend-cpu/package.json')).resolve(name);
  const lib = { entry, formats: ['es' as const] };
  const [output] = (await build({
    configFile: false,
    logLevel: 'error',
    build: { lib, write: false },
  })) as Rollup.RollupOutput[];
  return output?.output[0].code ?? '';
}

/** Serves what `answer` finds, to pages of any host; gives its address. */
async function serve(
  answer: (path: string) => Promise<string | Uint8Array>,
): Promise<{ server: Server; address: string }> {
  const server = createServer(async ({ url = '' }, response) => {
    try {
      const body = await answer(url);
      const type = TYPES[extname(url)] ?? 'text/javascript';
      response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(body);
    } catch (error) {
      response.writeHead(404).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const servers: Server[] = [];
let page: string;

beforeAll(async () => {
  const packages = await serve(async (path) => {
    const [, name = '', file = ''] = /^\/npm\/((?:@[^/]+\/)?[^@/]+)@[^/]+\/(.*)$/.exec(path) ?? [];
    if (file === '+esm') return asModule(name);
    return readFile(join(folders[name] ?? name, file));
  });
  await useBackend('wasm');
  const tokenizer = CharTokenizer.fromText('One day, a fox was red.');
  const model = createGPT(
    { vocabSize: tokenizer.vocabSize, blockSize: 16, nLayer: 1, nHead: 2, nEmbd: 16 },
    { seed: 1 },
  );
  const { config, safetensors } = await saveModel(model);
  const files: Readonly<Record<string, string | Uint8Array>> = {
    '/index.html': (/```html\n([\s\S]*?)```/.exec(guide)?.[1] ?? '').replaceAll(
      'https://cdn.example',
      packages.address,
    ),
    '/model/config.json': JSON.stringify(config),
    '/model/model.safetensors': safetensors,
    '/model/tokenizer.json': JSON.stringify(toHuggingFace(tokenizer)),
  };
  const own = await serve(async (path) => {
    const file = files[path];
    if (file === undefined) throw new Error(`There is no ${path}.`);
    return file;
  });
  servers.push(packages.server, own.server);
  page = `${own.address}/index.html`;
});
afterAll(() => {
  for (const server of servers) server.close();
});

it('writes a story', async () => {
  const browser = await chromium.launch(withoutWebGPU);
  try {
    const tab = await browser.newPage();
    const errors: string[] = [];
    tab.on('pageerror', (error) => errors.push(String(error)));
    await tab.goto(page);
    await expect
      .poll(async () => [errors, (await tab.locator('#story').textContent())?.length ?? 0] as const)
      .toEqual([[], expect.toSatisfy((length: number) => length > 20)]);
  } finally {
    await browser.close();
  }
});
