import { TinyllmError } from '@tinyllm/common';
import type { Backend } from './backend';

/** WebAssembly with SIMD on every core, nothing native installed: ours. */
export const wasm: Backend = {
  name: 'wasm',
  async start({ threads, relaxedSimd, revectorize, memoryLimit }) {
    try {
      const { startWasm } = await import('../wasm/start');
      const backend = await startWasm({ threads, relaxedSimd, revectorize, memoryLimit });
      const team = backend.threads === 1 ? '1 thread' : `${backend.threads} threads`;
      return `WebAssembly, ${team}${revectorize ? ', 256 bits' : ''}`;
    } catch (cause) {
      if (cause instanceof TinyllmError) throw cause;
      throw new TinyllmError(
        'compute/no-wasm',
        'The wasm backend did not start. It needs an engine with WebAssembly SIMD and shared memory: Node 20.19 ' +
          'or later, or any current browser. Where threads cannot start, { threads: 1 } needs none.',
        { cause },
      );
    }
  },
};
