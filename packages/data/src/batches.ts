import { createRandom, TinyllmError } from '@tinyllm/common';

/** Token ids, one after the other. */
export type TokenIds = Uint16Array | Uint32Array | Int32Array;

/** `x` and `y` are [B, T] in row-major order; `y[b, t]` is the token behind `x[b, t]`. */
export interface Batch {
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** B, the number of rows. */
  readonly batchSize: number;
  /** T, the tokens in a row. */
  readonly blockSize: number;
}

/** Batches by number: nothing else is kept, so a run resumes from the number of its next batch. */
export interface BatchSource {
  readonly batchSize: number;
  readonly blockSize: number;
  /** Batch number `index` ≥ 0, in new arrays on every call. Throws `data/bad-option`. */
  batch(index: number): Batch;
}

/** The size of a batch, and the seed of their sequence. */
export interface WindowsOptions {
  /** B, rows in a batch. */
  readonly batchSize: number;
  /** T, tokens in a row. */
  readonly blockSize: number;
  /** A non-negative integer: the same seed gives the same batches. */
  readonly seed: number;
}

/** Keeps the batches apart from what else is drawn from the same seed: "batc" in ASCII. */
const STREAM = 0x62617463;

/** 32-bit words that one `random.integer` takes. */
const WORDS_PER_START = 2;

/**
 * Batches of windows that start anywhere in `ids`, each start equally likely, as in nanoGPT's `get_batch`.
 * This is the only place in tinyllm where targets are shifted: `y` is `x` one token further on.
 * Throws `data/bad-option`, and `data/split-too-short` if there are not `blockSize` + 1 tokens.
 */
export function randomWindows(ids: TokenIds, { batchSize, blockSize, seed }: WindowsOptions): BatchSource {
  check('batchSize', batchSize, 1);
  check('blockSize', blockSize, 1);
  check('seed', seed, 0);
  const starts = ids.length - blockSize; // the last window needs one more token, for its last target
  if (starts < 1) {
    throw new TinyllmError(
      'data/split-too-short',
      `There are ${ids.length} tokens, but a blockSize of ${blockSize} needs at least ${blockSize + 1}: ` +
        'a window and the token behind it. Use a longer text or a smaller blockSize.',
    );
  }
  return {
    batchSize,
    blockSize,
    batch(index) {
      check('index', index, 0);
      const random = createRandom(seed, STREAM);
      random.position = index * batchSize * WORDS_PER_START;
      const x = new Int32Array(batchSize * blockSize); // [B, T]
      const y = new Int32Array(batchSize * blockSize); // [B, T]
      for (let row = 0; row < batchSize; row++) {
        const start = random.integer(starts);
        x.set(ids.subarray(start, start + blockSize), row * blockSize);
        y.set(ids.subarray(start + 1, start + 1 + blockSize), row * blockSize);
      }
      return { x, y, batchSize, blockSize };
    },
  };
}

function check(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new TinyllmError(
    'data/bad-option',
    `${name} is ${value}, but it must be an integer of at least ${least}.`,
  );
}
