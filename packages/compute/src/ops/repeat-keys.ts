import { concat, reshape, slice, type Tensor3D, tidy, tile } from '@tensorflow/tfjs-core';
import { checkShapes } from './shapes';

/**
 * Grouped queries (Ainslie et al. 2023, arXiv:2305.13245) for `causalAttention`, which knows one key to a query: each
 * of `nKvHead` keys and values is repeated for its group of queries. `qkv` [B, T, (nHead + 2·nKvHead)·D] →
 * [B, T, 3·nHead·D]. The caller disposes. Throws `compute/shape-mismatch`.
 */
export function repeatKeys(qkv: Tensor3D, nHead: number, nKvHead: number): Tensor3D {
  const [B, T, width] = qkv.shape;
  const D = width / (nHead + 2 * nKvHead);
  const fits = Number.isInteger(D) && nHead % nKvHead === 0;
  checkShapes(fits, 'repeatKeys', `qkv [B, T, (${nHead} + 2·${nKvHead})·D], whole groups of queries`, qkv);
  if (nHead === nKvHead) return qkv;
  return tidy(() => {
    const repeated = (head: number): Tensor3D => {
      const few = slice(qkv, [0, 0, head * D], [B, T, nKvHead * D]); // [B, T, K · D]
      const groups = tile(reshape(few, [B * T, nKvHead, 1, D]), [1, 1, nHead / nKvHead, 1]);
      return reshape(groups, [B, T, nHead * D]);
    };
    const queries = slice(qkv, 0, [B, T, nHead * D]);
    return concat([queries, repeated(nHead), repeated(nHead + nKvHead)], 2); // [B, T, 3 · H · D]
  });
}
