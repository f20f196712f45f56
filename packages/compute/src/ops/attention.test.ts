import { memory, slice, type Tensor3D, tensor3d } from '@tensorflow/tfjs-core';
import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';

import { backendsHere, startBackend } from '../contract/backends-here';
import { attendCached, createKVCache, kvAppend } from './cached-attention';
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

  it('decoding with a cache, a prompt and then one by one, gives what attention gives at once', async () => {
    await startBackend(backend);
    const qkv = qkvOf(numbers());
    const whole = await causalAttention(qkv, H).data();
    const cache = createKVCache(B, H, T, D);
    const C = H * D;
    for (const [first, count] of [
      [0, 4],
      [4, 1],
      [5, 1],
      [6, 1],
    ] as const) {
      const part = slice(qkv, [0, first, 0], [B, count, 3 * C]);
      kvAppend(cache, part, first);
      const y = await attendCached(cache, part, first).data();
      for (let b = 0; b < B; b++) {
        for (let i = 0; i < count * C; i++) {
          expect(y[b * count * C + i]).toBeCloseTo(whole[(b * T + first) * C + i] as number, 5);
        }
      }
    }
    const { numTensors } = memory();
    kvAppend(cache, slice(qkv, 0, [B, 1, 3 * C]), 0);
    expect(memory().numTensors).toBe(numTensors + 1); // the slice made here
  });

  it('refuses what does not fit the cache', async () => {
    await startBackend(backend);
    const cache = createKVCache(B, H, 4, D);
    expect(() => kvAppend(cache, qkvOf(numbers()), 0)).toThrowError(
      expect.objectContaining({ code: 'compute/shape-mismatch' }),
    );
  });
});
