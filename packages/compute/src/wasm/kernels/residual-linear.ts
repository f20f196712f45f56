import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { ResidualLinearAttributes, ResidualLinearInputs } from '../../ops/residual-linear';
import { sizeOf } from '../../ops/shapes';
import { productCost, wasmKernel } from './kernel';

export const residualLinear: KernelConfig = wasmKernel<ResidualLinearInputs, ResidualLinearAttributes>(
  'ResidualLinear',
  (backend, { residual, x, weight, bias }, { rate = 0, seed = 0, offset = 0 }) => {
    const [inputs, outputs] = weight.shape as [number, number];
    const N = sizeOf(x) / inputs;
    const y = backend.output(residual.shape);
    const addresses = [residual, x, weight, bias, y].map((tensor) => backend.address(tensor));
    const cost = productCost(N, outputs, inputs);
    backend.run('residualLinear', cost, N, inputs, outputs, ...addresses, rate, seed, offset);
    return [y];
  },
);
