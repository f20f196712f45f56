import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type {
  CausalAttentionAttributes,
  CausalAttentionGradInputs,
  CausalAttentionInputs,
} from '../../ops/causal-attention';
import type { NativeOps, Value } from '../native-ops';
import { keepMask } from './dropout';
import { tensorflowKernel } from './kernel';
import { causalMask, softmaxOf } from './scores';

/** Scores that exist at once, of as many heads: they stay in the processor's caches, and all of [B, H, T, T] never exist. */
const CHUNK_NUMBERS = 2 ** 19;

/** Queries, which are scaled, keys and values of all heads of all rows, each [B · H, T, D]. */
function headsOf(ops: NativeOps, qkv: TensorInfo, nHead: number): [Value, Value, Value] {
  const [B, T, threeC] = qkv.shape as [number, number, number];
  const D = threeC / 3 / nHead;
  const parted = ops.transpose(ops.of(qkv, [B, T, 3, nHead, D]), [2, 0, 3, 1, 4]); // [3, B, H, T, D]
  const all = ops.reshape(parted, [3 * B * nHead, T, D]);
  const [q, k, v] = [0, 1, 2].map((part) => ops.rows(all, part * B * nHead, B * nHead)) as [
    Value,
    Value,
    Value,
  ];
  return [ops.mul(q, ops.scalar(1 / Math.sqrt(D))), k, v];
}

/** Which of `count` heads of T × T scores belong to a chunk: the first of them and how many. */
function* chunks(count: number, T: number): Generator<[first: number, count: number]> {
  const size = Math.max(1, Math.floor(CHUNK_NUMBERS / T ** 2));
  for (let first = 0; first < count; first += size) yield [first, Math.min(size, count - first)];
}

/** `x` with the dropped weights of heads `first` and after zero; what is kept is not scaled. */
function dropped(
  ops: NativeOps,
  x: Value,
  first: number,
  { rate = 0, seed = 0, offset = 0 }: CausalAttentionAttributes,
): Value {
  if (rate === 0) return x;
  const [, T, S] = x.shape as [number, number, number];
  return ops.mul(x, keepMask(ops, { rate, seed, offset }, x.shape, first * T * S));
}

/**
 * softmax(Q·Kᵀ/√D, causal)·V of each head (Vaswani et al. 2017, arXiv:1706.03762). Outputs y [B, T, C], and for the backward
 * pass the log-sum-exp of each row of scores, [B, H, T].
 */
export const causalAttention: KernelConfig = tensorflowKernel<
  CausalAttentionInputs,
  CausalAttentionAttributes
>('CausalAttention', (ops, { qkv }, attrs) => {
  const { nHead, rate = 0 } = attrs;
  const [B, T, threeC] = qkv.shape as [number, number, number];
  const D = threeC / 3 / nHead;
  const [q, k, v] = headsOf(ops, qkv, nHead);
  const mask = causalMask(ops, T, T);
  const kept = ops.scalar(1 / (1 - rate));
  const parts: Value[] = [];
  const normalizers: Value[] = [];
  for (const [first, count] of chunks(B * nHead, T)) {
    const [y, normalizer] = ops.within(() => {
      const [qPart, kPart, vPart] = [q, k, v].map((x) => ops.rows(x, first, count)) as [Value, Value, Value];
      const scores = ops.add(ops.batchMatMul(qPart, kPart, false, true), mask); // [G, T, T]
      const { exponentials, sums, greatest } = softmaxOf(ops, scores);
      const weighed = ops.batchMatMul(dropped(ops, exponentials, first, attrs), vPart); // [G, T, D]
      const mean = ops.div(weighed, sums); // [G, T, D]
      return [rate > 0 ? ops.mul(mean, kept) : mean, ops.add(greatest, ops.run('Log', [sums]))];
    }) as [Value, Value];
    parts.push(y);
    normalizers.push(normalizer);
  }
  const heads = ops.reshape(ops.concat(parts), [B, nHead, T, D]);
  const joined = ops.transpose(heads, [0, 2, 1, 3]); // [B, T, H, D]
  return [ops.output(joined, [B, T, threeC / 3]), ops.output(ops.concat(normalizers), [B, nHead, T])];
});

/**
 * The gradient of qkv, as FlashAttention has it (Dao et al. 2022, arXiv:2205.14135): weights P are computed again from the
 * scores and their log-sum-exp, dP = dY·Vᵀ, dS = P∘(dP − rowsum(dY∘Y)), dQ = dS·K, dK = dSᵀ·Q and dV = Pᵀ·dY.
 */
export const causalAttentionGrad: KernelConfig = tensorflowKernel<
  CausalAttentionGradInputs,
  CausalAttentionAttributes
>('CausalAttentionGrad', (ops, { dy, qkv, y, logSumExp }, attrs) => {
  const { nHead, rate = 0 } = attrs;
  const [B, T, threeC] = qkv.shape as [number, number, number];
  const [BH, D] = [B * nHead, threeC / 3 / nHead];
  const split = (x: Value): Value => ops.reshape(ops.transpose(x, [0, 2, 1, 3]), [BH, T, D]);
  const [q, k, v] = headsOf(ops, qkv, nHead);
  const dyWhole = split(ops.of(dy, [B, T, nHead, D])); // [B · H, T, D]
  const along = ops.mul(ops.of(dy, [B, T, nHead, D]), ops.of(y, [B, T, nHead, D]));
  const alongHeads = ops.transpose(ops.reduceLast('Sum', along), [0, 2, 1, 3]); // [B, H, T, 1]
  const alongWeights = ops.reshape(alongHeads, [BH, T, 1]);
  const normalizers = ops.of(logSumExp, [BH, T, 1]);
  const mask = causalMask(ops, T, T);
  const kept = ops.scalar(1 / (1 - rate));
  const parts: [dq: Value[], dk: Value[], dv: Value[]] = [[], [], []];
  for (const [first, count] of chunks(BH, T)) {
    const gradients = ops.within(() => {
      const part = (x: Value): Value => ops.rows(x, first, count);
      const [qPart, kPart, vPart, dyPart] = [q, k, v, dyWhole].map(part) as [Value, Value, Value, Value];
      const scores = ops.add(ops.batchMatMul(qPart, kPart, false, true), mask); // [G, T, T]
      const weights = ops.run('Exp', [ops.sub(scores, part(normalizers))]); // [G, T, T]
      const dyScaled = rate > 0 ? ops.mul(dyPart, kept) : dyPart; // [G, T, D]
      const dWeights = dropped(ops, ops.batchMatMul(dyScaled, vPart, false, true), first, attrs); // [G, T, T]
      const dScores = ops.mul(weights, ops.sub(dWeights, part(alongWeights))); // [G, T, T]
      return [
        ops.batchMatMul(dScores, kPart),
        ops.batchMatMul(dScores, qPart, true), // q is scaled, as dk is to be
        ops.batchMatMul(dropped(ops, weights, first, attrs), dyScaled, true),
      ];
    }) as [Value, Value, Value];
    for (const [i, gradient] of gradients.entries()) parts[i]?.push(gradient);
  }
  const dq = ops.mul(ops.concat(parts[0]), ops.scalar(1 / Math.sqrt(D))); // [B · H, T, D]
  const all = ops.concat([dq, ...parts[1], ...parts[2]]); // [3 · B · H, T, D]
  const joined = ops.transpose(ops.reshape(all, [3, B, nHead, T, D]), [1, 3, 0, 2, 4]); // [B, T, 3, H, D]
  return [ops.output(joined, qkv.shape)];
});
