import { type Scalar, scalar } from '@tensorflow/tfjs-core';
import { registerReference, runKernel } from './register';

/** What a step's gradients are held to. */
export interface GradientScaleOptions {
  /** They are brought down to this global norm where theirs is longer; 0 never clips. */
  readonly gradClip: number;
  /** The loss above which the step is bad. */
  readonly maxLoss: number;
  /** The scale of the step before, where nobody has looked at it yet: after a bad step, this one is bad too. */
  readonly before?: Scalar | undefined;
}

/**
 * What `adamw` multiplies gradients of this global norm by: 1, or what clips them as PyTorch does. It is −1, which makes
 * `adamw` leave everything as it is, where the step is bad: a norm or loss that is not finite, or a loss above `maxLoss`.
 * WebGPU finds it on the card, so no update waits for its loss to be read. Scalar; the caller disposes.
 */
export function gradientScale(
  norm: Scalar,
  loss: Scalar,
  { gradClip, maxLoss, before }: GradientScaleOptions,
): Scalar {
  return runKernel('GradientScale', { norm, loss, before }, { gradClip, maxLoss })[0] as Scalar;
}

export interface GradientScaleInputs {
  norm: Scalar;
  loss: Scalar;
  before?: Scalar;
}

export type GradientScaleAttributes = Readonly<Record<'gradClip' | 'maxLoss', number>>;

registerReference<GradientScaleInputs, GradientScaleAttributes>(
  'GradientScale',
  ({ norm, loss, before }, { gradClip, maxLoss }) => {
    const length = numberOf(norm);
    const bad = !Number.isFinite(length) || !(numberOf(loss) <= maxLoss) || (before && numberOf(before) < 0);
    if (bad) return [scalar(-1)];
    return [scalar(gradClip === 0 ? 1 : Math.min(1, gradClip / Math.fround(length + 1e-6)))];
  },
);

function numberOf(value: Scalar): number {
  return value.dataSync()[0] as number;
}
