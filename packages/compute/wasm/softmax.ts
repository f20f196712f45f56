import { exp, largest, ln, loadUpTo, madd, storeUpTo, sum } from './vector';

const LOWEST: f32 = -3.4028235e38;

/** The largest of `n` numbers. */
function maximum(n: i32, x: usize): f32 {
  let most = f32x4.splat(LOWEST);
  let i = 0;
  for (; i + 4 <= n; i += 4) most = f32x4.pmax(most, v128.load(x + 4 * i));
  let value = largest(most);
  for (; i < n; i++) value = max(value, load<f32>(x + 4 * i));
  return value;
}

/** x = e^(scale · x + shift), `n` numbers, in place; returns their sum. */
export function exponentials(n: i32, x: usize, scale: f32, shift: f32): f32 {
  let total = f32x4.splat(0);
  const factor = f32x4.splat(scale);
  const offset = f32x4.splat(shift);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const e = exp(madd(v128.load(x + 4 * i), factor, offset));
    v128.store(x + 4 * i, e);
    total = f32x4.add(total, e);
  }
  if (i < n) {
    const e = exp(madd(loadUpTo(x + 4 * i, n - i), factor, offset));
    storeUpTo(x + 4 * i, e, n - i);
    total = f32x4.add(total, v128.and(e, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(n - i))));
  }
  return sum(total);
}

/** Makes scores into e^(scale · (score − largest)); their sum is in `softmaxSum`. Returns ln Σ e^(scale · score). */
export function unscaledSoftmax(n: i32, x: usize, scale: f32): f32 {
  const most = maximum(n, x) * scale;
  softmaxSum = exponentials(n, x, scale, -most);
  return most + ln(softmaxSum);
}

/** What the last `unscaledSoftmax` is to be divided by. */
export let softmaxSum: f32 = 1;

/** x = x · factor, `n` numbers, in place. */
export function scaleBy(n: i32, x: usize, factor: f32): void {
  const by = f32x4.splat(factor);
  for (; n >= 4; n -= 4, x += 16) v128.store(x, f32x4.mul(v128.load(x), by));
  storeUpTo(x, f32x4.mul(loadUpTo(x, n), by), n);
}
