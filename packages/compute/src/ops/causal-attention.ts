import {
  exp,
  expandDims,
  logSumExp,
  matMul,
  mul,
  registerGradient,
  reshape,
  squeeze,
  stack,
  sub,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { type DropoutOptions, dropoutMask } from './dropout';
import { causalScores, joinHeads, splitHead, splitHeads } from './heads';
import { registerReference, release, runKernel } from './register';
import { checkShapes } from './shapes';

/**
 * Multi-head causal self-attention (Vaswani et al. 2017, arXiv:1706.03762): each position attends to itself
 * and those before it. `qkv` [B, T, 3C], queries, keys and values side by side → [B, T, C]; heads share C
 * equally. `dropout` drops attention weights, counted as [B, H, T, T]. The caller disposes.
 * Throws `compute/shape-mismatch` when 3C is not a multiple of 3 · nHead, and `compute/wrong-dtype`.
 */
export function causalAttention(qkv: Tensor3D, nHead: number, dropout?: DropoutOptions): Tensor3D {
  const expected = `qkv [B, T, 3C] with C a multiple of nHead (${nHead})`;
  checkShapes(qkv.rank === 3 && (qkv.shape[2] / 3) % nHead === 0, 'causalAttention', expected, qkv);
  const [y] = runKernel('CausalAttention', { qkv }, { nHead, ...dropout }) as [Tensor3D];
  return y;
}

export interface CausalAttentionInputs {
  qkv: Tensor3D;
}

export type CausalAttentionAttributes = Partial<DropoutOptions> & { readonly nHead: number };

/** Outputs y [B, T, C], and for the backward pass the log-sum-exp of each row of scores, [B, H, T]. */
export function causalAttentionReference(
  { qkv }: CausalAttentionInputs,
  attrs: CausalAttentionAttributes,
): [Tensor, Tensor] {
  const [q, k, v] = splitHeads(qkv, attrs.nHead); // each [B, H, T, D]
  const scores = causalScores(q, k); // [B, H, T, T]
  const normalizer = logSumExp(scores, -1, true); // [B, H, T, 1]
  const weights = exp(sub<Tensor4D>(scores, normalizer)); // [B, H, T, T]
  const mask = weightMask(weights, attrs);
  const y = matMul<Tensor4D>(mask ? mul<Tensor4D>(weights, mask) : weights, v); // [B, H, T, D]
  return [joinHeads(y), squeeze(normalizer, [3])];
}

export interface CausalAttentionGradInputs {
  dy: Tensor3D;
  qkv: Tensor3D;
  y: Tensor3D;
  logSumExp: Tensor3D;
}

/** The gradient of qkv, [B, T, 3C]; the weights are computed again from the scores and their log-sum-exp. */
export function causalAttentionGradReference(
  inputs: CausalAttentionGradInputs,
  attrs: CausalAttentionAttributes,
): Tensor {
  const { nHead } = attrs;
  const [q, k, v] = splitHeads(inputs.qkv, nHead); // each [B, H, T, D]
  const dy = splitHead(inputs.dy, nHead); // [B, H, T, D]
  const y = splitHead(inputs.y, nHead); // [B, H, T, D]
  const weights = exp(sub<Tensor4D>(causalScores(q, k), expandDims(inputs.logSumExp, 3))); // [B, H, T, T]
  const mask = weightMask(weights, attrs);
  const masked = (x: Tensor4D): Tensor4D => (mask ? mul(x, mask) : x);
  const dv = matMul<Tensor4D>(masked(weights), dy, true); // [B, H, T, D]
  const dWeights = masked(matMul(dy, v, false, true)); // [B, H, T, T]
  const alongWeights = sum(mul(dy, y), 3, true); // [B, H, T, 1]
  const dScores = mul(weights, sub(dWeights, alongWeights)); // [B, H, T, T]
  const scaled = mul<Tensor4D>(dScores, 1 / Math.sqrt(q.shape[3])); // [B, H, T, T]
  const dq = matMul<Tensor4D>(scaled, k); // [B, H, T, D]
  const dk = matMul<Tensor4D>(scaled, q, true); // [B, H, T, D]
  const [B, T, C] = inputs.y.shape;
  return reshape(stack([dq, dk, dv].map(joinHeads), 2), [B, T, 3 * C]); // [B, T, 3, C] → [B, T, 3C]
}

function weightMask(
  weights: Tensor4D,
  { rate = 0, seed = 0, offset = 0 }: CausalAttentionAttributes,
): Tensor4D | undefined {
  return rate > 0 ? dropoutMask<Tensor4D>(weights.shape, { rate, seed, offset }) : undefined;
}

registerReference<CausalAttentionInputs, CausalAttentionAttributes>(
  'CausalAttention',
  causalAttentionReference,
);
registerReference<CausalAttentionGradInputs, CausalAttentionAttributes>(
  'CausalAttentionGrad',
  (inputs, attrs) => [causalAttentionGradReference(inputs, attrs)],
);

registerGradient({
  kernelName: 'CausalAttention',
  inputsToSave: ['qkv'],
  outputsToSave: [true, true],
  gradFunc: (dys, [qkv, y, logSumExp], attrs) => ({
    qkv: () => {
      const dy = (dys as Tensor[])[0];
      const inputs = { dy, qkv, y, logSumExp };
      const [dqkv] = runKernel('CausalAttentionGrad', inputs, attrs as unknown as CausalAttentionAttributes);
      release([qkv, y, logSumExp]);
      return dqkv as Tensor;
    },
  }),
});
