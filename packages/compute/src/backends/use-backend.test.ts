import { backend, findBackend, getBackend, removeBackend } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../wasm/backend';
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

it.each(['cuda', 'constructor'])('refuses the unknown name %s with those there are', async (name) => {
  await expect(useBackend(name as BackendName)).rejects.toMatchObject({
    code: 'compute/unknown-backend',
    message: expect.stringContaining('tensorflow, webgpu, wasm, cpu'),
  });
});

it.each([
  [{ threads: 0 }, /threads must be a positive integer, but is 0/],
  [{ threads: -1 }, /threads must be .+ but is -1/],
  [{ threads: 1.5 }, /threads must be .+ but is 1.5/],
  [{ threads: Number.NaN }, /threads must be .+ but is NaN/],
  [{ memoryLimit: Number.NaN }, /memoryLimit must be bytes, at least 1048576 \(1 MiB\), but is NaN/],
  [{ memoryLimit: 1000 }, /memoryLimit must be .+ but is 1000/],
])('refuses %o with what it may be', async (options, message) => {
  const refused = { code: 'config/invalid-field', message: expect.stringMatching(message) };
  for (const name of ['wasm', undefined] as const) {
    await expect(useBackend(name, options)).rejects.toMatchObject(refused);
  }
  await expect(probeBackends(options)).rejects.toMatchObject(refused);
});

describe('calls at the same time', () => {
  let workers = 0;
  const count = (): void => {
    workers++;
  };

  beforeEach(async () => {
    await useBackend('cpu');
    if (findBackend('wasm')) removeBackend('wasm');
    workers = 0;
    process.on('worker', count);
  });
  afterEach(() => {
    process.off('worker', count);
  });

  it('start one team of threads, where they ask for the same', async () => {
    const start = () => useBackend('wasm', { threads: 3 });
    await Promise.all([start(), start(), start()]);
    expect(workers).toBe(2);
  });

  it('leave the last one running, where they ask for different ones', async () => {
    const started = await Promise.all([
      useBackend('wasm', { threads: 1 }),
      useBackend('wasm', { threads: 3 }),
    ]);
    expect(started.map(({ detail }) => detail)).toEqual(['WebAssembly, 1 thread', 'WebAssembly, 3 threads']);
    expect((backend() as WasmBackend).threads).toBe(3);
  });

  it('start also where the one before did not', async () => {
    const [refused, started] = await Promise.allSettled([
      useBackend('cuda' as BackendName),
      useBackend('wasm', { threads: 2 }),
    ]);
    expect(refused.status).toBe('rejected');
    expect(started.status).toBe('fulfilled');
    expect(getBackend()).toBe('wasm');
  });
});
