/** Arithmetic on two tensors, element by element. */
import { shareOf, thread } from './team';
import { loadUpTo, storeUpTo } from './vector';

/** The operation of every residual connection, which has a loop of its own. */
const ADD: i32 = 0;

/** The operations, by the numbers that src/wasm/kernels/elementwise.ts gives them. */
function combine(operation: i32, a: v128, b: v128): v128 {
  switch (operation) {
    case ADD:
      return f32x4.add(a, b);
    case 1:
      return f32x4.sub(a, b);
    case 2:
      return f32x4.mul(a, b);
    case 3:
      return f32x4.div(a, b);
    case 4:
      return f32x4.max(a, b);
    default:
      return f32x4.min(a, b);
  }
}

/** y = a + b, `n` numbers. */
function addVectors(n: i32, a: usize, b: usize, y: usize): void {
  let i: usize = 0;
  const end: usize = 4 * (n & ~3);
  for (; i < end; i += 16) v128.store(y + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
  storeUpTo(y + i, f32x4.add(loadUpTo(a + i, n & 3), loadUpTo(b + i, n & 3)), n & 3);
}

/** y [n] = a ∘ b, where a and b repeat after `aPeriod` and `bPeriod` numbers: n, 1, or a divisor of n. */
export function elementwise(
  operation: i32,
  n: i32,
  a: usize,
  aPeriod: i32,
  b: usize,
  bPeriod: i32,
  y: usize,
): void {
  const last = shareOf(n, thread + 1, 16);
  let i = shareOf(n, thread, 16);
  if (operation === ADD && aPeriod === n && bPeriod === n) {
    addVectors(last - i, a + 4 * i, b + 4 * i, y + 4 * i);
    return;
  }
  while (i < last) {
    const aAt = i % aPeriod;
    const bAt = i % bPeriod;
    // a run ends where one of the two begins again; a single number serves for the whole share
    let run = last - i;
    if (aPeriod > 1) run = min(run, aPeriod - aAt);
    if (bPeriod > 1) run = min(run, bPeriod - bAt);
    const to = y + 4 * i;
    const from = a + 4 * aAt;
    const other = b + 4 * bAt;
    for (let j = 0; j < run; j += 4) {
      const left = run - j;
      const x = aPeriod === 1 ? v128.load32_splat(a) : loadUpTo(from + 4 * j, left);
      const z = bPeriod === 1 ? v128.load32_splat(b) : loadUpTo(other + 4 * j, left);
      storeUpTo(to + 4 * j, combine(operation, x, z), left);
    }
    i += run;
  }
}
