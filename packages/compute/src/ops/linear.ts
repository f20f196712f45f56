import {
  add,
  erf,
  exp,
  matMul,
  mul,
  reshape,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tanh,
} from '@tensorflow/tfjs-core';
import { registerReference, runKeeping, runKernel } from './register';
import { checkShapes, rows, sumRows } from './shapes';

export interface LinearParams {
  /** [in, out], GPT-2's orientation. */
  readonly weight: Tensor2D;
  /** [out], or none. */
  readonly bias?: Tensor1D | undefined;
}

/**
 * GELU (Hendrycks and Gimpel 2016, arXiv:1606.08415): `gelu` is exact, z·Φ(z), as in nanoGPT and PyTorch's
 * default; `gelu_tanh` is the paper's approximation by tanh, as in GPT-2, where it is called `gelu_new`.
 */
export type Activation = 'gelu' | 'gelu_tanh';

/**
 * A linear layer and, in one step, its activation: `x` [..., in] → [..., out]. The caller disposes.
 * Throws `compute/shape-mismatch` when the axes do not fit, and `compute/wrong-dtype`.
 */
export function linear(x: Tensor, { weight, bias }: LinearParams, activation?: Activation): Tensor {
  checkLinear('linear', x, { weight, bias });
  return runKeeping('Linear', { x, weight, bias }, { activation }, (dy, saved, [kept]) => {
    const inputs = { dy, x: saved.x, weight: saved.weight, kept };
    const gradients = runKernel('LinearGrad', inputs, { activation, bias: bias !== undefined });
    const [dx, dWeight, dBias] = gradients;
    return { x: dx, weight: dWeight, bias: dBias };
  });
}

/** Throws `compute/shape-mismatch` unless `x` [..., in], weight [in, out] and bias [out] fit. */
export function checkLinear(operation: string, x: Tensor, { weight, bias }: LinearParams): void {
  const [inputs, outputs] = weight.shape;
  checkShapes(x.shape.at(-1) === inputs, operation, 'x [..., in] and weight [in, out]', x, weight);
  const fits = !bias || bias.shape[0] === outputs;
  checkShapes(fits, operation, 'weight [in, out] and bias [out]', weight, bias ?? weight);
}

export interface LinearInputs {
  x: Tensor;
  weight: Tensor2D;
  bias?: Tensor1D;
}

export type LinearAttributes = { activation?: Activation };

/**
 * Outputs y [..., out] and, with an activation, what its backward pass needs, [N, out]: here what went into it. A backend's
 * own kernel may keep something else for its own backward kernel, which alone sees it.
 */
export function linearReference(
  { x, weight, bias }: LinearInputs,
  { activation }: LinearAttributes,
): Tensor[] {
  const xw = matMul(rows(x), weight); // [N, out]
  const z = bias ? add<Tensor2D>(xw, bias) : xw; // [N, out]
  const shape = [...x.shape.slice(0, -1), weight.shape[1]];
  return activation ? [reshape(activations[activation].value(z), shape), z] : [reshape(z, shape)];
}

/** `bias`: whether its gradient is wanted. */
export type LinearGradAttributes = LinearAttributes & { bias: boolean };

export interface LinearGradInputs {
  dy: Tensor;
  x: Tensor;
  weight: Tensor2D;
  /** What the forward kernel kept, [N, out]. */
  kept?: Tensor2D;
}

/** Gradients of x and weight, and of the bias where there is one. */
export function linearGradReference(
  { dy, x, weight, kept }: LinearGradInputs,
  { activation, bias }: LinearGradAttributes,
): Tensor[] {
  const dz =
    activation && kept ? mul<Tensor2D>(rows(dy), activations[activation].derivative(kept)) : rows(dy); // [N, out]
  const dx = matMul(dz, weight, false, true); // [N, in]
  const gradients = [reshape(dx, x.shape), matMul(rows(x), dz, true)];
  return bias ? [...gradients, sumRows(dz)] : gradients;
}

/** An activation and its derivative, element by element. */
interface ActivationFunction {
  value(z: Tensor): Tensor;
  derivative(z: Tensor): Tensor;
}

/** Φ(z), the standard normal distribution function. */
const phi = (z: Tensor): Tensor => mul(add(erf(mul(z, Math.SQRT1_2)), 1), 0.5);

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** tanh(√(2/π)·(z + 0.044715·z³)) */
const tanhOfCubic = (z: Tensor): Tensor => tanh(mul(mul(z, add(mul(square(z), CUBIC), 1)), SQRT_2_OVER_PI));

const activations: Readonly<Record<Activation, ActivationFunction>> = {
  gelu: {
    value: (z) => mul(z, phi(z)),
    derivative: (z) => add(phi(z), mul(z, mul(exp(mul(square(z), -0.5)), 1 / Math.sqrt(2 * Math.PI)))),
  },
  gelu_tanh: {
    value: (z) => mul(mul(z, 0.5), add(tanhOfCubic(z), 1)),
    derivative(z) {
      const t = tanhOfCubic(z);
      const slope = mul(add(mul(square(z), 3 * CUBIC), 1), SQRT_2_OVER_PI);
      return mul(add(add(t, 1), mul(mul(z, sub(1, square(t))), slope)), 0.5);
    },
  },
};

registerReference<LinearInputs, LinearAttributes>('Linear', linearReference);
registerReference<LinearGradInputs, LinearGradAttributes>('LinearGrad', linearGradReference);
