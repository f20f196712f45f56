/** Builds the site for a sub-path and serves it: as a host that sends the headers of isolation, and as one that does not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PreviewServer, preview } from 'vite';
import { build } from 'vitepress';
import type { TestProject } from 'vitest/node';
import { isolation } from '../isolation';

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of the site, with a slash at the end. */
    isolated: string;
    plain: string;
  }
}

const base = '/tinyllm/';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const outDir = await mkdtemp(join(tmpdir(), 'tinyllm-docs-'));
  process.env.DOCS_BASE = base;
  await build(fileURLToPath(new URL('..', import.meta.url)), { base, outDir });
  const servers = await Promise.all([start(outDir, isolation), start(outDir, {})]);
  const [isolated, plain] = servers.map(({ resolvedUrls }) => resolvedUrls?.local[0] as string);
  project.provide('isolated', isolated as string);
  project.provide('plain', plain as string);
  return async () => {
    await Promise.all(servers.map((server) => server.close()));
    await rm(outDir, { recursive: true });
  };
}

function start(outDir: string, headers: Record<string, string>): Promise<PreviewServer> {
  return preview({
    configFile: false,
    logLevel: 'error',
    base,
    appType: 'mpa',
    build: { outDir },
    preview: { port: 0, headers },
  });
}
