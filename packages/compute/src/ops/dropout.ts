import { mul, registerGradient, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { randomWords } from '@tinyllm/common';
import { registerReference, runKernel } from './register';

/**
 * Which values a dropout drops: element i is kept where word i of Philox4x32-10 for (`seed`, `offset`), scaled
 * to [0, 1), is at least `rate`. The same on every backend; use another `offset` at every place and step.
 */
export interface DropoutOptions {
  /** Probability of dropping, in [0, 1). */
  readonly rate: number;
  readonly seed: number;
  readonly offset: number;
}

/**
 * Dropout (Srivastava et al. 2014): zeroes elements with probability `rate` and divides the others by
 * 1 − rate. `x` of any shape → the same shape. The caller disposes. Throws `compute/wrong-dtype`.
 */
export function dropout(x: Tensor, { rate, seed, offset }: DropoutOptions): Tensor {
  const [y] = runKernel('Dropout', { x }, { rate, seed, offset }) as [Tensor];
  return y;
}

/** 0 where an element is dropped, 1 / (1 − rate) where it is kept. */
export function dropoutMask<T extends Tensor>(shape: number[], { rate, seed, offset }: DropoutOptions): T {
  const size = shape.reduce((product, side) => product * side, 1);
  const threshold = rate * 2 ** 32;
  const kept = 1 / (1 - rate);
  return tensor(
    Float32Array.from(randomWords(seed, offset, size), (word) => (word < threshold ? 0 : kept)),
    shape,
  ) as T;
}

export interface DropoutInputs {
  x: Tensor;
}

export function dropoutReference({ x }: DropoutInputs, options: DropoutOptions): Tensor {
  return mul(x, dropoutMask(x.shape, options));
}

registerReference<DropoutInputs, DropoutOptions>('Dropout', (inputs, attrs) => [
  dropoutReference(inputs, attrs),
]);

registerGradient({
  kernelName: 'Dropout',
  gradFunc: (dy, _saved, attrs) => ({ x: () => dropout(dy as Tensor, attrs as unknown as DropoutOptions) }),
});
