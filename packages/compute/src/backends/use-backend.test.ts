import { getBackend } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { BackendName } from './backend';
import { probeBackends, useBackend } from './use-backend';

it.each(['cpu', 'wasm'] as const)('%s starts when named', async (name) => {
  expect(await useBackend(name)).toMatchObject({
    name,
    detail: expect.stringMatching(/JavaScript|WebAssembly/),
  });
  expect(getBackend()).toBe(name);
});

it('takes the first that this machine can start', async () => {
  const first = (await probeBackends()).find(({ usable }) => usable);
  expect((await useBackend()).name).toBe(first?.name);
});

it('says of every backend what answers or what to install', async () => {
  const reports = await probeBackends();
  expect(reports.map(({ name }) => name)).toEqual(['tensorflow', 'webgpu', 'wasm', 'cpu']);
  for (const { usable, detail, name } of reports) {
    if (!usable) expect(detail).toMatch(/npm install|Use wasm|use wasm|useBackend/);
    if (name === 'wasm' || name === 'cpu') expect(usable).toBe(true);
  }
});

it('refuses an unknown name with those there are', async () => {
  await expect(useBackend('cuda' as BackendName)).rejects.toMatchObject({
    code: 'compute/unknown-backend',
    message: expect.stringContaining('tensorflow, webgpu, wasm, cpu'),
  });
});
