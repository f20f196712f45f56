import {
  concat,
  matMul,
  slice,
  softmax,
  type Tensor3D,
  type Tensor4D,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { causalScores, joinHeads, splitHeads } from './heads';
import { hasKernel, runKernel, unshare } from './register';
import { checkShapes } from './shapes';

/** Keys and values of the positions decoded so far, each [B, H, S, D] for a window of S positions. */
export interface KVCache {
  readonly keys: Variable;
  readonly values: Variable;
}

/** An empty cache. Its creator disposes both variables. */
export function createKVCache(batchSize: number, nHead: number, window: number, headSize: number): KVCache {
  const empty = (): Variable => tidy(() => variable(zeros([batchSize, nHead, window, headSize]), false));
  return { keys: empty(), values: empty() };
}

/**
 * Writes the keys and values of `qkv` [B, T, 3C] into the cache at positions `first` to `first` + T − 1.
 * Throws `compute/shape-mismatch` when they do not fit its window.
 */
export function kvAppend({ keys, values }: KVCache, qkv: Tensor3D, first: number): void {
  const [B, H, S, D] = keys.shape as [number, number, number, number];
  const T = qkv.shape[1];
  const fits = qkv.shape[0] === B && qkv.shape[2] === 3 * H * D && first + T <= S;
  checkShapes(fits, 'kvAppend', `qkv [B, T, 3·H·D] for a cache [B, H, S, D], ${first} + T ≤ S`, qkv, keys);
  if (hasKernel('KVAppend')) {
    for (const variable of [keys, values]) unshare(variable);
    runKernel('KVAppend', { qkv, keys, values }, { first });
    return;
  }
  tidy(() => {
    const [, k, v] = splitHeads(qkv, H); // each [B, H, T, D]
    const write = (cache: Variable, part: Tensor4D): void => {
      const before = slice(cache as Tensor4D, 0, [B, H, first, D]);
      const after = slice(cache as Tensor4D, [0, 0, first + T, 0]);
      cache.assign(concat([before, part, after], 2)); // [B, H, S, D]
    };
    write(keys, k);
    write(values, v);
  });
}

/**
 * Attention of the new positions `first` to `first` + T − 1, whose `qkv` [B, T, 3C] is already in the cache
 * (`kvAppend`), to themselves and all before them → [B, T, C]. The caller disposes. No gradient.
 */
export function attendCached({ keys, values }: KVCache, qkv: Tensor3D, first: number): Tensor3D {
  if (hasKernel('AttendCached')) {
    return runKernel('AttendCached', { qkv, keys, values }, { first })[0] as Tensor3D;
  }
  return tidy(() => {
    const [B, H, , D] = keys.shape as [number, number, number, number];
    const end = first + qkv.shape[1];
    const [q] = splitHeads(qkv, H); // [B, H, T, D]
    const k = slice(keys as Tensor4D, 0, [B, H, end, D]);
    const v = slice(values as Tensor4D, 0, [B, H, end, D]);
    return joinHeads(matMul(softmax(causalScores(q, k, first)), v)); // [B, T, C]
  });
}
