import {
  ones,
  scalar,
  type Tensor,
  tensor1d,
  type Variable,
  variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';

import { backendsHere, startBackend } from '../contract/backends-here';
import { adamw, globalNorm } from './adamw';

/** The update in float64, element by element, as the paper and PyTorch write it. */
function adamwInFloat64(p: number[], gradients: number[][], lr: number, weightDecay: number): number[] {
  const [beta1, beta2, epsilon] = [0.9, 0.99, 1e-8];
  const m = p.map(() => 0);
  const v = p.map(() => 0);
  let parameters = p;
  gradients.forEach((gradient, i) => {
    parameters = parameters.map((value, j) => {
      const g = gradient[j] ?? 0;
      m[j] = beta1 * (m[j] ?? 0) + (1 - beta1) * g;
      v[j] = beta2 * (v[j] ?? 0) + (1 - beta2) * g * g;
      const mHat = (m[j] ?? 0) / (1 - beta1 ** (i + 1));
      const vHat = (v[j] ?? 0) / (1 - beta2 ** (i + 1));
      return value * (1 - lr * weightDecay) - (lr * mHat) / (Math.sqrt(vHat) + epsilon);
    });
  });
  return parameters;
}

describe.each(await backendsHere())('on %s', (backend) => {
  it('adamw follows the formula, with decay, without it, and with scaled gradients', async () => {
    await startBackend(backend);
    const random = createRandom(3);
    const numbers = () => Array.from({ length: 7 }, () => random.normal());
    const initial = numbers();
    const gradients = [numbers(), numbers(), numbers()];
    for (const [weightDecay, scale] of [
      [0.1, 1],
      [0, 1],
      [0.1, 0.25],
    ] as const) {
      const parameter = variable(tensor1d(initial)) as Variable;
      const m = variable(zerosLike(parameter));
      const v = variable(zerosLike(parameter));
      gradients.forEach((gradient, i) => {
        const slot = { parameter, gradient: tensor1d(gradient), m, v, weightDecay };
        const hyper = { learningRate: 0.02, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
        adamw([slot], { ...hyper, step: i + 1, gradientScale: scalar(scale) });
      });
      const scaled = gradients.map((gradient) => gradient.map((g) => g * scale));
      const expected = adamwInFloat64(initial, scaled, 0.02, weightDecay);
      for (const [i, value] of (await parameter.data()).entries())
        expect(value).toBeCloseTo(expected[i] as number, 5);
    }
  });

  it('adamw updates many parameters of all sizes at once, and no copy of one', async () => {
    await startBackend(backend);
    const random = createRandom(5);
    const hyper = { learningRate: 0.02, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, gradientScale: scalar(0.5) };
    const sizes = [...Array.from({ length: 70 }, (_, i) => 1 + ((i * 37) % 90)), 5000, 9001];
    const slots = sizes.map((size, i) => {
      const initial = Array.from({ length: size }, () => random.normal());
      const gradients = [0, 1].map(() => Array.from({ length: size }, () => random.normal()));
      const parameter = variable(tensor1d(initial)) as Variable;
      const [m, v] = [variable(zerosLike(parameter)), variable(zerosLike(parameter))];
      return { initial, gradients, parameter, m, v, weightDecay: (i % 3) * 0.1 };
    });
    const take = (step: number): void =>
      adamw(
        slots.map((slot) => ({ ...slot, gradient: tensor1d(slot.gradients[step - 1] as number[]) })),
        { ...hyper, step },
      );
    take(1);
    const copies = slots.map(({ parameter }) => parameter.clone());
    take(2);
    for (const [i, { initial, gradients, parameter, weightDecay }] of slots.entries()) {
      const scaled = gradients.map((gradient) => gradient.map((g) => g * 0.5));
      for (const [tensor, steps] of [
        [copies[i] as Tensor, 1],
        [parameter, 2],
      ] as const) {
        const expected = adamwInFloat64(initial, scaled.slice(0, steps), 0.02, weightDecay);
        const values = await tensor.data();
        const worst = Math.max(...expected.map((value, j) => Math.abs(value - (values[j] as number))));
        expect(worst, `slot ${i} after ${steps}`).toBeLessThan(1e-5);
      }
    }
  });

  it('globalNorm is the norm of all values together', async () => {
    await startBackend(backend);
    const norm = globalNorm([tensor1d([3, 0]), tensor1d([0, 4, 12])]);
    expect((await norm.data())[0]).toBeCloseTo(13, 5);
    const many = Array.from({ length: 90 }, (_, i) => ones([1 + 100 * i]));
    expect((await globalNorm(many).data())[0]).toBeCloseTo(Math.sqrt(90 + (100 * 89 * 90) / 2), 2);
  });
});
