import { type Scalar, tidy } from '@tensorflow/tfjs-core';
import { type Precision, withPrecision } from '@tinyllm/compute';
import { loss, type Model } from '@tinyllm/model';
import { type BatchSource, batchTensors, countTargets } from './batch';

export interface Evaluation {
  /** Mean loss, in nats per token. */
  readonly loss: number;
}

/**
 * The mean loss over batches 0 to `evalIters` − 1 of `source`, each target counting once: fixed windows, so that the
 * curves of two runs compare. No dropout. Throws `train/id-outside-vocabulary` and `compute/no-mixed-precision`.
 */
export async function evaluate(
  model: Model,
  source: BatchSource,
  evalIters: number,
  precision: Precision = 'float32',
): Promise<Evaluation> {
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
    const [x, y] = batchTensors(batch, model.config.vocabSize);
    const mean = withPrecision(precision, () => tidy(() => loss(model, x, y)));
    const count = countTargets(batch);
    targets += count;
    x.dispose();
    y.dispose();
    const added = add(mean, count);
    added.catch(() => undefined); // it is awaited below, when a card has the next batch too
    await before;
    before = added;
  }
  await before;
  return { loss: total / targets };
}
