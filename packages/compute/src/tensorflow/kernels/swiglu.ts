import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { SwiGLUGradInputs, SwiGLUInputs } from '../../ops/swiglu';
import type { NativeOps, Value } from '../native-ops';
import { rowsOf, tensorflowKernel } from './kernel';

/** Gates and values of x [N, 2F], each [N, F]. */
function halves(ops: NativeOps, x: TensorInfo): [Value, Value] {
  const both = ops.of(x, rowsOf(x)); // [N, 2F]
  return ops.runMany('Split', [ops.integers([1], []), both], { num_split: { int: 2 } }, 2) as [Value, Value];
}

/** g·sigmoid(g)·u of halves g and u (Shazeer 2020, arXiv:2002.05202). */
export const swiglu: KernelConfig = tensorflowKernel<SwiGLUInputs>('SwiGLU', (ops, { x }) => {
  const [gate, value] = halves(ops, x);
  const y = ops.mul(ops.mul(gate, ops.run('Sigmoid', [gate])), value); // [N, F]
  return [ops.output(y, [...x.shape.slice(0, -1), y.shape[1] as number])];
});

/** dg = dy·u·s·(1 + g·(1 − s)) = dy·u·s + dy·u·g·s·(1 − s) and du = dy·g·s, with s = sigmoid(g). */
export const swigluGrad: KernelConfig = tensorflowKernel<SwiGLUGradInputs>('SwiGLUGrad', (ops, { dy, x }) => {
  const [gate, value] = halves(ops, x);
  const dyRows = ops.of(dy, rowsOf(dy)); // [N, F]
  const s = ops.run('Sigmoid', [gate]); // [N, F]
  const dSilu = ops.mul(dyRows, value); // [N, F]
  const dGate = ops.add(ops.mul(dSilu, s), ops.run('SigmoidGrad', [s, ops.mul(dSilu, gate)])); // [N, F]
  const dValue = ops.mul(dyRows, ops.mul(gate, s)); // [N, F]
  const dx = ops.concat([dGate, dValue], 1); // [N, 2F]
  return [ops.output(dx, x.shape)];
});
