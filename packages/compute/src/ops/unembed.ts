import { matMul, reshape, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { checkShapes, rows } from './shapes';

/**
 * Logits from hidden states: `x` [..., C] times `head` [V, C] transposed → [..., V]. The caller disposes.
 * For a loss use `crossEntropy`, which never holds all logits. Throws `compute/shape-mismatch`.
 */
export function unembed(x: Tensor, head: Tensor2D): Tensor {
  checkShapes(x.shape.at(-1) === head.shape[1], 'unembed', 'x [..., C] and head [V, C]', x, head);
  return tidy(() => reshape(matMul(rows(x), head, false, true), [...x.shape.slice(0, -1), head.shape[0]]));
}
