import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { DropoutInputs, DropoutOptions } from '../../ops/dropout';
import { sizeOf } from '../../ops/shapes';
import { wasmKernel } from './kernel';

export const dropout: KernelConfig = wasmKernel<DropoutInputs, DropoutOptions>(
  'Dropout',
  (backend, { x }, { rate, seed, offset }) => {
    const y = backend.output(x.shape);
    const n = sizeOf(x);
    backend.run('dropout', 2 * n, n, backend.address(x), backend.address(y), rate, seed, offset);
    return [y];
  },
);
