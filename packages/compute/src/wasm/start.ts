import { findBackend, ready, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { importOptional, isNode } from '../backends/backend';
import { WasmBackend, type WasmOptions } from './backend';
import { registerKernels } from './register';
import { allowRevectorizing, chooseTiles } from './revectorize';

/** Options of which those that are undefined are chosen for the machine. */
type Wanted = { readonly [Option in keyof WasmOptions]?: WasmOptions[Option] | undefined };

/**
 * Makes `wasm` tfjs's current backend. One that runs already with these options stays, with its tensors; otherwise
 * a new one takes its place, and tensors of the old one are lost.
 */
export async function startWasm(wanted: Wanted): Promise<WasmBackend> {
  const running = findBackend('wasm');
  if (running instanceof WasmBackend && running.isAlive && serves(running, wanted)) {
    await setBackend('wasm');
    return running;
  }
  const revectorize = wanted.revectorize ?? false;
  if (revectorize) await allowRevectorizing();
  const backend = await WasmBackend.start({
    threads: wanted.threads ?? (await threadsHere()),
    relaxedSimd: wanted.relaxedSimd ?? true,
    revectorize,
    memoryLimit: wanted.memoryLimit ?? Number.POSITIVE_INFINITY,
  });
  if (revectorize) chooseTiles(backend);
  registerKernels();
  if (running) removeBackend('wasm');
  registerBackend('wasm', () => backend);
  await setBackend('wasm');
  await ready();
  return backend;
}

function serves({ options }: WasmBackend, wanted: Wanted): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => value === undefined || options[name as keyof WasmOptions] === value,
  );
}

/** One thread a core; a page that is not cross-origin isolated has no shared memory for more than one. */
async function threadsHere(): Promise<number> {
  if (isNode()) return (await importOptional<typeof import('node:os')>('node:os')).availableParallelism();
  return globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
}
