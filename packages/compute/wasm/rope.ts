/** Rotary position embedding (Su et al. 2021, arXiv:2104.09864). */
import { shareOf, thread } from './team';
import { loadUpTo, storeUpTo } from './vector';

/**
 * y [n, width] is x with each pair of the first `heads` heads of d numbers turned: (a, b) becomes (a·cos − b·sin,
 * b·cos + a·sin), a in the first half of the head and b in the second. Row i has position i mod T of `table` [T, d],
 * d/2 cosines and then d/2 sines. `sign` −1 turns back.
 */
export function rope(
  n: i32,
  T: i32,
  width: i32,
  heads: i32,
  d: i32,
  x: usize,
  table: usize,
  y: usize,
  sign: f32,
): void {
  const half = d / 2;
  const last = shareOf(n, thread + 1);
  for (let i = shareOf(n, thread); i < last; i++) {
    const angles = table + 4 * (i % T) * d;
    const row = 4 * i * width;
    for (let head = 0; head < heads; head++) {
      const at = row + 4 * head * d;
      for (let j = 0; j < half; j += 4) {
        const left = half - j;
        const cos = loadUpTo(angles + 4 * j, left);
        const sin = f32x4.mul(loadUpTo(angles + 4 * (half + j), left), f32x4.splat(sign));
        const a = loadUpTo(x + at + 4 * j, left);
        const b = loadUpTo(x + at + 4 * (half + j), left);
        storeUpTo(y + at + 4 * j, f32x4.sub(f32x4.mul(a, cos), f32x4.mul(b, sin)), left);
        storeUpTo(y + at + 4 * (half + j), f32x4.add(f32x4.mul(b, cos), f32x4.mul(a, sin)), left);
      }
    }
    const rest = 4 * heads * d;
    memory.copy(y + row + rest, x + row + rest, 4 * width - rest);
  }
}
