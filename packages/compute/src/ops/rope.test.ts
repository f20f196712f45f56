import { dot, reshape, type Tensor1D, tensor2d } from '@tensorflow/tfjs-core';
import { createRandom } from '@tinyllm/common';
import { beforeAll, expect, it } from 'vitest';
import { useBackend } from '../backends/use-backend';
import { rope, ropeTable } from './rope';

const D = 16;

beforeAll(async () => {
  await useBackend('cpu');
});

it('makes the score of a query and a key depend on how far apart they are, and on nothing else', () => {
  const random = createRandom(2);
  const vector = () =>
    tensor2d(
      Array.from({ length: D }, () => random.normal()),
      [1, D],
    );
  const [query, key] = [vector(), vector()];
  const at = (x: typeof query, position: number): Tensor1D =>
    reshape(rope(x, ropeTable([position], D, 10_000), 1), [D]);
  const score = (q: number, k: number): number => dot(at(query, q), at(key, k)).dataSync()[0] as number;
  for (const far of [0, 1, 5, 100]) {
    for (const first of [1, 17, 400]) expect(score(first + far, first)).toBeCloseTo(score(far, 0), 3);
  }
  expect(Math.abs(score(1, 0) - score(2, 0))).toBeGreaterThan(0.01);
});

it('turns pair i by position · theta^(−2i/D) and leaves position 0 and other heads as they are', () => {
  const x = tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [1, 8]);
  expect([...rope(x, ropeTable([0], 4, 10_000), 1).dataSync()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const turned = rope(x, ropeTable([3], 4, 10_000), 1).dataSync();
  const expected = [
    Math.cos(3) - 3 * Math.sin(3),
    2 * Math.cos(0.03) - 4 * Math.sin(0.03),
    3 * Math.cos(3) + Math.sin(3),
    4 * Math.cos(0.03) + 2 * Math.sin(0.03),
  ];
  for (const [i, value] of [...expected, 5, 6, 7, 8].entries()) expect(turned[i]).toBeCloseTo(value, 5);
});
