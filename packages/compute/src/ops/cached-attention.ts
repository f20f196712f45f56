import {
  concat,
  reshape,
  slice,
  softmax,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor2d,
  tensorScatterUpdate,
  tidy,
  transpose,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { causalScores, joinHeads, weighValues } from './heads';
import { hasKernel, runKernel, unshare } from './register';
import { checkShapes } from './shapes';

/**
 * Keys and values of the positions that each row has read, [B, K, S, D]: K heads of them, which may be fewer than the
 * heads of queries, for a window of S positions.
 */
export interface KVCache {
  readonly keys: Variable;
  readonly values: Variable;
}

/** New positions of one row of a cache: `count` of them from position `first` on. */
export interface CacheRun {
  readonly row: number;
  readonly first: number;
  readonly count: number;
}

/** An empty cache of `batchSize` rows. Its creator disposes both variables; where there is no memory, it leaves none. */
export function createKVCache(batchSize: number, nKvHead: number, window: number, headSize: number): KVCache {
  const empty = (): Variable => tidy(() => variable(zeros([batchSize, nKvHead, window, headSize]), false));
  const keys = empty();
  try {
    return { keys, values: empty() };
  } catch (error) {
    keys.dispose();
    throw error;
  }
}

/**
 * Attention of new positions to themselves and to all that their rows have read. `qkv` [N, (H + 2K)·D] holds the
 * positions of each of `runs`, one run after another, with queries of H heads, keys and values of K; it goes into the
 * cache → [N, H·D]. Each key serves H/K heads of queries (Ainslie et al. 2023, arXiv:2305.13245). No row has two runs.
 * The caller disposes. No gradient. Throws `compute/shape-mismatch` where a run does not fit.
 */
export function attendCached(cache: KVCache, qkv: Tensor2D, runs: readonly CacheRun[]): Tensor2D {
  const { keys, values } = cache;
  const [B, K, S, D] = keys.shape as [number, number, number, number];
  const N = runs.reduce((sum, { count }) => sum + count, 0);
  const H = qkv.shape[1] / D - 2 * K;
  const rowsFit = runs.every(({ row, first, count }) => row < B && first + count <= S);
  const fits = rowsFit && N === qkv.shape[0] && H > 0 && H % K === 0;
  checkShapes(fits, 'attendCached', 'qkv [N, (H + 2K)·D], for runs of N in a cache [B, K, S, D]', qkv, keys);
  if (!hasKernel('AttendCached')) return attendCachedReference(cache, qkv, runs);
  for (const variable of [keys, values]) unshare(variable);
  const table = runs.flatMap(({ row, first, count }) => [row, first, count]);
  return runKernel('AttendCached', { qkv, keys, values }, { runs: table })[0] as Tensor2D;
}

/** What a backend's own kernel `AttendCached` takes; it changes keys and values in place. */
export interface AttendCachedInputs {
  qkv: Tensor2D;
  keys: Variable;
  values: Variable;
}

/** Of each run its row, first position and count. */
export type AttendCachedAttributes = { runs: readonly number[] };

/** The same in plain tfjs ops. */
export function attendCachedReference(
  { keys, values }: KVCache,
  qkv: Tensor2D,
  runs: readonly CacheRun[],
): Tensor2D {
  return tidy(() => {
    const [, K, S, D] = keys.shape as [number, number, number, number];
    const H = qkv.shape[1] / D - 2 * K;
    const attended: Tensor[] = [];
    let offset = 0;
    for (const run of runs) {
      const { row, first, count: T } = run;
      const part = (heads: number, head: number): Tensor4D => {
        const columns = slice(qkv, [offset, head * D], [T, heads * D]); // [T, heads · D]
        return transpose(reshape(columns, [1, T, heads, D]), [0, 2, 1, 3]); // [1, heads, T, D]
      };
      write(keys, run, part(K, H));
      write(values, run, part(K, H + K));
      // all of the window: causalScores hides what has not been read
      const [k, v] = [keys, values].map((cache) =>
        slice(cache as Tensor4D, [row, 0, 0, 0], [1, K, S, D]),
      ) as [Tensor4D, Tensor4D];
      const y = weighValues(softmax(causalScores(part(H, 0), k, first)), v); // [1, H, T, D]
      attended.push(reshape(joinHeads(y), [T, H * D]));
      offset += T;
    }
    return concat(attended, 0) as Tensor2D; // [N, H · D]
  });
}

/** Puts `part` [1, K, T, D] into a row of a cache. */
function write(cache: Variable, { row, first, count }: CacheRun, part: Tensor4D): void {
  const [B, K, S, D] = cache.shape as [number, number, number, number];
  const places = Array.from(
    { length: K * count },
    (_, i) => (row * K + Math.floor(i / count)) * S + first + (i % count),
  );
  const rows = reshape(cache, [B * K * S, D]);
  const added = reshape(part, [K * count, D]);
  const written = tensorScatterUpdate(rows, tensor2d(places, [places.length, 1], 'int32'), added);
  cache.assign(reshape(written, cache.shape)); // [B, K, S, D]
}
