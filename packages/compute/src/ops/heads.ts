import {
  add,
  matMul,
  mul,
  reshape,
  type Tensor3D,
  type Tensor4D,
  tensor2d,
  transpose,
  unstack,
} from '@tensorflow/tfjs-core';

/** `qkv` [B, T, 3C] → queries, keys and values, each [B, H, T, D]. */
export function splitHeads(qkv: Tensor3D, nHead: number): [Tensor4D, Tensor4D, Tensor4D] {
  const [B, T, threeC] = qkv.shape;
  const parts = unstack(reshape(qkv, [B, T, 3, threeC / 3]), 2) as Tensor3D[]; // 3 × [B, T, C]
  return parts.map((part) => splitHead(part, nHead)) as [Tensor4D, Tensor4D, Tensor4D];
}

/** `x` [B, T, C] → [B, H, T, D]. */
export function splitHead(x: Tensor3D, nHead: number): Tensor4D {
  const [B, T, C] = x.shape;
  return transpose(reshape(x, [B, T, nHead, C / nHead]), [0, 2, 1, 3]);
}

/** `x` [B, H, T, D] → [B, T, C]. */
export function joinHeads(x: Tensor4D): Tensor3D {
  const [B, H, T, D] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [B, T, H * D]);
}

/**
 * Scaled scores of queries [B, H, T, D] at positions `first`, `first` + 1, … on keys [B, K, S, D] at 0, 1, …, each of
 * which serves H/K heads of queries → [B, H, T, S], with those of later keys so low that their weight is exactly 0.
 */
export function causalScores(q: Tensor4D, k: Tensor4D, first = 0): Tensor4D {
  const [B, H, T, D] = q.shape;
  const [, K, S] = k.shape;
  const later = new Float32Array(T * S);
  for (let t = 0; t < T; t++) later.fill(-1e30, t * S + first + t + 1, (t + 1) * S); // not −∞: WGSL need not keep it
  const groups = reshape(q, [B, K, (H / K) * T, D]);
  const scores = reshape(matMul<Tensor4D>(groups, k, false, true), [B, H, T, S]);
  return add(mul(scores, 1 / Math.sqrt(D)), tensor2d(later, [T, S]));
}

/** Values [B, K, S, D] in the shares of `weights` [B, H, T, S], each for H/K heads → [B, H, T, D]. */
export function weighValues(weights: Tensor4D, v: Tensor4D): Tensor4D {
  const [B, H, T, S] = weights.shape;
  const [, K, , D] = v.shape;
  return reshape(matMul<Tensor4D>(reshape(weights, [B, K, (H / K) * T, S]), v), [B, H, T, D]);
}
