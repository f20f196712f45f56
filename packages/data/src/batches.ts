import { createRandom, TinyllmError } from '@tinyllm/common';
import { checkInteger } from './check';
import type { TokenIds } from './token-ids';

/** `x` and `y` are [B, T] in row-major order; `y[b, t]` is the token behind `x[b, t]`, or −1 where none counts. */
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

/** The size of a batch, the seed of their sequence, and whether a row may go on into the next story. */
export interface WindowsOptions {
  /** B, rows in a batch. */
  readonly batchSize: number;
  /** T, tokens in a row. */
  readonly blockSize: number;
  /** A non-negative integer: the same seed gives the same batches. */
  readonly seed: number;
  /**
   * The id behind every document. Where it is given, no row goes on into the next document: behind a document's
   * end the row is filled with this id, and its targets are −1, which `crossEntropy` ignores.
   */
  readonly separator?: number;
}

/** A target that does not count. */
export const IGNORED = -1;

/** Keeps the batches apart from what else is drawn from the same seed: "batc" in ASCII. */
const STREAM = 0x62617463;

/** 32-bit words that one `random.integer` takes. */
const WORDS_PER_START = 2;

/**
 * Batches of windows that start anywhere in `ids`, each start equally likely, as in nanoGPT's `get_batch`.
 * `y` is `x` one token further on. Throws `data/bad-option`, and `data/split-too-short` if there are not
 * `blockSize` + 1 tokens.
 */
export function randomWindows(ids: TokenIds, options: WindowsOptions): BatchSource {
  const { batchSize, blockSize, seed } = options;
  checkWindows(options);
  const starts = ids.length - blockSize; // the last window needs one more token, for its last target
  checkLength(ids, blockSize);
  return windowsFrom(ids, options, (index) => {
    const random = createRandom(seed, STREAM);
    random.position = index * batchSize * WORDS_PER_START;
    return () => random.integer(starts);
  });
}

/**
 * The first `batches` batches are windows spread evenly over all of `ids`; batch numbers begin again behind them. No
 * seed moves them, and how rows are dealt into batches neither: what evaluations read, so that runs compare. Throws
 * as `randomWindows`.
 */
export function evenWindows(
  ids: TokenIds,
  options: Omit<WindowsOptions, 'seed'> & { readonly batches: number },
): BatchSource {
  const { batchSize, blockSize, batches } = options;
  checkWindows({ ...options, seed: 0 });
  checkInteger('batches', batches, 1);
  const starts = ids.length - blockSize;
  checkLength(ids, blockSize);
  const rows = batches * batchSize;
  return windowsFrom(ids, options, (index) => {
    const first = (index % batches) * batchSize;
    return (row) => Math.floor(((first + row + 0.5) * starts) / rows); // the middle of each part
  });
}

/** Batches of the windows that begin where `startsOf(index)` says for each row, asked in order. */
function windowsFrom(
  ids: TokenIds,
  { batchSize, blockSize, separator }: Omit<WindowsOptions, 'seed'>,
  startsOf: (index: number) => (row: number) => number,
): BatchSource {
  return {
    batchSize,
    blockSize,
    batch(index) {
      checkInteger('index', index, 0);
      const startOf = startsOf(index);
      const x = new Int32Array(batchSize * blockSize).fill(separator ?? 0); // [B, T]
      const y = new Int32Array(batchSize * blockSize).fill(IGNORED); // [B, T]
      for (let row = 0; row < batchSize; row++) {
        const start = startOf(row);
        const window = ids.slice(start, start + blockSize + 1); // [T + 1]
        const end = separator === undefined ? blockSize : endOfDocument(window, separator);
        x.set(window.subarray(0, end), row * blockSize);
        y.set(window.subarray(1, 1 + end), row * blockSize);
      }
      return { x, y, batchSize, blockSize };
    },
  };
}

/** How many inputs of a window, whose last id is a target only, lie before the end of a document. */
function endOfDocument(window: ReturnType<TokenIds['slice']>, separator: number): number {
  const found = window.indexOf(separator, 1); // one at 0 stands before the document that the row is about
  return found < 0 ? window.length - 1 : found;
}

/** Throws `data/bad-option` where one of the options of a batch source cannot be. */
export function checkWindows({ batchSize, blockSize, seed, separator = 0 }: WindowsOptions): void {
  checkInteger('batchSize', batchSize, 1);
  checkInteger('blockSize', blockSize, 1);
  checkInteger('seed', seed, 0);
  checkInteger('separator', separator, 0);
}

/** Throws `data/split-too-short` where there is no window of `blockSize` with a target for each token. */
export function checkLength(ids: TokenIds, blockSize: number): void {
  if (ids.length > blockSize) return;
  throw new TinyllmError(
    'data/split-too-short',
    `There are ${ids.length} tokens, but a blockSize of ${blockSize} needs at least ${blockSize + 1}: ` +
      'a window and the token behind it. Use a longer text or a smaller blockSize.',
  );
}
