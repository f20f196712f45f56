import { TinyllmError } from '@tinyllm/common';

/** The learning rate of a step; the first step is 0. */
export type Schedule = (step: number) => number;

export interface WarmupCosineOptions {
  /** The peak. */
  readonly learningRate: number;
  /** The floor, at most the peak. */
  readonly minLearningRate: number;
  /** Steps of linear warm-up. */
  readonly warmupIters: number;
  /** The step at which the floor is reached. */
  readonly lrDecayIters: number;
}

/**
 * Linear warm-up to the peak, then half a cosine down to the floor, where it stays: nanoGPT's schedule, with
 * its (step + 1) / (warmupIters + 1). Throws `config/min-above-peak` and `config/invalid-field`.
 */
export function warmupCosine(options: WarmupCosineOptions): Schedule {
  const { learningRate, minLearningRate, warmupIters, lrDecayIters } = options;
  for (const [field, value] of Object.entries(options)) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new TinyllmError(
        'config/invalid-field',
        `${field} must be a number, 0 or more, but is ${value}.`,
      );
    }
  }
  if (minLearningRate > learningRate) {
    throw new TinyllmError(
      'config/min-above-peak',
      `minLearningRate (${minLearningRate}) is above learningRate (${learningRate}), so the rate would rise as it ` +
        `decays. Set minLearningRate to about a tenth of learningRate, for example ${learningRate / 10}.`,
    );
  }
  return (step) => {
    if (step < warmupIters) return (learningRate * (step + 1)) / (warmupIters + 1);
    if (step >= lrDecayIters) return minLearningRate;
    const progress = (step - warmupIters) / (lrDecayIters - warmupIters);
    const cosine = 0.5 * (1 + Math.cos(Math.PI * progress)); // 1 at the peak, 0 at the floor
    return minLearningRate + cosine * (learningRate - minLearningRate);
  };
}
