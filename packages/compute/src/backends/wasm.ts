import { ready, setBackend } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import type { Backend } from './backend';

/** WebAssembly with SIMD, nothing native installed: tfjs-backend-wasm. */
export const wasm: Backend = {
  name: 'wasm',
  async start({ wasmPath }) {
    try {
      const { getThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      if (wasmPath !== undefined) setWasmPaths(wasmPath);
      if (!(await setBackend('wasm'))) throw new Error('tfjs-backend-wasm did not initialize');
      await ready();
      return `WebAssembly, ${countThreads(getThreadsCount)}`;
    } catch (cause) {
      throw new TinyllmError(
        'compute/no-wasm',
        'The wasm backend did not start. It needs an engine with WebAssembly SIMD (Node 20.19 or later, any ' +
          'current browser) and, in a page, { wasmPath } naming the folder that serves its .wasm files.',
        { cause },
      );
    }
  },
};

function countThreads(getThreadsCount: () => number): string {
  let count = 1;
  try {
    count = getThreadsCount();
  } catch {
    // tfjs throws where it runs without threads, as in Node
  }
  return count === 1 ? '1 thread' : `${count} threads`;
}
