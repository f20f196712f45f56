import { createRandom } from '@tinyllm/common';
import type { BatchSource } from '../index';

interface RandomTokens {
  readonly batchSize?: number;
  readonly blockSize?: number;
  /** How far targets are ahead of inputs: 1 where batches are right. */
  readonly shift?: number;
  readonly seed?: number;
}

/** Windows of uniformly random ids: each token says nothing of the next. */
export function randomTokens(
  vocabSize: number,
  { batchSize = 8, blockSize = 8, shift = 1, seed = 1 }: RandomTokens = {},
): BatchSource {
  return {
    batchSize,
    blockSize,
    batch(index) {
      const random = createRandom(seed, index);
      const rows = Array.from({ length: batchSize }, () =>
        Array.from({ length: blockSize + 1 }, () => random.integer(vocabSize)),
      );
      const side = (from: number) =>
        Int32Array.from(rows.flatMap((row) => row.slice(from, from + blockSize)));
      return { x: side(0), y: side(shift), batchSize, blockSize };
    },
  };
}

/** The same batch at every step. */
export function oneBatch(source: BatchSource): BatchSource {
  return { ...source, batch: () => source.batch(0) };
}

/** Every batch of `source` in `parts`, one after the other. */
export function split(source: BatchSource, parts: number): BatchSource {
  const { batchSize, blockSize } = source;
  const rows = batchSize / parts;
  return {
    batchSize: rows,
    blockSize,
    batch(index) {
      const { x, y } = source.batch(Math.floor(index / parts));
      const at = (index % parts) * rows * blockSize;
      const part = (ids: Int32Array) => ids.slice(at, at + rows * blockSize);
      return { x: part(x), y: part(y), batchSize: rows, blockSize };
    },
  };
}
