import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { RopeAttributes, RopeInputs } from '../../ops/rope';
import { lastOf, sizeOf } from '../../ops/shapes';
import { passCost, wasmKernel } from './kernel';

export const rope: KernelConfig = wasmKernel<RopeInputs, RopeAttributes>(
  'Rope',
  (backend, { x, table }, { heads, inverse }) => {
    const [T, D] = table.shape as [number, number];
    const W = lastOf(x);
    const y = backend.output(x.shape);
    const addresses = [x, table, y].map((tensor) => backend.address(tensor));
    backend.run(
      'rope',
      passCost(2 * sizeOf(x)),
      sizeOf(x) / W,
      T,
      W,
      heads,
      D,
      ...addresses,
      inverse ? -1 : 1,
    );
    return [y];
  },
);
