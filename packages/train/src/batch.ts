import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';

/**
 * Token ids and the ids that follow each: `x` and `y` are [B, T], row by row, y one step on. A target of −1 is masked:
 * it counts in no loss and no gradient.
 */
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

/** A masked target. */
const IGNORED = -1;

/** How many targets of a batch count. */
export function countTargets({ y }: Batch): number {
  let count = 0;
  for (const id of y) if (id !== IGNORED) count++;
  return count;
}

/** A batch as int32 tensors [B, T], ids and targets; the caller disposes. Throws `train/id-outside-vocabulary`. */
export function batchTensors({ x, y, batchSize, blockSize }: Batch, vocabSize: number): [Tensor2D, Tensor2D] {
  checkIds(x, vocabSize);
  checkIds(y, vocabSize, IGNORED);
  const shape: [number, number] = [batchSize, blockSize];
  return [tensor2d(x, shape, 'int32'), tensor2d(y, shape, 'int32')];
}

/** Throws `train/id-outside-vocabulary` unless all `ids` are from `least` to below `vocabSize`. */
export function checkIds(ids: ArrayLike<number>, vocabSize: number, least = 0): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (id >= least && id < vocabSize) continue;
    throw new TinyllmError(
      'train/id-outside-vocabulary',
      `There is the token id ${id}, and the model's vocabSize is ${vocabSize}. ` +
        "Set vocabSize to the tokenizer's, or prepare the data with the model's tokenizer.",
    );
  }
}
