/** The gradient of causal attention, head by head, with the weights of one block of queries computed again. */
import { BLOCK, blockOf, workspace } from './attention';
import { dropoutFactors, seedDropout } from './philox';
import { productAlone } from './product';
import { exponentials } from './softmax';
import { take, thread } from './team';
import { clear, loadUpTo, madd, multiplyInto, storeUpTo, sum } from './vector';

/** Σ x · y over `n` numbers. */
function dot(n: i32, x: usize, y: usize): f32 {
  let total = f32x4.splat(0);
  for (let i = 0; i < n; i += 4) {
    total = madd(loadUpTo(x + 4 * i, n - i), loadUpTo(y + 4 * i, n - i), total);
  }
  return sum(total);
}

/** d = p · (d − delta) · scale, number by number: from the gradient of the weights to that of the scores. */
function scoreGradient(n: i32, p: usize, d: usize, delta: f32, scale: f32): void {
  const center = f32x4.splat(delta);
  const factor = f32x4.splat(scale);
  for (; n >= 4; n -= 4, p += 16, d += 16) {
    v128.store(d, f32x4.mul(f32x4.mul(v128.load(p), factor), f32x4.sub(v128.load(d), center)));
  }
  storeUpTo(d, f32x4.mul(f32x4.mul(loadUpTo(p, n), factor), f32x4.sub(loadUpTo(d, n), center)), n);
}

/**
 * dqkv [B, T, 3C] for dy [B, T, C]: with weights P, dropped P̃, and δ = Σ dy · y of a row, dV = P̃ᵀ · dy,
 * dS = P · (dropped(dy · Vᵀ) − δ)/√d, dQ = dS · K, dK = dSᵀ · Q (FlashAttention-2's backward: Dao 2023).
 */
export function causalAttentionGrad(
  B: i32,
  T: i32,
  H: i32,
  d: i32,
  dy: usize,
  qkv: usize,
  y: usize,
  logSumExp: usize,
  dqkv: usize,
  work: usize,
  rate: f64,
  seed: f64,
  offset: f64,
): void {
  const C = H * d;
  const stride = 3 * C;
  const block = blockOf(T);
  const scale: f32 = 1 / sqrt<f32>(<f32>d);
  const weights = work + thread * workspace(T, 2);
  const dScores = weights + 4 * BLOCK * T;
  const room = dScores + 4 * BLOCK * T;
  if (rate > 0) seedDropout(rate, seed, offset);
  for (let head = take(B * H); head < B * H; head = take(B * H)) {
    const batch = head / H;
    const column = (head % H) * d;
    const q = qkv + 4 * (batch * T * stride + column);
    const k = q + 4 * C;
    const v = q + 8 * C;
    const dq = dqkv + 4 * (batch * T * stride + column);
    const dk = dq + 4 * C;
    const dv = dq + 8 * C;
    // from the last block, which reaches every key, so that it can set dK and dV and the others add to them
    for (let first = ((T - 1) / block) * block; first >= 0; first -= block) {
      const m = min(block, T - first);
      const keys = first + m;
      const qBlock = q + 4 * first * stride;
      const at = 4 * ((batch * T + first) * C + column);
      productAlone(m, keys, d, qBlock, stride, 1, k, 1, stride, 0, 0, weights, T, 0);
      productAlone(m, keys, d, dy + at, C, 1, v, 1, stride, 0, 0, dScores, T, 0);
      for (let i = 0; i < m; i++) {
        const row = head * T + first + i;
        const seen = first + i + 1;
        const p = weights + 4 * i * T;
        const ds = dScores + 4 * i * T;
        exponentials(seen, p, scale, -load<f32>(logSumExp + 4 * row));
        const delta = dot(d, dy + at + 4 * i * C, y + at + 4 * i * C);
        let factors: usize = 0;
        if (rate > 0) {
          factors = dropoutFactors(<u64>row * T, seen, room);
          multiplyInto(seen, ds, factors);
        }
        scoreGradient(seen, p, ds, delta, scale);
        if (rate > 0) multiplyInto(seen, p, factors);
        clear(keys - seen, p + 4 * seen);
        clear(keys - seen, ds + 4 * seen);
      }
      const more = keys < T;
      productAlone(keys, d, m, weights, 1, T, dy + at, C, 1, more ? dv : 0, stride, dv, stride, 0);
      productAlone(keys, d, m, dScores, 1, T, qBlock, stride, 1, more ? dk : 0, stride, dk, stride, 0);
      productAlone(m, d, keys, dScores, T, 1, k, stride, 1, 0, 0, dq + 4 * first * stride, stride, 0);
    }
  }
}
