import { add, div, minimum, type Scalar, scalar, tidy, type Variable } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { globalNorm } from '@tinyllm/compute';
import type { Model } from '@tinyllm/model';
import type { SkippedEvent, StepEvent } from './events';
import type { Named, OptimizerState } from './optimizer';
import type { TrainSettings } from './options';
import { disposeStep, stepGradients } from './step-gradients';

/** What a step needs besides its number and the optimizer's state. */
export interface StepContext {
  readonly model: Model;
  readonly parameters: Named<Variable>;
  readonly settings: TrainSettings;
}

export interface StepResult extends Pick<StepEvent, 'loss' | 'gradientNorm' | 'learningRate'> {
  /** The optimizer's next state. */
  readonly state: OptimizerState;
  /** Where the step was bad: then nothing has changed. */
  readonly skipped?: SkippedEvent;
}

/** Bad steps in a row after which none is skipped: it is no longer the data that is bad. */
const MOST_SKIPPED = 10;

/**
 * Step number `step`: gradients, clipping, update. Its loss is read before the update, so that a bad one never
 * reaches the model. Throws `train/bad-step` unless it may be skipped after `skippedInARow` others.
 */
export async function takeStep(
  { model, parameters, settings }: StepContext,
  state: OptimizerState,
  step: number,
  skippedInARow: number,
): Promise<StepResult> {
  const { data, schedule, optimizer, gradientAccumulationSteps, gradClip, seed, precision } = settings;
  const first = step * gradientAccumulationSteps;
  const batches = Array.from({ length: gradientAccumulationSteps }, (_, i) => data.train.batch(first + i));
  const found = stepGradients(model, parameters, batches, { seed, first, precision });
  const norm = globalNorm([...found.gradients.values()]);
  const gradientScale = clipScale(norm, gradClip);
  try {
    const [loss, gradientNorm] = await Promise.all([read(found.loss), read(norm)]);
    const learningRate = schedule(step);
    const numbers = { loss, gradientNorm, learningRate };
    if (Number.isFinite(gradientNorm) && loss <= settings.maxLoss) {
      const rates = { learningRate, gradientScale };
      return { ...numbers, state: optimizer.update(state, parameters, found.gradients, rates) };
    }
    const range = [first, first + gradientAccumulationSteps - 1] as const;
    const skipped: SkippedEvent = { type: 'skipped', step, batches: range, loss, gradientNorm };
    if (settings.skipBadSteps && skippedInARow < MOST_SKIPPED) return { ...numbers, state, skipped };
    throw badStep(skipped, settings);
  } finally {
    disposeStep(found);
    norm.dispose();
    gradientScale.dispose();
  }
}

/** 1, or what brings a gradient of this norm down to `gradClip`, as PyTorch computes it. The caller disposes. */
function clipScale(norm: Scalar, gradClip: number): Scalar {
  if (gradClip === 0) return scalar(1);
  return tidy(() => minimum<Scalar>(div(gradClip, add(norm, 1e-6)), 1));
}

function badStep(
  { step, batches: [first, last], loss, gradientNorm }: SkippedEvent,
  { skipBadSteps, maxLoss }: TrainSettings,
): TinyllmError {
  const batches = first === last ? `batch ${first}` : `batches ${first} to ${last}`;
  const advice = skipBadSteps
    ? `${MOST_SKIPPED} steps before it were skipped, so the model itself is broken: go on from an earlier checkpoint, with a lower learningRate.`
    : 'The model is as it was before this step. Lower learningRate or gradClip, look at that batch, or set skipBadSteps.';
  return new TinyllmError(
    'train/bad-step',
    `Step ${step} (${batches}) has the loss ${loss} and the gradient norm ${gradientNorm}, where a finite gradient ` +
      `and a loss of at most ${maxLoss.toPrecision(3)} (maxLoss) were expected. ${advice}`,
  );
}

async function read(value: Scalar): Promise<number> {
  return (await value.data())[0] as number;
}
