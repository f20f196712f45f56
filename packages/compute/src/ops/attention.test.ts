import {
  concat,
  memory,
  reshape,
  slice,
  type Tensor2D,
  type Tensor3D,
  tensor3d,
  tile,
} from '@tensorflow/tfjs-core';
import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';

import { backendsHere, startBackend } from '../contract/backends-here';
import { attendCached, type CacheRun, createKVCache } from './cached-attention';
import { causalAttention } from './causal-attention';

const [B, T, H, D] = [2, 7, 3, 5];

function numbers(): Float32Array {
  const random = createRandom(4);
  return Float32Array.from({ length: B * T * 3 * H * D }, () => random.normal());
}

const qkvOf = (values: Float32Array): Tensor3D => tensor3d(values, [B, T, 3 * H * D]);

describe.each(await backendsHere())('on %s', (backend) => {
  it('no position sees a later one', async () => {
    await startBackend(backend);
    const values = numbers();
    const before = await causalAttention(qkvOf(values), H).data();
    const changedFrom = 4;
    const changed = values.map((x, i) => (Math.floor(i / (3 * H * D)) % T >= changedFrom ? -x + 1 : x));
    const after = await causalAttention(qkvOf(changed), H).data();
    const C = H * D;
    for (let i = 0; i < after.length; i++) {
      const position = Math.floor(i / C) % T;
      if (position < changedFrom) expect(after[i]).toBe(before[i]);
      else expect(after[i]).not.toBe(before[i]);
    }
  });

  it('a first position attends to itself alone: its output is its value', async () => {
    await startBackend(backend);
    const qkv = qkvOf(numbers());
    const y = await slice(causalAttention(qkv, H), 0, [B, 1, H * D]).data();
    const v = await slice(qkv, [0, 0, 2 * H * D], [B, 1, H * D]).data();
    for (const [i, value] of y.entries()) expect(value).toBeCloseTo(v[i] as number, 5);
  });

  it('decoding with a cache, rows of different lengths, gives what attention gives at once', async () => {
    await startBackend(backend);
    const C = H * D;
    const qkv = qkvOf(numbers());
    const whole = await causalAttention(qkv, H).data();
    const cache = createKVCache(B, H, T, D);
    const append = async (...runs: CacheRun[]): Promise<void> => {
      const parts = runs.map(({ row, first, count }) => slice(qkv, [row, first, 0], [1, count, 3 * C]));
      const y = await attendCached(cache, reshape(concat(parts, 1), [-1, 3 * C]), runs).data();
      let at = 0;
      for (const { row, first, count } of runs) {
        for (let i = 0; i < count * C; i++) {
          expect(y[at++]).toBeCloseTo(whole[(row * T + first) * C + i] as number, 5);
        }
      }
    };
    await append({ row: 0, first: 0, count: 4 }, { row: 1, first: 0, count: 2 });
    await append({ row: 1, first: 2, count: 3 });
    await append({ row: 1, first: 5, count: 1 }, { row: 0, first: 4, count: 1 });
    await append({ row: 0, first: 2, count: 5 }); // goes back and overwrites
    const { numTensors } = memory();
    attendCached(cache, reshape(slice(qkv, 0, [1, 1, 3 * C]), [1, 3 * C]), [{ row: 0, first: 0, count: 1 }]);
    expect(memory().numTensors).toBe(numTensors + 3); // the slice, its reshape and the result
  });

  it('a key of few heads serves a group of queries, as if it were repeated', async () => {
    await startBackend(backend);
    const K = 1;
    const narrow = slice(qkvOf(numbers()), 0, [1, T, (H + 2 * K) * D]); // [1, T, (H + 2K) · D]
    const queries = slice(narrow, 0, [1, T, H * D]);
    const shared = (head: number) => tile(slice(narrow, [0, 0, head * D], [1, T, D]), [1, 1, H]);
    const wide = concat([queries, shared(H), shared(H + 1)], 2) as Tensor3D; // [1, T, 3 · H · D]
    const expected = await causalAttention(wide, H).data();
    const cache = createKVCache(1, K, T, D);
    const flat = reshape(narrow, [T, (H + 2 * K) * D]) as Tensor2D;
    const y = await attendCached(cache, flat, [{ row: 0, first: 0, count: T }]).data();
    for (const [i, value] of y.entries()) expect(value).toBeCloseTo(expected[i] as number, 5);
  });

  it('refuses what does not fit the cache', async () => {
    await startBackend(backend);
    const cache = createKVCache(B, H, 4, D);
    const qkv = reshape(qkvOf(numbers()), [B * T, 3 * H * D]) as Tensor2D;
    for (const runs of [
      [{ row: 0, first: 0, count: B * T }],
      [{ row: 0, first: 0, count: 1 }],
      [{ row: B, first: 0, count: 4 }],
    ]) {
      expect(() => attendCached(cache, qkv, runs)).toThrowError(
        expect.objectContaining({ code: 'compute/shape-mismatch' }),
      );
    }
  });
});
