import { backend } from '@tensorflow/tfjs-core';
import { type BackendName, type BackendOptions, isNode } from '../backends/backend';
import { useBackend } from '../backends/use-backend';
import { hasRelaxedSimd } from '../wasm/module';
import { canRevectorize } from '../wasm/revectorize';
import type { TinyWebGPUBackend } from '../webgpu/backend';
import { poisonBuffers } from './poison';

/** wasm in the forms in which it may run; more threads than cores must do too. */
const formsOfWasm: ReadonlyMap<string, BackendOptions> = new Map([
  ['wasm, 1 thread', { threads: 1, relaxedSimd: false }],
  ['wasm, 2 threads', { threads: 2, relaxedSimd: false }],
  ['wasm, 3 threads', { threads: 3, relaxedSimd: false }],
  ['wasm, 2 threads, fused multiply-add', { threads: 2, relaxedSimd: true }],
  ['wasm, 2 threads, 256 bits', { threads: 2, revectorize: true }],
]);

/** Makes a backend current for a test, a software graphics card too, with memory that holds no old answers. */
export async function startBackend(name: string): Promise<void> {
  const form = formsOfWasm.get(name);
  await useBackend(form ? 'wasm' : (name as BackendName), form);
  if (name === 'webgpu') poisonBuffers(backend() as TinyWebGPUBackend);
}

/** The backends that tests run on here: cpu and wasm everywhere, WebGPU where it has any adapter, TensorFlow where it is. */
export async function backendsHere(): Promise<string[]> {
  const threaded = isNode() || globalThis.crossOriginIsolated;
  const fused = await hasRelaxedSimd();
  const forms = [...formsOfWasm]
    .filter(([, { threads }]) => threaded || threads === 1)
    .filter(([, { relaxedSimd }]) => fused || !relaxedSimd)
    .filter(([, { revectorize }]) => canRevectorize() || !revectorize)
    .map(([name]) => name);
  const others = [(await noWebGPU()) ? [] : ['webgpu'], (await noTensorFlow()) ? [] : ['tensorflow']];
  return ['cpu', ...forms, ...others.flat()];
}

/** Why tests do not run on native TensorFlow here; undefined where they do. */
export async function noTensorFlow(): Promise<string | undefined> {
  return useBackend('tensorflow').then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** Why tests do not run on WebGPU here; undefined where they do. */
export async function noWebGPU(): Promise<string | undefined> {
  return useBackend('webgpu').then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** Throws what a WebGPU device has reported, an invalid shader above all, which leaves results as they were. */
export async function expectNoDeviceError(name: string): Promise<void> {
  if (name !== 'webgpu') return;
  await startBackend(name);
  const { queue, failure } = backend() as TinyWebGPUBackend;
  await queue.onSubmittedWorkDone();
  if (failure) throw failure;
}
