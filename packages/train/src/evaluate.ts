import { type Scalar, tidy } from '@tensorflow/tfjs-core';
import { macrotask } from '@tinyllm/common';
import { type Precision, withPrecision } from '@tinyllm/compute';
import { loss, type Model } from '@tinyllm/model';
import { type BatchSource, batchTensors, countTargets } from './batch';
import { checkField } from './check-field';

export interface Evaluation {
  /** Mean loss, in nats per token. */
  readonly loss: number;
}

export interface EvaluateOptions {
  /** As in training. Default `float32`. */
  readonly precision?: Precision;
  /** Ends it between two batches. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The mean loss over batches 0 to `evalIters` − 1 of `source`, each target counting once: fixed windows, so that the
 * curves of two runs compare. No dropout. Throws `config/invalid-field`, `train/id-outside-vocabulary`,
 * `compute/no-mixed-precision` and the signal's reason.
 */
export async function evaluate(
  model: Model,
  source: BatchSource,
  evalIters: number,
  { precision = 'float32', signal }: EvaluateOptions = {},
): Promise<Evaluation> {
  checkField('evalIters', evalIters, Number.isSafeInteger(evalIters) && evalIters >= 1, 'a positive integer');
  let total = 0;
  let targets = 0;
  const add = async (mean: Scalar, count: number): Promise<void> => {
    const [value] = await mean.data();
    total += count * (value as number);
    mean.dispose();
  };
  let before = Promise.resolve();
  for (let index = 0; index < evalIters; index++) {
    const batch = source.batch(index);
    const mean = tidy(() => {
      const [x, y] = batchTensors(batch, model.config.vocabSize);
      return withPrecision(precision, () => loss(model, x, y));
    });
    const count = countTargets(batch);
    targets += count;
    const added = add(mean, count);
    added.catch(() => undefined); // it is awaited below, when a card has the next batch too
    await before;
    before = added;
    await macrotask(); // signals and messages need not wait for all batches
    signal?.throwIfAborted();
  }
  await before;
  return { loss: total / targets };
}
