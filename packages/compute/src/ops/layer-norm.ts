import {
  add,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { registerReference, runKeeping, runKernel } from './register';
import { checkShapes, rows, sumRows } from './shapes';

/** Added to the variance, as in GPT-2 and PyTorch. */
const EPSILON = 1e-5;

/**
 * Layer normalization over the last axis (Ba et al. 2016, arXiv:1607.06450), eps 1e-5.
 * `x` [..., C], `weight` [C], `bias` [C] or none → the shape of `x`. The caller disposes.
 * Throws `compute/shape-mismatch` when the last axes differ, and `compute/wrong-dtype`.
 */
export function layerNorm(
  x: Tensor,
  { weight, bias }: { weight: Tensor1D; bias?: Tensor1D | undefined },
): Tensor {
  const C = x.shape.at(-1);
  checkShapes(weight.shape[0] === C, 'layerNorm', 'x [..., C] and weight [C]', x, weight);
  checkShapes(
    bias === undefined || bias.shape[0] === C,
    'layerNorm',
    'x [..., C] and bias [C]',
    x,
    bias ?? x,
  );
  return runKeeping('LayerNorm', { x, weight, bias }, {}, (dy, saved, [mean, inverseStd]) => {
    const inputs = { dy, x: saved.x, weight: saved.weight, mean, inverseStd };
    const gradients = runKernel('LayerNormGrad', inputs, { bias: bias !== undefined });
    const [dx, dWeight, dBias] = gradients;
    return { x: dx, weight: dWeight, bias: dBias };
  });
}

export interface LayerNormInputs {
  x: Tensor;
  weight: Tensor1D;
  bias?: Tensor1D;
}

/** Outputs y [..., C], and for the backward pass mean and 1/std of each row, both [N, 1]. */
export function layerNormReference({ x, weight, bias }: LayerNormInputs): [Tensor, Tensor, Tensor] {
  const x2 = rows(x); // [N, C]
  const average = mean(x2, 1, true); // [N, 1]
  const centered = sub(x2, average); // [N, C]
  const inverseStd = rsqrt(add(mean(square(centered), 1, true), EPSILON)); // [N, 1]
  const scaled = mul(mul(centered, inverseStd), weight); // [N, C]
  return [reshape(bias ? add(scaled, bias) : scaled, x.shape), average, inverseStd];
}

export interface LayerNormGradInputs {
  dy: Tensor;
  x: Tensor;
  weight: Tensor1D;
  mean: Tensor;
  inverseStd: Tensor;
}

/** `bias`: whether its gradient is wanted. */
export type LayerNormGradAttributes = { bias: boolean };

/** Gradients of x and weight, and of the bias where there is one. */
export function layerNormGradReference(
  inputs: LayerNormGradInputs,
  { bias }: LayerNormGradAttributes,
): Tensor[] {
  const { x, weight, inverseStd } = inputs;
  const dy = rows(inputs.dy); // [N, C]
  const normalized = mul(sub(rows(x), inputs.mean), inverseStd); // [N, C]
  const dNormalized = mul(dy, weight); // [N, C]
  const alongMean = mean(dNormalized, 1, true); // [N, 1]
  const alongStd = mean(mul(dNormalized, normalized), 1, true); // [N, 1]
  const dx = mul(sub(sub(dNormalized, alongMean), mul(normalized, alongStd)), inverseStd); // [N, C]
  const gradients = [reshape(dx, x.shape), sumRows(mul(dy, normalized))];
  return bias ? [...gradients, sumRows(dy)] : gradients;
}

registerReference<LayerNormInputs>('LayerNorm', layerNormReference);
registerReference<LayerNormGradInputs, LayerNormGradAttributes>('LayerNormGrad', layerNormGradReference);
