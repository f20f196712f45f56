import { type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { loss, type Model } from '@tinyllm/model';
import type { Evaluation } from './events';

/** Token ids and the ids that follow each: `x` and `y` are [B, T], row by row, y one step on. */
export interface Batch {
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly batchSize: number;
  readonly blockSize: number;
}

/** Batches by number: the same number, the same batch. `@tinyllm/data` makes them. */
export interface BatchSource {
  readonly batchSize: number;
  readonly blockSize: number;
  batch(index: number): Batch;
}

/**
 * The mean loss over batches 0 to `evalIters` − 1 of `source`: fixed windows, so that the curves of two runs
 * compare. No dropout.
 */
export async function evaluate(model: Model, source: BatchSource, evalIters: number): Promise<Evaluation> {
  let total = 0;
  for (let index = 0; index < evalIters; index++) {
    const value = tidy(() => loss(model, ...batchTensors(source.batch(index), model.config.vocabSize)));
    total += (await value.data())[0] as number;
    value.dispose();
  }
  return { loss: total / evalIters };
}

/** A batch as int32 tensors [B, T], ids and targets; the caller disposes. Throws `train/id-outside-vocabulary`. */
export function batchTensors({ x, y, batchSize, blockSize }: Batch, vocabSize: number): [Tensor2D, Tensor2D] {
  for (const ids of [x, y]) {
    const id = ids.find((id) => id >= vocabSize || id < -1);
    if (id !== undefined) {
      throw new TinyllmError(
        'train/id-outside-vocabulary',
        `A batch has the token id ${id}, and the model's vocabSize is ${vocabSize}. ` +
          "Set vocabSize to the tokenizer's, or prepare the data with the model's tokenizer.",
      );
    }
  }
  const shape: [number, number] = [batchSize, blockSize];
  return [tensor2d(x, shape, 'int32'), tensor2d(y, shape, 'int32')];
}
