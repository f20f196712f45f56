import { createRandom } from '@tinyllm/common';

/** A mean, and where it would be in 95 of 100 such samples. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The mean of `values` with the 95 % percentile interval of the bootstrap (Efron 1979): the mean of as many values drawn
 * with replacement, `resamples` times (default 2,000). NaN throughout where there are no values.
 */
export function bootstrapInterval(
  values: readonly number[],
  { seed, resamples = 2000 }: { readonly seed: number; readonly resamples?: number },
): Interval {
  const random = createRandom(seed);
  const mean = (draw: (i: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += draw(i);
    return sum / values.length;
  };
  const means = Float64Array.from({ length: resamples }, () =>
    mean(() => values[random.integer(values.length)] as number),
  ).sort();
  return {
    mean: mean((i) => values[i] as number),
    low: means[Math.floor(0.025 * (resamples - 1))] as number,
    high: means[Math.ceil(0.975 * (resamples - 1))] as number,
  };
}
