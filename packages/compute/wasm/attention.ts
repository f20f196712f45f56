/**
 * Causal attention (Vaswani et al. 2017, arXiv:1706.03762) in blocks of queries, so that the weights of one block
 * are all that ever exists of the T × T. Strides in float32.
 */
import { dropoutFactors, seedDropout } from './philox';
import { productAlone } from './product';
import { scaleBy, softmaxSum, unscaledSoftmax } from './softmax';
import { take, thread } from './team';
import { clear, multiplyInto } from './vector';

/** Most queries of a block. */
export const BLOCK: i32 = 32;

/** Queries of a block where there are T: of few, smaller blocks leave out more of the pairs that do not see each other. */
export function blockOf(T: i32): i32 {
  return T <= 2 * BLOCK ? BLOCK / 2 : BLOCK;
}

/** Bytes of a thread's workspace: `blocks` blocks of weights, the dropout factors of a row, a number for each query. */
export function workspace(T: i32, blocks: i32): i32 {
  return 4 * (blocks * BLOCK * T + T + 32 + BLOCK);
}

/**
 * Attention of `m` queries at positions `first`, `first` + 1, … to the keys at 0, 1, …; y = softmax(q · kᵀ/√d) · v.
 * `work` is a workspace for one block of rows of `width`. Writes the log-sum-exp of each row where `logSumExp` is not 0;
 * with `drops` it drops weights, of which the first is element `element`.
 */
export function attendBlock(
  m: i32,
  first: i32,
  d: i32,
  q: usize,
  qRow: i32,
  k: usize,
  kRow: i32,
  v: usize,
  y: usize,
  yRow: i32,
  work: usize,
  width: i32,
  logSumExp: usize,
  drops: bool,
  element: u64,
): void {
  const factors = work + 4 * BLOCK * width;
  const sums = factors + 4 * (width + 32);
  const keys = first + m;
  const scale: f32 = 1 / sqrt<f32>(<f32>d);
  productAlone(m, keys, d, q, qRow, 1, k, 1, kRow, 0, 0, work, width, 0);
  for (let i = 0; i < m; i++) {
    const row = work + 4 * i * width;
    const seen = first + i + 1;
    const normalizer = unscaledSoftmax(seen, row, scale);
    store<f32>(sums + 4 * i, softmaxSum);
    if (drops) multiplyInto(seen, row, dropoutFactors(element + i * width, seen, factors));
    clear(keys - seen, row + 4 * seen);
    if (logSumExp !== 0) store<f32>(logSumExp + 4 * i, normalizer);
  }
  productAlone(m, d, keys, work, width, 1, v, kRow, 1, 0, 0, y, yRow, 0);
  // dividing y instead of the weights: d numbers a row, not `seen`
  for (let i = 0; i < m; i++) scaleBy(d, y + 4 * i * yRow, 1 / load<f32>(sums + 4 * i));
}

/** y [B, T, C] of qkv [B, T, 3C] and the log-sum-exp of each row of scores [B, H, T]; `rate` 0 for no dropout. */
export function causalAttention(
  B: i32,
  T: i32,
  H: i32,
  d: i32,
  qkv: usize,
  y: usize,
  logSumExp: usize,
  work: usize,
  rate: f64,
  seed: f64,
  offset: f64,
): void {
  const C = H * d;
  const own = work + thread * workspace(T, 1);
  if (rate > 0) seedDropout(rate, seed, offset);
  const block = blockOf(T);
  const blocks = (T + block - 1) / block;
  const items = B * H * blocks;
  for (let item = take(items); item < items; item = take(items)) {
    const head = item / blocks;
    const first = (item % blocks) * block;
    const m = min(block, T - first);
    const batch = head / H;
    const column = (head % H) * d;
    const q = qkv + 4 * (batch * T * 3 * C + column);
    const to = y + 4 * ((batch * T + first) * C + column);
    const row = head * T + first;
    attendBlock(
      m,
      first,
      d,
      q + 12 * first * C,
      3 * C,
      q + 4 * C,
      3 * C,
      q + 8 * C,
      to,
      C,
      own,
      T,
      logSumExp + 4 * row,
      rate > 0,
      <u64>row * T,
    );
  }
}
