import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { AttendCachedAttributes, AttendCachedInputs } from '../../ops/cached-attention';
import type {
  CausalAttentionAttributes,
  CausalAttentionGradInputs,
  CausalAttentionInputs,
} from '../../ops/causal-attention';
import { productCost, wasmKernel } from './kernel';

/** Queries of a block, and the numbers that a workspace has beyond weights and a row: see wasm/attention.ts. */
const BLOCK = 32;
const SLACK = 32 + BLOCK;

/** Bytes of one thread's workspace: so many blocks of weights of T keys, and a row of T. */
function workspace(T: number, blocks: number): number {
  return 4 * (blocks * BLOCK * T + T + SLACK);
}

function sizes(qkv: TensorInfo, nHead: number): [B: number, T: number, H: number, D: number] {
  const [B, T, threeC] = qkv.shape as [number, number, number];
  return [B, T, nHead, threeC / 3 / nHead];
}

export const causalAttention: KernelConfig = wasmKernel<CausalAttentionInputs, CausalAttentionAttributes>(
  'CausalAttention',
  (backend, { qkv }, { nHead, rate = 0, seed = 0, offset = 0 }) => {
    const [B, T, H, D] = sizes(qkv, nHead);
    const y = backend.output([B, T, H * D]);
    const logSumExp = backend.output([B, H, T]);
    const addresses = [qkv, y, logSumExp].map((tensor) => backend.address(tensor));
    backend.withRoom(backend.threads * workspace(T, 1), (work) => {
      const cost = B * H * productCost(T, T, D);
      backend.run('causalAttention', cost, B, T, H, D, ...addresses, work, rate, seed, offset);
    });
    return [y, logSumExp];
  },
);

export const causalAttentionGrad: KernelConfig = wasmKernel<
  CausalAttentionGradInputs,
  CausalAttentionAttributes
>('CausalAttentionGrad', (backend, { dy, qkv, y, logSumExp }, { nHead, rate = 0, seed = 0, offset = 0 }) => {
  const [B, T, H, D] = sizes(qkv, nHead);
  const dqkv = backend.output(qkv.shape);
  const addresses = [dy, qkv, y, logSumExp, dqkv].map((tensor) => backend.address(tensor));
  backend.withRoom(backend.threads * workspace(T, 2), (work) => {
    const cost = 2 * B * H * productCost(T, T, D);
    backend.run('causalAttentionGrad', cost, B, T, H, D, ...addresses, work, rate, seed, offset);
  });
  return [dqkv];
});

/** Words of a record of the table in wasm/cached-attention.ts. */
const RUN_WORDS = 3;

export const attendCached: KernelConfig = wasmKernel<AttendCachedInputs, AttendCachedAttributes>(
  'AttendCached',
  (backend, { qkv, keys, values }, { runs }) => {
    const [, K, S, D] = keys.shape as [number, number, number, number];
    const [N, width] = qkv.shape as [number, number];
    const H = width / D - 2 * K;
    const y = backend.output([N, H * D]);
    const addresses = [qkv, keys, values, y].map((tensor) => backend.address(tensor));
    const count = runs.length / RUN_WORDS;
    backend.withRoom(backend.threads * workspace(S, 1) + 4 * runs.length, (work) => {
      const table = work + backend.threads * workspace(S, 1);
      backend.viewsAt(table, runs.length).integers.set(runs);
      let cost = 0;
      for (let i = 0; i < runs.length; i += RUN_WORDS) {
        const [, first, T] = runs.slice(i, i + RUN_WORDS) as [number, number, number];
        cost += 4 * H * productCost(T, first + T, D);
      }
      backend.run('attendCached', cost, count, table, H, K, D, S, ...addresses, work);
    });
    return [y];
  },
);
