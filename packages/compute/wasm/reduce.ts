/** Sums. */
import { shareOf, thread } from './team';
import { loadUpTo, storeUpTo, sum } from './vector';

/** y [c] = the sum over rows of x [n, c], each thread its columns. */
export function columnSums(n: i32, c: i32, x: usize, y: usize): void {
  const last = shareOf(c, thread + 1, 4);
  for (let j = shareOf(c, thread, 4); j < last; j += 16) {
    const width = min(16, last - j);
    columnBlock(n, width, x + 4 * j, 4 * c, y + 4 * j);
  }
}

/** Sums of up to 16 columns, which are one cache line. */
function columnBlock(n: i32, width: i32, x: usize, stride: i32, y: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  if (width === 16) {
    for (let i = 0; i < n; i++) {
      s0 = f32x4.add(s0, v128.load(x));
      s1 = f32x4.add(s1, v128.load(x, 16));
      s2 = f32x4.add(s2, v128.load(x, 32));
      s3 = f32x4.add(s3, v128.load(x, 48));
      x += stride;
    }
  } else {
    for (let i = 0; i < n; i++) {
      s0 = f32x4.add(s0, loadUpTo(x, width));
      s1 = f32x4.add(s1, loadUpTo(x + 16, width - 4));
      s2 = f32x4.add(s2, loadUpTo(x + 32, width - 8));
      s3 = f32x4.add(s3, loadUpTo(x + 48, width - 12));
      x += stride;
    }
  }
  storeUpTo(y, s0, width);
  storeUpTo(y + 16, s1, width - 4);
  storeUpTo(y + 32, s2, width - 8);
  storeUpTo(y + 48, s3, width - 12);
}

/** y [n] = the sum of each row of x [n, c], each thread its rows. */
export function rowSums(n: i32, c: i32, x: usize, y: usize): void {
  const last = shareOf(n, thread + 1);
  for (let i = shareOf(n, thread); i < last; i++) store<f32>(y + 4 * i, total(c, x + 4 * i * c));
}

/** The sum of `n` numbers. */
export function total(n: i32, x: usize): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    s0 = f32x4.add(s0, v128.load(x));
    s1 = f32x4.add(s1, v128.load(x, 16));
    x += 32;
  }
  for (; i < n; i += 4) {
    s0 = f32x4.add(s0, loadUpTo(x, n - i));
    x += 16;
  }
  return sum(f32x4.add(s0, s1));
}

/** y [c] = Σ of `count` rows of c numbers that the threads left in `parts`, in order of thread. */
export function addParts(count: i32, c: i32, parts: usize, stride: i32, y: usize): void {
  const last = shareOf(c, thread + 1, 4);
  for (let j = shareOf(c, thread, 4); j < last; j += 4) {
    let s = f32x4.splat(0);
    for (let i = 0; i < count; i++) s = f32x4.add(s, loadUpTo(parts + 4 * (i * stride + j), c - j));
    storeUpTo(y + 4 * j, s, c - j);
  }
}
