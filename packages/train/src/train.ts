import '@tinyllm/compute/gradients';
import { getBackend, type Variable } from '@tensorflow/tfjs-core';
import { macrotask } from '@tinyllm/common';
import { flattenParameters, type Model } from '@tinyllm/model';
import type { BatchSource } from './batch';
import { type Evaluation, evaluate } from './evaluate';
import type { CheckpointEvent, TrainEvent, WarningEvent } from './events';
import { disposeOptimizerState, type Named, type OptimizerState } from './optimizer';
import { type TrainOptions, type TrainSettings, trainSettings } from './options';
import {
  beginning,
  budgetSpent,
  type EvaluationEvent,
  evaluated,
  evaluationEnds,
  type Progress,
} from './progress';
import { restoreSnapshot, takeSnapshot } from './snapshot';
import { type LaunchedStep, launchStep, readStep } from './step';

/**
 * Trains `model` in place on the current backend and yields what happens. The model is the caller's before,
 * during and after: read it, sample it or save it between events. On webgpu a `step` event comes when the card has the
 * next step already; all other events come when it has done what went before. What the loop makes it disposes, also
 * when the caller leaves it early. Throws `config/invalid-field`, `train/id-outside-vocabulary`, `train/bad-step` where a
 * loss is not a number or explodes, `train/snapshot-does-not-fit`, and `compute/no-mixed-precision`.
 */
export async function* train(model: Model, options: TrainOptions): AsyncGenerator<TrainEvent, void, void> {
  const { vocabSize } = model.config;
  const settings = trainSettings(options, vocabSize);
  const { maxIters, evalInterval, logInterval, checkpointInterval, resume, signal } = settings;
  // a card gets its next step before anybody asks what the last came to; a skipped step would then be found too late
  const readsLate = getBackend() === 'webgpu' && !settings.skipBadSteps;

  const parameters = flattenParameters(model.params);
  const context = { model, parameters, settings };
  let progress = resume?.progress ?? beginning;
  let state = settings.optimizer.init(parameters);
  let skippedInARow = 0;
  let unread: LaunchedStep | undefined;

  async function* finish(launched: LaunchedStep): AsyncGenerator<TrainEvent, void, void> {
    const { skipped, ...numbers } = await readStep(launched, settings, skippedInARow);
    const { step } = launched;
    if (skipped) {
      skippedInARow++;
      ({ progress, state } = launched.without);
      return yield skipped;
    }
    skippedInARow = 0;
    if (step === 0) yield* warnUnlessFresh(numbers.loss, vocabSize);
    if (step % logInterval === 0 || step === maxIters - 1) {
      yield { type: 'step', step, ...numbers, tokensSeen: launched.after.progress.tokensSeen };
    }
  }

  try {
    if (resume) state = restoreSnapshot(resume, parameters, state);
    for (;;) {
      const { step } = progress;
      const aborted = signal?.aborted ? 'aborted' : undefined;
      const over = aborted ?? budgetSpent(progress, settings);
      const evaluates = step % evalInterval === 0 || over !== undefined;
      const saves = checkpointInterval !== undefined && step % checkpointInterval === 0;
      if (unread && (evaluates || saves)) {
        const last = unread;
        unread = undefined;
        yield* finish(last);
      }
      if (evaluates && !aborted && progress.lastEvaluation?.step !== step) {
        const event = await evaluation(model, settings, step).catch((error) => {
          if (!signal?.aborted) throw error;
        });
        if (event) {
          progress = evaluated(progress, event);
          yield event;
        }
      }
      const abortedSince = signal?.aborted ? 'aborted' : undefined;
      const reason = over ?? evaluationEnds(progress, settings) ?? abortedSince;
      if (checkpointInterval !== undefined && step !== resume?.progress.step) {
        const due = step > 0 && (saves || progress.best?.step === step);
        if (due || reason) yield await checkpoint(progress, parameters, state);
      }
      if (reason) return yield { type: 'end', step, reason };

      const launched = launchStep(context, { progress, state }, unread);
      ({ progress, state } = launched.after);
      const ready = readsLate ? unread : launched;
      unread = readsLate ? launched : undefined;
      if (ready) yield* finish(ready);
      await macrotask();
    }
  } finally {
    await unread?.numbers.finally(unread.dispose).catch(() => undefined);
    disposeOptimizerState(state);
  }
}

async function evaluation(
  model: Model,
  { data, evalIters, precision, signal }: TrainSettings,
  step: number,
): Promise<EvaluationEvent> {
  const { train, trainSample = train, validation } = data;
  const over = (source: BatchSource): Promise<Evaluation> =>
    evaluate(model, source, evalIters, { precision, signal });
  const event = { type: 'evaluation', step, train: await over(trainSample) } as const;
  return validation ? { ...event, validation: await over(validation) } : event;
}

async function checkpoint(
  progress: Progress,
  parameters: Named<Variable>,
  state: OptimizerState,
): Promise<CheckpointEvent> {
  const snapshot = await takeSnapshot(progress, parameters, state);
  const { step } = progress;
  return { type: 'checkpoint', step, best: progress.best?.step === step, snapshot };
}

/** A fresh model knows nothing: its loss is ln V within 5 %. */
function* warnUnlessFresh(firstLoss: number, vocabSize: number): Generator<WarningEvent> {
  const expected = Math.log(vocabSize);
  if (Math.abs(firstLoss / expected - 1) <= 0.05) return;
  yield {
    type: 'warning',
    code: 'train/fresh-loss',
    message:
      `The first loss is ${firstLoss.toFixed(3)}, and a fresh model's is ln ${vocabSize} = ${expected.toFixed(3)}. ` +
      'That is right for a model that was trained before; for a new one, check the initialization and the targets.',
  };
}
