import { tidy } from '@tensorflow/tfjs-core';
import { type Precision, withPrecision } from '@tinyllm/compute';
import { loss, type Model } from '@tinyllm/model';
import { type BatchSource, batchTensors, countTargets } from './batch';
import type { Evaluation } from './events';

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
  for (let index = 0; index < evalIters; index++) {
    const batch = source.batch(index);
    const [x, y] = batchTensors(batch, model.config.vocabSize);
    const value = withPrecision(precision, () => tidy(() => loss(model, x, y)));
    const count = countTargets(batch);
    total += count * ((await value.data())[0] as number);
    targets += count;
    for (const tensor of [x, y, value]) tensor.dispose();
  }
  return { loss: total / targets };
}
