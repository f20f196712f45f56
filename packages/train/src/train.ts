import '@tinyllm/compute/gradients';
import {
  add,
  div,
  minimum,
  mul,
  type Scalar,
  scalar,
  type Tensor,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { macrotask, TinyllmError } from '@tinyllm/common';
import { globalNorm } from '@tinyllm/compute';
import { flattenParameters, loss, type Model } from '@tinyllm/model';
import { type BatchSource, batchTensors, evaluate } from './evaluate';
import type { EvaluationEvent, TrainEvent, WarningEvent } from './events';
import { adamw, disposeOptimizerState, type Named, type Optimizer } from './optimizer';
import type { Schedule } from './schedule';

export interface TrainOptions {
  readonly data: { readonly train: BatchSource; readonly validation?: BatchSource };
  /** Default `adamw()`. */
  readonly optimizer?: Optimizer;
  /** The learning rate of each step, say `warmupCosine({ … })`. */
  readonly schedule: Schedule;
  /** How many updates. */
  readonly maxIters: number;
  /** Batches averaged into one update. Default 1. */
  readonly gradientAccumulationSteps?: number;
  /** The gradient is scaled down to this global norm where it is longer; 0 never clips. Default 1. */
  readonly gradClip?: number;
  /** Updates between evaluations; the first is before any, the last after all. Default 250. */
  readonly evalInterval?: number;
  /** Batches of each split that an evaluation reads. Default 20. */
  readonly evalIters?: number;
  /** Updates between `step` events. Default 10. */
  readonly logInterval?: number;
  /** Decides what dropout drops. Default 0. */
  readonly seed?: number;
  /** Ends training after the current step. */
  readonly signal?: AbortSignal;
}

/**
 * Trains `model` in place on the current backend and yields what happens. The model is the caller's before,
 * during and after: read it, sample it or save it between events. What the loop makes it disposes, also when
 * the caller leaves it early. Throws `config/invalid-field` and `train/id-outside-vocabulary`.
 */
export async function* train(model: Model, options: TrainOptions): AsyncGenerator<TrainEvent, void, void> {
  const { data, schedule, maxIters, signal, optimizer = adamw() } = options;
  const { gradientAccumulationSteps = 1, evalInterval = 250, evalIters = 20, logInterval = 10 } = options;
  checkCounts({ maxIters, gradientAccumulationSteps, evalInterval, evalIters, logInterval });
  const { gradClip = 1, seed = 0 } = options;
  const tokensPerStep = data.train.batchSize * data.train.blockSize * gradientAccumulationSteps;

  const parameters = flattenParameters(model.params);
  let state = optimizer.init(parameters);
  try {
    for (let step = 0; step < maxIters; step++) {
      if (signal?.aborted) return yield { type: 'end', step, reason: 'aborted' };
      if (step % evalInterval === 0) yield await evaluation(model, data, evalIters, step);

      const { gradients, total } = accumulate(
        model,
        parameters,
        data.train,
        step,
        gradientAccumulationSteps,
        seed,
      );
      const norm = tidy(() => div<Scalar>(globalNorm([...gradients.values()]), gradientAccumulationSteps));
      const gradientScale = tidy(() => mul<Scalar>(clipScale(norm, gradClip), 1 / gradientAccumulationSteps));
      const learningRate = schedule(step);
      state = optimizer.update(state, parameters, gradients, { learningRate, gradientScale });

      const logged = step % logInterval === 0 || step === maxIters - 1;
      const [lossSum, gradientNorm] = logged ? await Promise.all([read(total), read(norm)]) : [];
      for (const tensor of [...gradients.values(), total, norm, gradientScale]) tensor.dispose();
      if (lossSum !== undefined && gradientNorm !== undefined) {
        const meanLoss = lossSum / gradientAccumulationSteps;
        if (step === 0) yield* warnUnlessFresh(meanLoss, model.config.vocabSize);
        const tokensSeen = (step + 1) * tokensPerStep;
        yield { type: 'step', step, loss: meanLoss, learningRate, gradientNorm, tokensSeen };
      }
      await macrotask();
    }
    yield await evaluation(model, data, evalIters, maxIters);
    yield { type: 'end', step: maxIters, reason: 'finished' };
  } finally {
    disposeOptimizerState(state);
  }
}

/** Sums of the gradients and losses of one step's batches; the caller disposes both. */
function accumulate(
  model: Model,
  parameters: Named<Variable>,
  source: BatchSource,
  step: number,
  batches: number,
  seed: number,
): { gradients: Named<Tensor>; total: Scalar } {
  const variables = [...parameters.values()];
  let sums: { gradients: Map<string, Tensor>; total: Scalar } | undefined;
  for (let i = 0; i < batches; i++) {
    const index = step * batches + i;
    const [x, y] = batchTensors(source.batch(index), model.config.vocabSize);
    const { value, grads } = variableGrads(
      () => loss(model, x, y, { dropout: { seed, step: index } }),
      variables,
    );
    x.dispose();
    y.dispose();
    const gradients = new Map(
      [...parameters].map(([name, { name: variable }]) => [name, grads[variable] as Tensor]),
    );
    if (sums === undefined) {
      sums = { gradients, total: value };
    } else {
      for (const [name, gradient] of gradients)
        sums.gradients.set(name, sumOf(sums.gradients.get(name), gradient));
      sums.total = sumOf(sums.total, value);
    }
  }
  return sums as { gradients: Named<Tensor>; total: Scalar };
}

/** a + b, disposing both. */
function sumOf<T extends Tensor>(a: T | undefined, b: T): T {
  const sum = add<T>(a as T, b);
  a?.dispose();
  b.dispose();
  return sum;
}

/** 1, or what brings a gradient of this norm down to `gradClip`, as PyTorch computes it. The caller disposes. */
function clipScale(norm: Scalar, gradClip: number): Scalar {
  return gradClip === 0 ? scalar(1) : minimum<Scalar>(div(gradClip, add(norm, 1e-6)), 1);
}

async function evaluation(
  model: Model,
  { train, validation }: TrainOptions['data'],
  evalIters: number,
  step: number,
): Promise<EvaluationEvent> {
  const event = { type: 'evaluation', step, train: await evaluate(model, train, evalIters) } as const;
  return validation ? { ...event, validation: await evaluate(model, validation, evalIters) } : event;
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

async function read(value: Scalar): Promise<number> {
  return (await value.data())[0] as number;
}

function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [field, value] of Object.entries(counts)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new TinyllmError('config/invalid-field', `${field} must be a positive integer, but is ${value}.`);
    }
  }
}
