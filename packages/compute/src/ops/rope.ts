import {
  add,
  concat,
  mul,
  registerGradient,
  reshape,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { registerReference, release, runKernel } from './register';
import { checkShapes } from './shapes';

/**
 * By which angles each of `positions` turns the D/2 pairs of a head: their cosines, then their sines, [T, D]. Pair i
 * turns by position · `theta`^(−2i/D), in float32 as PyTorch computes it. The caller disposes.
 */
export function ropeTable(positions: readonly number[], headSize: number, theta: number): Tensor2D {
  const half = headSize / 2;
  const { fround } = Math;
  const frequencies = Array.from({ length: half }, (_, i) => fround(1 / fround(theta ** (i / half))));
  const table = new Float32Array(positions.length * headSize);
  for (const [t, position] of positions.entries()) {
    for (const [i, frequency] of frequencies.entries()) {
      const angle = fround(position * frequency);
      table[t * headSize + i] = Math.cos(angle);
      table[t * headSize + half + i] = Math.sin(angle);
    }
  }
  return tensor2d(table, [positions.length, headSize]);
}

/**
 * Rotary position embedding (Su et al. 2021, arXiv:2104.09864) of the first `heads` heads of `x` [..., T, W], so that
 * queries and keys turn and the values after them do not. `table` [T, D] is `ropeTable`'s, W a multiple of D. The first
 * half of a head pairs with the second, as in GPT-NeoX and Hugging Face's Llama → the shape of `x`. The caller disposes.
 * Throws `compute/shape-mismatch` and `compute/wrong-dtype`.
 */
export function rope(x: Tensor, table: Tensor2D, heads: number): Tensor {
  const [T, D] = table.shape;
  const W = x.shape.at(-1) ?? 0;
  const fits = x.shape.at(-2) === T && W % D === 0 && D % 2 === 0 && heads * D <= W;
  checkShapes(fits, 'rope', `x [..., T, W] of ${heads} heads or more and a table [T, D], D even`, x, table);
  return runKernel('Rope', { x, table }, { heads, inverse: false })[0] as Tensor;
}

export interface RopeInputs {
  x: Tensor;
  table: Tensor2D;
}

export type RopeAttributes = { heads: number; inverse: boolean };

/** Turns each pair (a, b) into (a·cos − b·sin, b·cos + a·sin); back, where `inverse`. */
export function ropeReference({ x, table }: RopeInputs, { heads, inverse }: RopeAttributes): Tensor {
  const [T, D] = table.shape;
  const half = D / 2;
  const all = (x.shape.at(-1) as number) / D;
  const N = x.size / (T * all * D);
  const x4 = reshape(x, [N, T, all, D]);
  const turned = slice(x4, 0, [N, T, heads, D]);
  const a = slice(turned, 0, [N, T, heads, half]);
  const b = slice(turned, [0, 0, 0, half], [N, T, heads, half]);
  const cos = reshape(slice(table, 0, [T, half]), [1, T, 1, half]);
  const sin = mul(reshape(slice(table, [0, half], [T, half]), [1, T, 1, half]), inverse ? -1 : 1);
  const first = sub(mul(a, cos), mul(b, sin)) as Tensor4D; // [N, T, heads, D/2]
  const second = add(mul(b, cos), mul(a, sin)) as Tensor4D; // [N, T, heads, D/2]
  const rotated = concat([first, second], 3); // [N, T, heads, D]
  const rest = heads === all ? [] : [slice(x4, [0, 0, heads, 0], [N, T, all - heads, D])];
  return reshape(concat([rotated, ...rest], 2), x.shape);
}

registerReference<RopeInputs, RopeAttributes>('Rope', (inputs, attrs) => [ropeReference(inputs, attrs)]);

registerGradient({
  kernelName: 'Rope',
  inputsToSave: ['table'],
  gradFunc: (dy, [table], attrs) => ({
    x: () => {
      const { heads } = attrs as unknown as RopeAttributes;
      const [dx] = runKernel('Rope', { x: dy as Tensor, table }, { heads, inverse: true });
      release([table]);
      return dx as Tensor;
    },
  }),
});
