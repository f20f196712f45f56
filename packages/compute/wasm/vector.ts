/** Arithmetic on four float32 at once. */

const LOG2_E: f32 = f32(Math.LOG2E);
const LN_2: f64 = Math.LN2;
/** 1.5 · 2²³: added to a float32 it leaves no digits but those of an integer, which are its lowest bits then. */
const ROUNDER: f32 = 12_582_912;

/** a · b + c: fused, so rounded once, where the module is compiled with relaxed SIMD. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of the four. */
export function sum(x: v128): f32 {
  const pairs = f32x4.add(x, i32x4.shuffle(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The largest of the four. */
export function largest(x: v128): f32 {
  const pairs = f32x4.pmax(x, i32x4.shuffle(x, x, 2, 3, 0, 1));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/**
 * e^x to about 1e-7 relative, 0 below −87.3 and held at 2^127.5 above: e^x = 2^n · e^r with |r| ≤ ln(2)/2, and e^r
 * by the polynomial of Cephes' expf (Moshier 1992). ln 2 is subtracted in two parts so that r keeps its digits.
 */
export function exp(x: v128): v128 {
  // pmin and pmax, for min and max take engines many instructions more, to treat NaN and −0 as Math.min does
  const held = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.33)), f32x4.splat(88.37));
  const shifted = madd(held, f32x4.splat(LOG2_E), f32x4.splat(ROUNDER));
  const n = f32x4.sub(shifted, f32x4.splat(ROUNDER));
  let r = f32x4.sub(held, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const y = f32x4.mul(p, i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23)); // · 2^n
  return v128.andnot(y, f32x4.lt(x, f32x4.splat(-87.33)));
}

/** e^x for one number. */
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp(f32x4.splat(x)), 0);
}

/** Four numbers at a and, below `count`, what is there; 0 beyond. */
export function loadUpTo(at: usize, count: i32): v128 {
  if (count >= 4) return v128.load(at);
  let x = f32x4.splat(0);
  if (count > 0) x = f32x4.replace_lane(x, 0, load<f32>(at));
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(at, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(at, 8));
  return x;
}

/** Stores the first `count` of four numbers. */
export function storeUpTo(at: usize, x: v128, count: i32): void {
  if (count >= 4) {
    v128.store(at, x);
    return;
  }
  if (count > 0) store<f32>(at, f32x4.extract_lane(x, 0));
  if (count > 1) store<f32>(at, f32x4.extract_lane(x, 1), 4);
  if (count > 2) store<f32>(at, f32x4.extract_lane(x, 2), 8);
}

/** x = x · factor, number by number. */
export function multiplyInto(n: i32, x: usize, factor: usize): void {
  for (let i = 0; i < n; i += 4) {
    storeUpTo(x + 4 * i, f32x4.mul(loadUpTo(x + 4 * i, n - i), loadUpTo(factor + 4 * i, n - i)), n - i);
  }
}

/** ln x of a normal positive number: x = 2^n · m with m in [√½, √2), and ln m = 2·artanh((m − 1)/(m + 1)) as a series. */
export function ln(x: f32): f32 {
  let bits = reinterpret<i32>(x);
  const n = (bits - 0x3f3504f3) >> 23;
  bits -= n << 23;
  const m = <f64>reinterpret<f32>(bits);
  const s = (m - 1) / (m + 1);
  const z = s * s;
  const series = 1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9))));
  return <f32>(2 * s * series + <f64>n * LN_2);
}
