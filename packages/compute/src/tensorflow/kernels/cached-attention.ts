import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { AttendCachedAttributes, AttendCachedInputs } from '../../ops/cached-attention';
import type { Value } from '../native-ops';
import { changeTensors } from '../resources';
import { tensorflowKernel } from './kernel';
import { causalMask, softmaxOf } from './scores';

/** Positions are read in blocks of so many, because oneDNN compiles a product for each new length: a tenth less a token. */
const BLOCK = 64;

export const attendCached: KernelConfig = tensorflowKernel<AttendCachedInputs, AttendCachedAttributes>(
  'AttendCached',
  (ops, { qkv, keys, values }, attrs) => {
    const [B, K, S, D] = keys.shape as [number, number, number, number];
    const [N, width] = qkv.shape as [number, number];
    const H = width / D - 2 * K;
    const runs = Array.from({ length: attrs.runs.length / 3 }, (_, i) => attrs.runs.slice(3 * i, 3 * i + 3));
    const heads = ops.of(qkv, [N, H + 2 * K, D]);
    const places = (runs as [number, number, number][]).flatMap(([row, first, count]) =>
      Array.from({ length: count * K }, (_, i) => (row * K + (i % K)) * S + first + Math.floor(i / K)),
    );
    const into = ops.integers(places); // [N · K], of the cache's B · K · S rows
    const added = [H, H + K].map((head) =>
      ops.reshape(ops.slice(heads, [0, head, 0], [N, K, D]), [N * K, D]),
    );
    const rows = [B * K * S, D];
    changeTensors(
      ops,
      [keys, values],
      (caches) => {
        for (const [i, cache] of caches.entries()) {
          ops.runMany('ResourceScatterUpdate', [cache, into, added[i] as Value], {}, 0);
        }
      },
      [rows, rows],
    );
    const scale = ops.scalar(1 / Math.sqrt(D));
    let offset = 0;
    const attended = (runs as [number, number, number][]).map(([row, first, T]) => {
      const read = Math.min(S, Math.ceil((first + T) / BLOCK) * BLOCK);
      const [k, v] = [keys, values].map((cache) =>
        ops.reshape(ops.slice(ops.of(cache), [row, 0, 0, 0], [1, K, read, D]), [K, read, D]),
      ) as [Value, Value];
      const queries = ops.mul(ops.slice(heads, [offset, 0, 0], [T, H, D]), scale); // [T, H, D]
      const q = ops.reshape(ops.transpose(queries, [1, 0, 2]), [K, (H / K) * T, D]);
      const scores = ops.reshape(ops.batchMatMul(q, k, false, true), [H, T, read]);
      const masked = ops.add(scores, causalMask(ops, T, read, first)); // so what lies behind does not count
      const { exponentials, sums } = softmaxOf(ops, masked);
      const weighed = ops.batchMatMul(ops.reshape(exponentials, [K, (H / K) * T, read]), v); // [K, H/K · T, D]
      const y = ops.div(ops.reshape(weighed, [H, T, D]), sums);
      offset += T;
      return ops.reshape(ops.transpose(y, [1, 0, 2]), [T, H * D]);
    });
    return [ops.output(ops.concat(attended))];
  },
);
