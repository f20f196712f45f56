/** One contract for every backend: each operation's value and gradient, against the cpu oracle and finite differences. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backendsHere, expectNoDeviceError, startBackend } from './backends-here';
import { cases } from './cases';
import { directionLike, distance, dot, evaluate, gradientsOf, inputsOf, norm, type Values } from './evaluate';

const moved = (a: Float32Array, by: number, along: Float32Array): Float32Array =>
  a.map((x, i) => x + by * (along[i] as number));

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
