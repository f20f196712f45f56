import { TinyllmError } from '@tinyllm/common';
import { checkField } from './check-field';

/** The learning rate of a step; the first step is 0. */
export type Schedule = (step: number) => number;

export interface ScheduleOptions {
  /** The peak. */
  readonly learningRate: number;
  /** The floor, at most the peak. */
  readonly minLearningRate: number;
  /** Steps of linear warm-up. */
  readonly warmupIters: number;
  /** The step at which the floor is reached. */
  readonly lrDecayIters: number;
}

/** How much of a `warmupStableDecay` decays: its authors found a tenth to be enough, and a fifth safe. */
const DECAY_SHARE = 0.2;

/**
 * Linear warm-up to the peak, then half a cosine down to the floor, where it stays: nanoGPT's schedule, with
 * its (step + 1) / (warmupIters + 1). Throws `config/min-above-peak` and `config/invalid-field`.
 */
export function warmupCosine(options: ScheduleOptions): Schedule {
  return warmupThen(options, (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/** Linear warm-up to the peak, then a straight line down to the floor, where it stays. Throws as `warmupCosine`. */
export function warmupLinear(options: ScheduleOptions): Schedule {
  return warmupThen(options, (progress) => 1 - progress);
}

/** Linear warm-up to the peak, where it stays. Throws as `warmupCosine`. */
export function warmupConstant(options: Pick<ScheduleOptions, 'learningRate' | 'warmupIters'>): Schedule {
  const { learningRate, warmupIters } = options;
  const flat = { learningRate, warmupIters, minLearningRate: learningRate, lrDecayIters: warmupIters };
  return warmupThen(flat, () => 1);
}

/**
 * Linear warm-up to the peak, which is held for the first four fifths of `lrDecayIters`, then a straight line down to
 * the floor (Hu et al. 2024, "MiniCPM", arXiv:2404.06395): a run can be prolonged from before its decay. Throws as
 * `warmupCosine`.
 */
export function warmupStableDecay(options: ScheduleOptions): Schedule {
  const { warmupIters, lrDecayIters } = options;
  const decayFrom = Math.max(warmupIters, lrDecayIters * (1 - DECAY_SHARE));
  const stable = (decayFrom - warmupIters) / Math.max(1, lrDecayIters - warmupIters);
  return warmupThen(options, (progress) => Math.min(1, (1 - progress) / (1 - stable)));
}

export type ScheduleName = 'cosine' | 'linear' | 'constant' | 'wsd';

/** Every schedule by the name that recipes and `--schedule` call it. */
export const schedules: Readonly<Record<ScheduleName, (options: ScheduleOptions) => Schedule>> = {
  cosine: warmupCosine,
  linear: warmupLinear,
  constant: warmupConstant,
  wsd: warmupStableDecay,
};

/** Warm-up, then what `decay` makes of the progress from 0 to 1: 1 at the peak, 0 at the floor. */
function warmupThen(options: ScheduleOptions, decay: (progress: number) => number): Schedule {
  check(options);
  const { learningRate, minLearningRate, warmupIters, lrDecayIters } = options;
  return (step) => {
    if (step < warmupIters) return (learningRate * (step + 1)) / (warmupIters + 1);
    if (step >= lrDecayIters) return minLearningRate;
    const progress = (step - warmupIters) / (lrDecayIters - warmupIters);
    return minLearningRate + decay(progress) * (learningRate - minLearningRate);
  };
}

function check(options: ScheduleOptions): void {
  for (const field of ['learningRate', 'minLearningRate', 'warmupIters', 'lrDecayIters'] as const) {
    const value = options[field];
    checkField(field, value, Number.isFinite(value) && value >= 0, 'a number, 0 or more');
  }
  const { learningRate, minLearningRate } = options;
  if (minLearningRate > learningRate) {
    throw new TinyllmError(
      'config/min-above-peak',
      `minLearningRate (${minLearningRate}) is above learningRate (${learningRate}), so the rate would rise as it ` +
        `decays. Set minLearningRate to about a tenth of learningRate, for example ${learningRate / 10}.`,
    );
  }
}
