import { findBackend, ready, setBackend } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { loadTensorFlow } from './load';
import { DT_BFLOAT16, NativeOps } from './native-ops';
import type { NodeBackend } from './node-backend';
import { registerKernels } from './register';

/**
 * Makes `tensorflow` tfjs's current backend, with our kernels; says what computes. Throws `compute/no-tensorflow` where
 * it is not installed or does not load, and `compute/no-cuda` where the package for CUDA finds no graphics card.
 */
export async function startTensorFlow(): Promise<string> {
  if (!findBackend('tensorflow')) await loadTensorFlow();
  const native = findBackend('tensorflow') as NodeBackend;
  checkGpu(native);
  await setBackend('tensorflow');
  await ready();
  registerKernels();
  native.noMixedPrecision = noBfloat16(native);
  return describe(native);
}

/** TensorFlow goes on without CUDA when it does not find it, many times slower than who installed it expects. */
function checkGpu({ isGPUPackage, isUsingGpuDevice }: NodeBackend): void {
  const hidden = ['', '-1'].includes(process.env.CUDA_VISIBLE_DEVICES ?? '0');
  if (!isGPUPackage || isUsingGpuDevice || hidden) return;
  throw new TinyllmError(
    'compute/no-cuda',
    '@tensorflow/tfjs-node-gpu loads, but its TensorFlow finds no graphics card. It needs an NVIDIA driver (nvidia-smi tells) and CUDA and ' +
      'cuDNN of the versions it was built for (11.2 and 8.1 for its own download) on LD_LIBRARY_PATH; ' +
      'TF_CPP_MIN_LOG_LEVEL=0 lets it say what it misses. For the CPU set CUDA_VISIBLE_DEVICES=-1 or install @tensorflow/tfjs-node.',
  );
}

/** Why this TensorFlow has no products of bfloat16, which older ones have on some devices only. */
function noBfloat16(native: NodeBackend): string | undefined {
  const ops = new NativeOps(native);
  try {
    const one = ops.cast(ops.floats(Float32Array.of(1), [1, 1]), DT_BFLOAT16);
    ops.run('MatMul', [one, one]);
    return undefined;
  } catch {
    return 'this TensorFlow cannot multiply bfloat16 here';
  } finally {
    ops.freeAll();
  }
}

function describe({ isGPUPackage, isUsingGpuDevice }: NodeBackend): string {
  const name = isGPUPackage ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  return `native TensorFlow on ${isUsingGpuDevice ? 'CUDA' : 'the CPU'} (${name})`;
}
