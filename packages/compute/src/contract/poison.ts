import type { TinyWebGPUBackend } from '../webgpu/backend';

/** GPUBufferUsage.STORAGE */
const STORAGE = 0x80;

const poisoned = new WeakSet<TinyWebGPUBackend>();

/**
 * Fills every buffer that a tensor gets with NaN, of single and half precision alike: a kernel that does not run, or leaves a value out, would otherwise pass
 * a test by the right answer that a buffer of the pool still holds.
 */
export function poisonBuffers(backend: TinyWebGPUBackend): void {
  if (poisoned.has(backend)) return;
  poisoned.add(backend);
  const { bufferManager, queue } = backend;
  const acquire = bufferManager.acquireBuffer.bind(bufferManager);
  bufferManager.acquireBuffer = (size, usage, ...rest) => {
    const buffer = acquire(size, usage, ...rest);
    if (usage & STORAGE && buffer.mapState === 'unmapped') {
      queue.writeBuffer(buffer, 0, new Uint32Array(size / 4).fill(0xffffffff));
    }
    return buffer;
  };
}
