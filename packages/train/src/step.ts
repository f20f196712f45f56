import { dispose, type Scalar, tidy, type Variable } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { globalNorm, gradientScale } from '@tinyllm/compute';
import type { Model } from '@tinyllm/model';
import { checkField } from './check-field';
import type { SkippedEvent, StepEvent } from './events';
import type { Named, OptimizerState } from './optimizer';
import type { TrainSettings } from './options';
import type { Progress } from './progress';
import { stepGradients } from './step-gradients';

/** What a step needs besides where the run is. */
export interface StepContext {
  readonly model: Model;
  readonly parameters: Named<Variable>;
  readonly settings: TrainSettings;
}

/** Where a run is. */
export interface Place {
  readonly progress: Progress;
  readonly state: OptimizerState;
}

/** A step that was sent off: on a graphics card it may still run, and nobody knows yet whether it was good. */
export interface LaunchedStep {
  readonly step: number;
  readonly learningRate: number;
  /** Below 0 where the step is bad: then it changes nothing. */
  readonly scale: Scalar;
  /** Loss, gradient norm and scale, on their way here. */
  readonly numbers: Promise<[loss: number, gradientNorm: number, scale: number]>;
  /** Where the run is after it, and where if it is left out. */
  readonly after: Place;
  readonly without: Place;
  /** Frees loss, norm and scale, which must have been read. */
  dispose(): void;
}

export interface StepResult extends Pick<StepEvent, 'loss' | 'gradientNorm' | 'learningRate'> {
  /** Where the step was bad: then nothing has changed. */
  readonly skipped?: SkippedEvent;
}

/** Bad steps in a row after which none is skipped: it is no longer the data that is bad. */
const MOST_SKIPPED = 10;

/**
 * Sends off the step that is next at `place`: gradients, clipping, update. A bad one never reaches the model, nor does
 * one after `unread`, the step before, if that was bad and not read yet. The caller passes it to `readStep`.
 */
export function launchStep(
  { model, parameters, settings }: StepContext,
  { progress, state }: Place,
  unread?: LaunchedStep,
): LaunchedStep {
  const { data, schedule, optimizer, gradientAccumulationSteps, seed, precision } = settings;
  const { step } = progress;
  const first = step * gradientAccumulationSteps;
  const batches = Array.from({ length: gradientAccumulationSteps }, (_, i) => data.train.batch(first + i));
  const learningRate = schedule(step);
  checkField(
    `the learning rate of step ${step}`,
    learningRate,
    Number.isFinite(learningRate) && learningRate >= 0,
    'a number, 0 or more',
  );
  let updated = state;
  const tensors = tidy((): [loss: Scalar, norm: Scalar, scale: Scalar] => {
    const { loss, gradients } = stepGradients(model, parameters, batches, { seed, first, precision });
    const norm = globalNorm([...gradients.values()]);
    const scale = gradientScale(norm, loss, { ...settings, before: unread?.scale });
    updated = optimizer.update(state, parameters, gradients, { learningRate, gradientScale: scale });
    return [loss, norm, scale];
  });
  const [loss, norm, scale] = tensors;
  const numbers = Promise.all([read(loss), read(norm), read(scale)]);
  numbers.catch(() => undefined); // `readStep` tells of it
  const { batchSize, blockSize } = data.train;
  const tokensSeen = progress.tokensSeen + batchSize * blockSize * gradientAccumulationSteps;
  return {
    step,
    learningRate,
    scale,
    numbers,
    after: { progress: { ...progress, step: step + 1, tokensSeen }, state: updated },
    without: { progress: { ...progress, step: step + 1, skippedSteps: progress.skippedSteps + 1 }, state },
    dispose: () => dispose(tensors),
  };
}

/**
 * Waits for a step's numbers and disposes it. Throws `train/bad-step` unless it was good, or may be skipped after
 * `skippedInARow` others.
 */
export async function readStep(
  { step, learningRate, numbers, dispose }: LaunchedStep,
  settings: TrainSettings,
  skippedInARow: number,
): Promise<StepResult> {
  const [loss, gradientNorm, scale] = await numbers.finally(dispose);
  const result = { loss, gradientNorm, learningRate };
  if (scale >= 0) return result;
  const { gradientAccumulationSteps: count, skipBadSteps } = settings;
  const batches = [step * count, (step + 1) * count - 1] as const;
  const skipped: SkippedEvent = { type: 'skipped', step, batches, loss, gradientNorm };
  if (skipBadSteps && skippedInARow < MOST_SKIPPED) return { ...result, skipped };
  throw badStep(skipped, settings);
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
