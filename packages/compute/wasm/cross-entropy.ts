/** The output head and its loss, in chunks of rows, so that the N × V logits never exist at once. */
import { product } from './product';
import { scaleBy, softmaxSum, unscaledSoftmax } from './softmax';
import { barrier, shareOf, thread, threads } from './team';

/** How many of `n` targets count. */
function countOf(n: i32, targets: usize, ignored: i32): i32 {
  let count = 0;
  for (let i = 0; i < n; i++) if (load<i32>(targets + 4 * i) !== ignored) count++;
  return count;
}

/**
 * loss = mean over counted rows of logSumExp(x · headᵀ) − the target's logit; also writes each row's log-sum-exp
 * and the count. Where `dx` [n, c] is not 0, also writes the gradients of the loss, dx and dHead [v, c]: the
 * softmax less 1 at the target, over the count, times the other factor. They cost no second product with the head,
 * as they would if they were left to the backward pass. `logits` has room for `rows` rows of v, `parts` for 8 bytes
 * a thread.
 */
export function crossEntropy(
  n: i32,
  c: i32,
  v: i32,
  x: usize,
  head: usize,
  targets: usize,
  ignored: i32,
  rows: i32,
  logits: usize,
  parts: usize,
  loss: usize,
  logSumExp: usize,
  counted: usize,
  dx: usize,
  dHead: usize,
): void {
  const count: f32 = <f32>max(countOf(n, targets, ignored), 1);
  let total: f64 = 0;
  for (let start = 0; start < n; start += rows) {
    const m = min(rows, n - start);
    const chunk = x + 4 * start * c;
    product(m, v, c, chunk, c, 1, head, 1, c, 0, 0, logits, v, 0);
    const last = shareOf(m, thread + 1);
    for (let i = shareOf(m, thread); i < last; i++) {
      const row = logits + 4 * i * v;
      const target = load<i32>(targets + 4 * (start + i));
      const counts = target !== ignored;
      const targetLogit = counts ? load<f32>(row + 4 * target) : 0;
      const normalizer = unscaledSoftmax(v, row, 1);
      store<f32>(logSumExp + 4 * (start + i), normalizer);
      if (counts) total += <f64>normalizer - <f64>targetLogit;
      if (dx === 0) continue;
      if (counts) {
        scaleBy(v, row, 1 / (softmaxSum * count));
        store<f32>(row + 4 * target, load<f32>(row + 4 * target) - 1 / count);
      } else {
        memory.fill(row, 0, 4 * v);
      }
    }
    barrier();
    if (dx === 0) continue;
    product(m, c, v, logits, v, 1, head, c, 1, 0, 0, dx + 4 * start * c, c, 0);
    product(v, c, m, logits, 1, v, chunk, c, 1, start > 0 ? dHead : 0, c, dHead, c, 0);
  }
  store<f64>(parts + 8 * thread, total);
  barrier();
  if (thread !== 0) return;
  for (let i = 1; i < threads; i++) total += load<f64>(parts + 8 * i);
  store<f32>(loss, <f32>(total / count));
  store<f32>(counted, count);
}
