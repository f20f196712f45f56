/** Values and gradients of an operation on the current backend, and how far two of them are apart. */
import '../gradients';
import { mul, type Scalar, sum, type Tensor, tensor, tidy, valueAndGrads } from '@tensorflow/tfjs-core';
import { createRandom } from '@tinyllm/common';
import type { OperationCase } from './cases';

export type Values = Float32Array[];

/** Normal numbers for every shape, the same at every call. */
export function inputsOf({ shapes, name }: OperationCase): Values {
  const random = createRandom(name.length, shapes.length);
  return shapes.map((shape) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  );
}

export async function evaluate(
  operation: OperationCase,
  inputs: Values,
  run: OperationCase['run'] = operation.run,
): Promise<Float32Array> {
  const y = tidy(() => run(tensors(operation, inputs)));
  const value = (await y.data()) as Float32Array;
  y.dispose();
  return value.slice();
}

/** Gradients of Σ y · direction, with respect to each input. */
export async function gradientsOf(
  operation: OperationCase,
  inputs: Values,
  direction: Float32Array,
): Promise<Values> {
  const { grads } = tidy(() =>
    valueAndGrads((...given: Tensor[]) => {
      const y = operation.run(given);
      return sum<Scalar>(mul(y, tensor(direction, y.shape)));
    })(tensors(operation, inputs)),
  );
  const values = await Promise.all(grads.map((grad) => grad.data() as Promise<Float32Array>));
  for (const grad of grads) grad.dispose();
  return values.map((value) => value.slice());
}

function tensors({ shapes }: OperationCase, inputs: Values): Tensor[] {
  return inputs.map((values, i) => tensor(values, [...(shapes[i] as readonly number[])]));
}

export const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((total, x, i) => total + x * (b[i] as number), 0);
export const norm = (a: Float32Array): number => Math.sqrt(dot(a, a));
/** The norm of the difference over the norm. */
export const distance = (a: Float32Array, b: Float32Array): number =>
  norm(a.map((x, i) => x - (b[i] as number))) / Math.max(norm(b), 1e-3);
/** Numbers of another stream, as many as `like` has. */
export function directionLike(like: Float32Array, stream: number): Float32Array {
  const random = createRandom(99, stream);
  return like.map(() => random.normal());
}
