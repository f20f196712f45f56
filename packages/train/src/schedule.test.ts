import { describe, expect, it } from 'vitest';
import { schedules, warmupConstant, warmupCosine, warmupLinear, warmupStableDecay } from './schedule';

const options = { learningRate: 1e-3, minLearningRate: 1e-4, warmupIters: 10, lrDecayIters: 110 };

describe('warmupCosine', () => {
  const rate = warmupCosine(options);

  it('warms up in equal parts, from one part of warmupIters + 1', () => {
    expect(rate(0)).toBeCloseTo(1e-3 / 11, 12);
    expect(rate(9)).toBeCloseTo(1e-2 / 11, 12);
  });

  it('peaks, is half-way in the middle, and stays on the floor', () => {
    expect(rate(10)).toBeCloseTo(1e-3, 12);
    expect(rate(60)).toBeCloseTo(5.5e-4, 12);
    expect(rate(110)).toBe(1e-4);
    expect(rate(10_000)).toBe(1e-4);
  });

  it('is constant where the floor is the peak', () => {
    const constant = warmupCosine({ ...options, minLearningRate: 1e-3, warmupIters: 0 });
    for (const step of [0, 50, 500]) expect(constant(step)).toBeCloseTo(1e-3, 12);
  });

  it('refuses a floor above the peak, as one of the sources had it, and says why', () => {
    expect(() => warmupCosine({ ...options, learningRate: 1e-4, minLearningRate: 5e-4 })).toThrowError(
      expect.objectContaining({
        code: 'config/min-above-peak',
        message: expect.stringMatching(
          /minLearningRate \(0.0005\) is above learningRate \(0.0001\).+would rise/,
        ),
      }),
    );
  });

  it('refuses what is not a number', () => {
    expect(() => warmupCosine({ ...options, warmupIters: Number.NaN })).toThrowError(
      /warmupIters must be a number/,
    );
  });
});

describe('the other schedules', () => {
  it('warm up as warmupCosine does', () => {
    for (const schedule of Object.values(schedules)) {
      for (const step of [0, 4, 9]) expect(schedule(options)(step)).toBe(warmupCosine(options)(step));
      expect(schedule(options)(10)).toBeCloseTo(1e-3, 12);
    }
  });

  it('fall in a line, stay, or stay and then fall in a line over the last fifth', () => {
    const rates = (schedule: (step: number) => number) =>
      [35, 60, 88, 99, 110, 500].map((step) => 1e4 * schedule(step));
    const close = (expected: number[]) => expected.map((rate) => expect.closeTo(rate, 8));
    expect(rates(warmupLinear(options))).toEqual(close([7.75, 5.5, 2.98, 1.99, 1, 1]));
    expect(rates(warmupConstant(options))).toEqual(close([10, 10, 10, 10, 10, 10]));
    expect(rates(warmupStableDecay(options))).toEqual(close([10, 10, 10, 5.5, 1, 1]));
  });

  it('refuse a floor above the peak, if they have one', () => {
    const wrong = { ...options, minLearningRate: 1 };
    for (const name of ['linear', 'wsd'] as const) {
      expect(() => schedules[name](wrong)).toThrowError(/minLearningRate \(1\) is above/);
    }
  });
});
