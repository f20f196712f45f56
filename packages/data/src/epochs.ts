import {
  type Batch,
  type BatchSource,
  checkLength,
  checkWindows,
  IGNORED,
  type WindowsOptions,
} from './batches';
import { type Blocks, documentBlocks, runningBlocks } from './blocks';
import { checkInteger } from './check';
import { permutation } from './permutation';
import type { TokenIds } from './token-ids';

/** Batches that go through all ids, epoch by epoch. */
export interface EpochSource extends BatchSource {
  /** Rows in an epoch: each block of the ids is one of them, once. */
  readonly blocksPerEpoch: number;
  /** `blocksPerEpoch / batchSize`, perhaps a fraction: batches are always full, so one can span two epochs. */
  readonly batchesPerEpoch: number;
}

/**
 * Batches over non-overlapping blocks: each block once an epoch, every epoch in a seeded order of its own, which is
 * computed for each row and never stored. `y` is `x` one token further on.
 *
 * Without `separator`, block i is tokens i·T to (i + 1)·T − 1 with the token behind them as last target; at most T
 * tokens at the end are in no block. With it, blocks are cut within documents, each from its document's start: a row
 * begins with the token before its first target, for a document's first row the separator before it (so a model
 * learns to begin from the separator), and every token of `ids` is a target exactly once an epoch. A document's
 * last row is filled up with separators whose targets are −1. Where the blocks start is then found by reading `ids`
 * once, and takes 8 bytes a block.
 *
 * Throws `data/bad-option`, and `data/split-too-short` if there are not `blockSize` + 1 tokens.
 */
export function epochs(ids: TokenIds, options: WindowsOptions): EpochSource {
  const { batchSize, blockSize, seed, separator } = options;
  checkWindows(options);
  checkLength(ids, blockSize);
  const blocks: Blocks =
    separator === undefined ? runningBlocks(ids, blockSize) : documentBlocks(ids, blockSize, separator);

  function batch(index: number): Batch {
    checkInteger('index', index, 0);
    const x = new Int32Array(batchSize * blockSize).fill(separator ?? 0); // [B, T]
    const y = new Int32Array(batchSize * blockSize).fill(IGNORED); // [B, T]
    let epoch = -1;
    let blockAt = (position: number): number => position;
    for (let row = 0; row < batchSize; row++) {
      const number = index * batchSize + row;
      if (Math.floor(number / blocks.count) !== epoch) {
        epoch = Math.floor(number / blocks.count);
        blockAt = permutation(blocks.count, { seed, number: epoch });
      }
      const { inputs, targets } = blocks.block(blockAt(number % blocks.count));
      x.set(inputs, row * blockSize);
      y.set(targets, row * blockSize);
    }
    return { x, y, batchSize, blockSize };
  }

  return {
    batchSize,
    blockSize,
    blocksPerEpoch: blocks.count,
    batchesPerEpoch: blocks.count / batchSize,
    batch,
  };
}
