/** What the machine can do and what it holds: for those who tell people how a run goes. */
import { matMul, memory, ones, tidy } from '@tensorflow/tfjs-core';

/** Rows of the square matrices that are multiplied; the next is tried where a product took less than `QUICK`. */
const SIZES = [256, 512, 1024] as const;
/** Milliseconds. */
const QUICK = 10;
const REPEATS = 10;

/**
 * Floating-point operations a second that the current backend reaches in a product of two matrices: the ceiling that
 * a run's own rate is compared with. The best of a few, in the time that `now` tells in milliseconds.
 */
export async function matmulCeiling(now: () => number): Promise<number> {
  let best = 0;
  for (const size of SIZES) {
    const milliseconds = await timeProduct(size, now);
    best = Math.max(best, (2 * size ** 3) / (milliseconds / 1000));
    if (milliseconds > QUICK) break;
  }
  return best;
}

/** The least time of a product, in milliseconds, the first of which is not counted: it compiles the kernel. */
async function timeProduct(size: number, now: () => number): Promise<number> {
  const [a, b] = [ones([size, size]), ones([size, size])];
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= REPEATS; i++) {
    const start = now();
    const product = tidy(() => matMul(a, b));
    await product.data(); // until the backend has done it
    product.dispose();
    if (i > 0) least = Math.min(least, now() - start);
  }
  a.dispose();
  b.dispose();
  return least;
}

/** What the current backend holds: tensors, their bytes, and bytes of its memory, where it has one of its own. */
export function tensorMemory(): { tensors: number; tensorBytes: number; backendBytes?: number } {
  const { numTensors, numBytes, ...backend } = memory() as ReturnType<typeof memory> & {
    bytesReserved?: number; // wasm
    numBytesAllocatedInGPU?: number; // webgpu
  };
  const { bytesReserved = backend.numBytesAllocatedInGPU } = backend;
  return {
    tensors: numTensors,
    tensorBytes: numBytes,
    ...(bytesReserved === undefined ? {} : { backendBytes: bytesReserved }),
  };
}
