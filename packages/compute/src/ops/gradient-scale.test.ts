import { scalar, tensor1d, variable } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';

import { backendsHere, expectNoDeviceError, startBackend } from '../contract/backends-here';
import { adamw } from './adamw';
import { gradientScale } from './gradient-scale';

describe.each(await backendsHere())('on %s', (backend) => {
  afterAll(() => expectNoDeviceError(backend));

  const scaleOf = async (norm: number, loss: number, gradClip: number, before?: number): Promise<number> => {
    await startBackend(backend);
    const options = { gradClip, maxLoss: 8, before: before === undefined ? undefined : scalar(before) };
    return (await gradientScale(scalar(norm), scalar(loss), options).data())[0] as number;
  };

  it.each([
    ['shorter than the clip', 0.5, 1, 1],
    ['longer', 4, 1, 0.25],
    ['clipped to another length', 4, 0.5, 0.125],
    ['never clipped', 4, 0, 1],
    ['of nothing', 0, 1, 1],
  ])('scales a gradient that is %s', async (_, norm, gradClip, expected) => {
    expect(await scaleOf(norm, 8, gradClip)).toBeCloseTo(expected, 5);
    expect(await scaleOf(norm, 8, gradClip, 0.3)).toBeCloseTo(expected, 5);
  });

  it.each([
    ['a loss above the most', 1, 8.5, undefined],
    ['a loss that is not a number', 1, Number.NaN, 1],
    ['a loss that is infinite', 1, Number.POSITIVE_INFINITY, 1],
    ['a norm that is not a number', Number.NaN, 2, undefined],
    ['a norm that is infinite', Number.POSITIVE_INFINITY, 2, undefined],
    ['a bad step before', 1, 2, -1],
  ])('is −1 after %s', async (_, norm, loss, before) => {
    expect(await scaleOf(norm, loss, 1, before)).toBe(-1);
    expect(await scaleOf(norm, loss, 0, before)).toBe(-1);
  });

  it('leaves parameters and moments as they are where it is −1', async () => {
    await startBackend(backend);
    const sizes = [7, 5000];
    const initial = (size: number) => Array.from({ length: size }, (_, i) => Math.sin(i));
    const slots = sizes.map((size) => {
      const [parameter, m, v] = [0.5, 0.25, 1].map((k) =>
        variable(tensor1d(initial(size).map((x) => k * x * x))),
      ) as [ReturnType<typeof variable>, ReturnType<typeof variable>, ReturnType<typeof variable>];
      return { parameter, m, v, gradient: tensor1d(initial(size).map((x) => 1 - x)), weightDecay: 0.1 };
    });
    const read = () =>
      Promise.all(slots.flatMap(({ parameter, m, v }) => [parameter, m, v].map((tensor) => tensor.data())));
    const hyper = { learningRate: 0.02, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, step: 1 };
    const before = (await read()).map((values) => values.slice());
    adamw(slots, { ...hyper, gradientScale: scalar(-1) });
    expect(await read()).toEqual(before);
    adamw(slots, { ...hyper, gradientScale: scalar(1) });
    for (const [i, values] of (await read()).entries()) expect(values).not.toEqual(before[i]);
  });
});
