import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf, wasmKernel } from './kernel';

export const dropout: KernelConfig = wasmKernel<
  { x: TensorInfo },
  { rate: number; seed: number; offset: number }
>('Dropout', (backend, { x }, { rate, seed, offset }) => {
  const y = backend.output(x.shape);
  const n = sizeOf(x);
  backend.run('dropout', 2 * n, n, backend.address(x), backend.address(y), rate, seed, offset);
  return [y];
});
