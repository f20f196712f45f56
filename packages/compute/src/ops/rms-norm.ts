import {
  add,
  mean,
  mul,
  registerGradient,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { registerReference, release, runKernel } from './register';
import { checkShapes, rows, sumRows } from './shapes';

/**
 * Root-mean-square normalization over the last axis (Zhang and Sennrich 2019, arXiv:1910.07467).
 * `x` [..., C], `weight` [C] → the shape of `x`. `epsilon`, added to the mean
 * square, is Llama 2's by default. The caller disposes. Throws `compute/shape-mismatch` and `compute/wrong-dtype`.
 */
export function rmsNorm(x: Tensor, { weight }: { weight: Tensor1D }, epsilon = 1e-5): Tensor {
  checkShapes(weight.shape[0] === x.shape.at(-1), 'rmsNorm', 'x [..., C] and weight [C]', x, weight);
  const [y] = runKernel('RMSNorm', { x, weight }, { epsilon }) as [Tensor];
  return y;
}

export interface RMSNormInputs {
  x: Tensor;
  weight: Tensor1D;
}

export type RMSNormAttributes = { epsilon: number };

/** Outputs y [..., C], and for the backward pass 1/rms of each row, [N, 1]. */
export function rmsNormReference(
  { x, weight }: RMSNormInputs,
  { epsilon }: RMSNormAttributes,
): [Tensor, Tensor] {
  const x2 = rows(x); // [N, C]
  const inverseRms = rsqrt(add(mean(square(x2), 1, true), epsilon)); // [N, 1]
  return [reshape(mul(mul(x2, inverseRms), weight), x.shape), inverseRms];
}

export interface RMSNormGradInputs extends RMSNormInputs {
  dy: Tensor;
  inverseRms: Tensor;
}

/** Gradients of x and weight. */
export function rmsNormGradReference({ dy, x, weight, inverseRms }: RMSNormGradInputs): [Tensor, Tensor] {
  const normalized = mul(rows(x), inverseRms); // [N, C]
  const dNormalized = mul(rows(dy), weight); // [N, C]
  const alongRms = mean(mul(dNormalized, normalized), 1, true); // [N, 1]
  const dx = mul(sub(dNormalized, mul(normalized, alongRms)), inverseRms); // [N, C]
  return [reshape(dx, x.shape), sumRows(mul(rows(dy), normalized))];
}

registerReference<RMSNormInputs, RMSNormAttributes>('RMSNorm', rmsNormReference);
registerReference<RMSNormGradInputs>('RMSNormGrad', rmsNormGradReference);

registerGradient({
  kernelName: 'RMSNorm',
  inputsToSave: ['x', 'weight'],
  outputsToSave: [false, true],
  gradFunc: (dys, [x, weight, inverseRms]) => {
    const dy = (dys as Tensor[])[0];
    const [dx, dWeight] = runKernel('RMSNormGrad', { dy, x, weight, inverseRms }) as [Tensor, Tensor];
    release([x, weight, inverseRms]);
    return { x: () => dx, weight: () => dWeight };
  },
});
