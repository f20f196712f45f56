/** AdamW over all parameters at once, and the norm of all gradients. */
import { barrier, shareOf, thread, threads } from './team';
import { loadUpTo, madd, storeUpTo } from './vector';

/** A record of the table: addresses of parameter, gradient, m and v, their length, and 1 − lr · weightDecay. */
const RECORD: i32 = 24;

/**
 * In place, for every record (Loshchilov and Hutter 2019, arXiv:1711.05101): g = gradient · scale,
 * m = β₁m + (1 − β₁)g, v = β₂v + (1 − β₂)g², p = p · decay − stepSize · m/(√v / vCorrection + ε). Nothing, where the scale is below 0.
 */
export function adamw(
  count: i32,
  table: usize,
  scale: usize,
  beta1: f32,
  beta2: f32,
  stepSize: f32,
  vCorrection: f32,
  epsilon: f32,
): void {
  if (load<f32>(scale) < 0) return;
  const gradientScale = f32x4.splat(load<f32>(scale));
  const keep1 = f32x4.splat(beta1);
  const keep2 = f32x4.splat(beta2);
  const gain1 = f32x4.splat(1 - beta1);
  const gain2 = f32x4.splat(1 - beta2);
  const size = f32x4.splat(stepSize);
  const correction = f32x4.splat(1 / vCorrection);
  const least = f32x4.splat(epsilon);
  for (let i = 0; i < count; i++) {
    const record = table + i * RECORD;
    const n = load<i32>(record, 16);
    const decay = f32x4.splat(load<f32>(record, 20));
    const first = shareOf(n, thread, 16);
    const parameter = load<usize>(record) + 4 * first;
    const gradient = load<usize>(record, 4) + 4 * first;
    const momentum = load<usize>(record, 8) + 4 * first;
    const velocity = load<usize>(record, 12) + 4 * first;
    const share = shareOf(n, thread + 1, 16) - first;
    for (let j = 0; j < share; j += 4) {
      const left = share - j;
      const g = f32x4.mul(loadUpTo(gradient + 4 * j, left), gradientScale);
      const m = madd(loadUpTo(momentum + 4 * j, left), keep1, f32x4.mul(g, gain1));
      const v = madd(loadUpTo(velocity + 4 * j, left), keep2, f32x4.mul(f32x4.mul(g, g), gain2));
      const root = madd(f32x4.sqrt(v), correction, least);
      const step = f32x4.div(f32x4.mul(m, size), root);
      storeUpTo(momentum + 4 * j, m, left);
      storeUpTo(velocity + 4 * j, v, left);
      storeUpTo(
        parameter + 4 * j,
        f32x4.sub(f32x4.mul(loadUpTo(parameter + 4 * j, left), decay), step),
        left,
      );
    }
  }
}

/** √Σ x² over `count` tensors, whose addresses and lengths are in `table`; added up in float64. `parts`: 8 bytes a thread. */
export function globalNorm(count: i32, table: usize, parts: usize, y: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let i = 0; i < count; i++) {
    const at = load<usize>(table + 8 * i);
    const n = load<i32>(table + 8 * i, 4);
    const last = shareOf(n, thread + 1, 16);
    let j = shareOf(n, thread, 16);
    for (; j + 8 <= last; j += 8) {
      const low = f64x2.promote_low_f32x4(v128.load64_zero(at + 4 * j));
      const second = f64x2.promote_low_f32x4(v128.load64_zero(at + 4 * j, 8));
      const third = f64x2.promote_low_f32x4(v128.load64_zero(at + 4 * j, 16));
      const high = f64x2.promote_low_f32x4(v128.load64_zero(at + 4 * j, 24));
      s0 = f64x2.add(s0, f64x2.mul(low, low));
      s1 = f64x2.add(s1, f64x2.mul(second, second));
      s2 = f64x2.add(s2, f64x2.mul(third, third));
      s3 = f64x2.add(s3, f64x2.mul(high, high));
    }
    for (; j < last; j++) {
      const x = f64x2.promote_low_f32x4(v128.load32_zero(at + 4 * j));
      s0 = f64x2.add(s0, f64x2.mul(x, x));
    }
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  store<f64>(parts + 8 * thread, f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1));
  barrier();
  if (thread !== 0) return;
  let total: f64 = 0;
  for (let i = 0; i < threads; i++) total += load<f64>(parts + 8 * i);
  store<f32>(y, <f32>sqrt<f64>(total));
}
