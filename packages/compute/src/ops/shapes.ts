import {
  getBackend,
  matMul,
  ones,
  reshape,
  type Tensor,
  type Tensor2D,
  transpose,
} from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';

/** Throws `compute/shape-mismatch` unless `holds`: `expected` in words, and the shapes that came. */
export function checkShapes(holds: boolean, operation: string, expected: string, ...tensors: Tensor[]): void {
  if (holds) return;
  const shapes = tensors.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ');
  throw new TinyllmError('compute/shape-mismatch', `${operation} expects ${expected}, but got ${shapes}.`);
}

/** `x` [..., C] as rows [N, C]. */
export function rows(x: Tensor): Tensor2D {
  const C = x.shape.at(-1) ?? 1;
  return reshape(x, [x.size / C, C]);
}

/**
 * Product of matrices, batched over leading axes. On wasm, tfjs's transposed paths are 10 to 50 times slower
 * than its plain one (../shared/baselines), so transposes are made explicit there.
 */
export function product<T extends Tensor>(a: T, b: T, transposeA = false, transposeB = false): T {
  if (getBackend() !== 'wasm') return matMul(a, b, transposeA, transposeB);
  return matMul(transposeA ? transposeLast(a) : a, transposeB ? transposeLast(b) : b);
}

/** `x` [N, C] → [C], summed over rows: a product, since tfjs's sum over the first axis is slow on wasm. */
export function sumRows(x: Tensor2D): Tensor {
  return reshape(matMul(ones([1, x.shape[0]]) as Tensor2D, x), [x.shape[1]]);
}

function transposeLast<T extends Tensor>(x: T): T {
  const axes = x.shape.map((_, axis) => axis);
  const last = axes.length - 1;
  return transpose(x, [...axes.slice(0, -2), last, last - 1]);
}
