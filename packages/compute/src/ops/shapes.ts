import { reshape, sum, type Tensor, type Tensor2D, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';

/** Throws `compute/shape-mismatch` unless `holds`: `expected` in words, and the shapes that came. */
export function checkShapes(holds: boolean, operation: string, expected: string, ...tensors: Tensor[]): void {
  if (holds) return;
  const shapes = tensors.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ');
  throw new TinyllmError('compute/shape-mismatch', `${operation} expects ${expected}, but got ${shapes}.`);
}

/** How many numbers a tensor has. */
export function sizeOf({ shape }: TensorInfo): number {
  return util.sizeFromShape(shape);
}

/** Length of the last axis; 1 of a scalar. */
export function lastOf({ shape }: TensorInfo): number {
  return shape.at(-1) ?? 1;
}

/** `x` [..., C] as rows [N, C]. */
export function rows(x: Tensor): Tensor2D {
  const C = lastOf(x);
  return reshape(x, [x.size / C, C]);
}

/** `x` [N, C] → [C], summed over rows. */
export function sumRows(x: Tensor2D): Tensor {
  return sum(x, 0);
}
