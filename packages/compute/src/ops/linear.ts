import {
  add,
  mul,
  registerGradient,
  reshape,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tanh,
} from '@tensorflow/tfjs-core';
import { registerReference, runKernel } from './register';
import { checkShapes, product, rows, sumRows } from './shapes';

export interface LinearParams {
  /** [in, out], GPT-2's orientation. */
  readonly weight: Tensor2D;
  /** [out], or none. */
  readonly bias?: Tensor1D | undefined;
}

/**
 * A linear layer and, in one step, its activation: `x` [..., in] → [..., out]. `gelu` is the tanh form that
 * GPT-2 uses (Hendrycks and Gimpel 2016, arXiv:1606.08415). The caller disposes.
 * Throws `compute/shape-mismatch` when the axes do not fit.
 */
export function linear(x: Tensor, { weight, bias }: LinearParams, activation?: 'gelu'): Tensor {
  const [inputs, outputs] = weight.shape;
  checkShapes(x.shape.at(-1) === inputs, 'linear', 'x [..., in] and weight [in, out]', x, weight);
  checkShapes(
    !bias || bias.shape[0] === outputs,
    'linear',
    'weight [in, out] and bias [out]',
    weight,
    bias ?? weight,
  );
  const [y] = runKernel('Linear', { x, weight, bias }, { activation }) as [Tensor];
  return y;
}

interface LinearInputs {
  x: Tensor;
  weight: Tensor2D;
  bias?: Tensor1D;
}

type LinearAttributes = { activation?: 'gelu' };

/** Outputs y [..., out] and, with an activation, what went into it for the backward pass, [N, out]. */
export function linearReference(
  { x, weight, bias }: LinearInputs,
  { activation }: LinearAttributes,
): Tensor[] {
  const xw = product(rows(x), weight); // [N, out]
  const z = bias ? add<Tensor2D>(xw, bias) : xw; // [N, out]
  const shape = [...x.shape.slice(0, -1), weight.shape[1]];
  return activation === 'gelu' ? [reshape(gelu(z), shape), z] : [reshape(z, shape)];
}

interface LinearGradInputs {
  dy: Tensor;
  x: Tensor;
  weight: Tensor2D;
  /** What went into the activation, [N, out]. */
  z?: Tensor2D;
}

/** Gradients of x, weight and bias. */
export function linearGradReference({ dy, x, weight, z }: LinearGradInputs): [Tensor, Tensor, Tensor] {
  const dz = z ? mul<Tensor2D>(rows(dy), geluDerivative(z)) : rows(dy); // [N, out]
  const dx = product(dz, weight, false, true); // [N, in]
  return [reshape(dx, x.shape), product(rows(x), dz, true), sumRows(dz)];
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** tanh of √(2/π)·(z + 0.044715·z³). */
function geluTanh(z: Tensor): Tensor {
  return tanh(mul(mul(z, add(mul(square(z), CUBIC), 1)), SQRT_2_OVER_PI));
}

function gelu(z: Tensor): Tensor {
  return mul(mul(z, 0.5), add(geluTanh(z), 1));
}

/** ½(1 + t) + ½·z·(1 − t²)·√(2/π)·(1 + 3·0.044715·z²), where t = geluTanh(z). */
function geluDerivative(z: Tensor): Tensor {
  const t = geluTanh(z);
  const slope = mul(add(mul(square(z), 3 * CUBIC), 1), SQRT_2_OVER_PI);
  return mul(add(add(t, 1), mul(mul(z, sub(1, square(t))), slope)), 0.5);
}

registerReference<LinearInputs, LinearAttributes>('Linear', linearReference);
registerReference<LinearGradInputs, Record<string, never>>('LinearGrad', linearGradReference);

registerGradient({
  kernelName: 'Linear',
  inputsToSave: ['x', 'weight'],
  outputsToSave: [false, true],
  gradFunc: (dys, [x, weight, z]) => {
    const dy = Array.isArray(dys) ? dys[0] : dys;
    const [dx, dWeight, dBias] = runKernel('LinearGrad', { dy, x, weight, z }) as [Tensor, Tensor, Tensor];
    return { x: () => dx, weight: () => dWeight, bias: () => dBias };
  },
});
