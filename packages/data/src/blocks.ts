/** The two ways in which ids are cut into blocks that do not overlap. */
import type { IdArray, TokenIds } from './token-ids';

/** Blocks by number: inputs and targets of a row, at most `blockSize` of each, as many inputs as targets. */
export interface Blocks {
  readonly count: number;
  block(number: number): { readonly inputs: ArrayLike<number>; readonly targets: ArrayLike<number> };
}

/** Ids that are looked through at once. */
const SCAN = 1 << 18;

/** Blocks of `blockSize` ids each, one behind the other, whatever the ids are. */
export function runningBlocks(ids: TokenIds, blockSize: number): Blocks {
  return {
    count: Math.floor((ids.length - 1) / blockSize), // the last target is one token behind the last block
    block(number) {
      const window = ids.slice(number * blockSize, (number + 1) * blockSize + 1); // [T + 1]
      return { inputs: window.subarray(0, -1), targets: window.subarray(1) };
    },
  };
}

/** Blocks that begin anew at every document: their targets are all ids, each once. */
export function documentBlocks(ids: TokenIds, blockSize: number, separator: number): Blocks {
  const starts = blockStarts(ids, blockSize, separator);
  return {
    count: starts.length - 1,
    block(number) {
      const start = starts[number] as number;
      const end = starts[number + 1] as number;
      if (start > 0) {
        const window = ids.slice(start - 1, end);
        return { inputs: window.subarray(0, -1), targets: window.subarray(1) };
      }
      const targets = ids.slice(0, end);
      return { inputs: [separator, ...targets.subarray(0, -1)], targets }; // as if a document had ended before
    },
  };
}

/** Where each block starts, and at the end `ids.length`. */
function blockStarts(ids: TokenIds, blockSize: number, separator: number): Float64Array {
  let starts = new Float64Array(1024);
  let count = 0;
  const push = (start: number): void => {
    if (count === starts.length) {
      const larger = new Float64Array(count * 2);
      larger.set(starts);
      starts = larger;
    }
    starts[count++] = start;
  };
  let from = 0; // where the current document starts
  const cut = (to: number): void => {
    for (let start = from; start < to; start += blockSize) push(start);
    from = to;
  };
  for (let base = 0; base < ids.length; base += SCAN) {
    const part: IdArray = ids.slice(base, Math.min(base + SCAN, ids.length));
    for (let at = part.indexOf(separator); at >= 0; at = part.indexOf(separator, at + 1)) cut(base + at + 1);
  }
  cut(ids.length);
  push(ids.length);
  return starts.slice(0, count);
}
