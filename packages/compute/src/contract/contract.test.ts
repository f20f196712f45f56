/** One contract for every backend: each operation's value and gradient, against the cpu oracle and finite differences. */
import '../gradients';
import { mul, type Scalar, sum, type Tensor, tensor, tidy, valueAndGrads } from '@tensorflow/tfjs-core';
import { createRandom } from '@tinyllm/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { backendsHere, expectNoDeviceError, startBackend } from './backends-here';
import { cases, type OperationCase } from './cases';

type Values = Float32Array[];

/** Normal numbers for every shape, the same at every call. */
function inputsOf({ shapes, name }: OperationCase): Values {
  const random = createRandom(name.length, shapes.length);
  return shapes.map((shape) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  );
}

async function evaluate(
  operation: OperationCase,
  inputs: Values,
  run = operation.run,
): Promise<Float32Array> {
  const y = tidy(() => run(tensors(operation, inputs)));
  const value = (await y.data()) as Float32Array;
  y.dispose();
  return value.slice();
}

/** Gradients of Σ y · direction, with respect to each input. */
async function gradientsOf(
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

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((total, x, i) => total + x * (b[i] as number), 0);
const norm = (a: Float32Array): number => Math.sqrt(dot(a, a));
const distance = (a: Float32Array, b: Float32Array): number =>
  norm(a.map((x, i) => x - (b[i] as number))) / Math.max(norm(b), 1e-3);
const moved = (a: Float32Array, by: number, along: Float32Array): Float32Array =>
  a.map((x, i) => x + by * (along[i] as number));

/** Numbers of another stream, as many as `like` has. */
function directionLike(like: Float32Array, stream: number): Float32Array {
  const random = createRandom(99, stream);
  return like.map(() => random.normal());
}

describe.each(await backendsHere())('on %s', (backend) => {
  afterAll(() => expectNoDeviceError(backend));

  describe.each(cases)('$name', (operation) => {
    const inputs = inputsOf(operation);
    let value: Float32Array;
    let gradients: Values;
    let direction: Float32Array;

    beforeAll(async () => {
      await startBackend(backend);
      value = await evaluate(operation, inputs);
      direction = directionLike(value, 0);
      gradients = await gradientsOf(operation, inputs, direction);
    });

    it('has the value of the reference on cpu', async () => {
      await startBackend('cpu');
      expect(distance(value, await evaluate(operation, inputs, operation.reference))).toBeLessThan(1e-5);
    });

    it('has the gradients of cpu', async () => {
      await startBackend('cpu');
      const expected = await gradientsOf(operation, inputs, direction);
      for (const [i, gradient] of gradients.entries()) {
        expect(distance(gradient, expected[i] as Float32Array)).toBeLessThan(1e-5);
      }
    });

    it('has the gradients that finite differences give', async () => {
      await startBackend(backend);
      for (const [i, gradient] of gradients.entries()) {
        const along = directionLike(gradient, i + 1);
        const step = 1e-2 / Math.max(1, norm(along) / Math.sqrt(along.length));
        const at = async (by: number): Promise<number> => {
          const there = inputs.map((input, j) => (j === i ? moved(input, by, along) : input));
          return dot(await evaluate(operation, there), direction);
        };
        // Central differences at h and 2h, combined so that the error is of order h⁴ (Richardson).
        const near = ((await at(step)) - (await at(-step))) / (2 * step);
        const far = ((await at(2 * step)) - (await at(-2 * step))) / (4 * step);
        const slope = (4 * near - far) / 3;
        const scale = (norm(gradient) * norm(along)) / Math.sqrt(along.length) + 1e-2;
        expect(Math.abs(slope - dot(gradient, along)) / scale).toBeLessThan(5e-3);
      }
    });
  });
});
