import { softmax, type Tensor3D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { causalScores, splitHeads } from './heads';
import { checkShapes } from './shapes';

/**
 * What `causalAttention` weighs values with, to look at: `qkv` [B, T, 3C] → [B, H, T, T], row t the share of each
 * position in what position t reads. It holds all of T × T, which `causalAttention` never does. The caller disposes.
 * Throws `compute/shape-mismatch`.
 */
export function attentionWeights(qkv: Tensor3D, nHead: number): Tensor4D {
  const expected = `qkv [B, T, 3C] with C a multiple of nHead (${nHead})`;
  checkShapes(qkv.rank === 3 && (qkv.shape[2] / 3) % nHead === 0, 'attentionWeights', expected, qkv);
  return tidy(() => {
    const [q, k] = splitHeads(qkv, nHead); // each [B, H, T, D]
    return softmax(causalScores(q, k)); // [B, H, T, T]
  });
}
