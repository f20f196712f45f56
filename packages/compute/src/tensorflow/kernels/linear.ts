import type { KernelConfig } from '@tensorflow/tfjs-core';
import type {
  Activation,
  LinearAttributes,
  LinearGradAttributes,
  LinearGradInputs,
  LinearInputs,
} from '../../ops/linear';
import { isRecording } from '../../ops/register';
import type { NativeOps, Value } from '../native-ops';
import { rowsOf, tensorflowKernel } from './kernel';

/**
 * activation(x·W + b); with an activation it keeps the activation's derivative for a backward pass. TensorFlow's own
 * _FusedMatMul is out of reach: it takes a list of strings, which tfjs-node's addon cannot give.
 */
export const linear: KernelConfig = tensorflowKernel<LinearInputs, LinearAttributes>(
  'Linear',
  (ops, { x, weight, bias }, { activation }) => {
    const xw = ops.matMul(ops.of(x, rowsOf(x)), ops.of(weight)); // [N, out]
    const z = bias ? ops.run('BiasAdd', [xw, ops.of(bias)]) : xw; // [N, out]
    const shape = [...x.shape.slice(0, -1), z.shape[1] as number];
    if (activation === undefined) return [ops.output(z, shape)];
    const { value, derivative } = activations[activation](ops, z);
    return isRecording() ? [ops.output(value, shape), ops.output(derivative())] : [ops.output(value, shape)];
  },
);

/** dz = dy∘activation′(z), dx = dz·Wᵀ, dW = xᵀ·dz and db = Σ dz. */
export const linearGrad: KernelConfig = tensorflowKernel<LinearGradInputs, LinearGradAttributes>(
  'LinearGrad',
  (ops, { dy, x, weight, kept }, { bias }) => {
    const dyRows = ops.of(dy, rowsOf(dy)); // [N, out]
    const dz = kept ? ops.mul(dyRows, ops.of(kept)) : dyRows; // [N, out]
    const dx = ops.matMul(dz, ops.of(weight), false, true); // [N, in]
    const dWeight = ops.matMul(ops.of(x, rowsOf(x)), dz, true); // [in, out]
    const gradients = [ops.output(dx, x.shape), ops.output(dWeight)];
    if (bias) gradients.push(ops.output(ops.sumOfRows(dz)));
    return gradients;
  },
);

interface Activated {
  readonly value: Value;
  /** Its derivative, for which it uses what the value took. */
  derivative(): Value;
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

const activations: Readonly<Record<Activation, (ops: NativeOps, z: Value) => Activated>> = {
  /** z·Φ(z) with Φ(z) = (1 + erf(z/√2))/2, and Φ(z) + z·exp(−z²/2)/√(2π) */
  gelu(ops, z) {
    const scaled = ops.mul(z, ops.scalar(Math.SQRT1_2));
    const phi = ops.mul(ops.add(ops.run('Erf', [scaled]), ops.scalar(1)), ops.scalar(0.5));
    return {
      value: ops.mul(z, phi),
      derivative() {
        const density = ops.div(scaled, ops.run('Exp', [ops.run('Square', [scaled])])); // z·exp(−z²/2)/√2
        return ops.add(phi, ops.mul(density, ops.scalar(1 / Math.sqrt(Math.PI))));
      },
    };
  },
  /** z·s with s = (1 + tanh(u))/2 = sigmoid(2u) and u = √(2/π)·(z + 0.044715·z³), and s + z·s·(1 − s)·2u′ */
  gelu_tanh(ops, z) {
    const square = ops.run('Square', [z]);
    const slope = ops.add(
      ops.mul(square, ops.scalar(2 * SQRT_2_OVER_PI * CUBIC)),
      ops.scalar(2 * SQRT_2_OVER_PI),
    );
    const s = ops.run('Sigmoid', [ops.mul(z, slope)]);
    return {
      value: ops.mul(z, s),
      derivative() {
        const cubed = ops.mul(square, ops.scalar(6 * SQRT_2_OVER_PI * CUBIC));
        const dTwoU = ops.add(cubed, ops.scalar(2 * SQRT_2_OVER_PI));
        return ops.add(s, ops.run('SigmoidGrad', [s, ops.mul(z, dTwoU)]));
      },
    };
  },
};
