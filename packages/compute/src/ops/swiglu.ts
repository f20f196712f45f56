import {
  add,
  concat,
  mul,
  registerGradient,
  reshape,
  sigmoid,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { registerReference, release, runKernel } from './register';
import { checkShapes, rows } from './shapes';

/**
 * The gated activation of Llama (Shazeer 2020, arXiv:2002.05202): `x` [..., 2F], gates g and values u side by side →
 * g·sigmoid(g)·u, [..., F]. The caller disposes. Throws `compute/shape-mismatch` where the last axis is odd, and
 * `compute/wrong-dtype`.
 */
export function swiglu(x: Tensor): Tensor {
  checkShapes((x.shape.at(-1) ?? 1) % 2 === 0, 'swiglu', 'x [..., 2F]', x);
  return runKernel('SwiGLU', { x })[0] as Tensor;
}

/** Gates and values, each [N, F]. */
function halves(x: Tensor): [Tensor2D, Tensor2D] {
  const x2 = rows(x); // [N, 2F]
  const [N, width] = x2.shape;
  return [slice(x2, 0, [N, width / 2]), slice(x2, [0, width / 2], [N, width / 2])];
}

export interface SwiGLUInputs {
  x: Tensor;
}

export function swigluReference({ x }: SwiGLUInputs): Tensor {
  const [gate, value] = halves(x);
  const y = mul(mul(gate, sigmoid(gate)), value); // [N, F]
  return reshape(y, [...x.shape.slice(0, -1), y.shape[1] as number]);
}

export interface SwiGLUGradInputs extends SwiGLUInputs {
  dy: Tensor;
}

/** dg = dy·u·s·(1 + g·(1 − s)) and du = dy·g·s, with s = sigmoid(g). */
export function swigluGradReference({ dy, x }: SwiGLUGradInputs): Tensor {
  const [gate, value] = halves(x);
  const s = sigmoid(gate); // [N, F]
  const dValue = mul(rows(dy), mul(gate, s)); // [N, F]
  const slope = mul(s, add(mul(gate, sub(1, s)), 1)); // [N, F]
  const dGate = mul(mul(rows(dy), value), slope); // [N, F]
  return reshape(concat([dGate, dValue], 1), x.shape);
}

registerReference<SwiGLUInputs>('SwiGLU', (inputs) => [swigluReference(inputs)]);
registerReference<SwiGLUGradInputs>('SwiGLUGrad', (inputs) => [swigluGradReference(inputs)]);

registerGradient({
  kernelName: 'SwiGLU',
  inputsToSave: ['x'],
  gradFunc: (dy, [x]) => ({
    x: () => {
      const [dx] = runKernel('SwiGLUGrad', { dy: dy as Tensor, x });
      release([x]);
      return dx as Tensor;
    },
  }),
});
