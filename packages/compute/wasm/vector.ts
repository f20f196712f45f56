/** Arithmetic on four float32 at once. */

const LN_2: f64 = Math.LN2;

/**
 * Constants that a vector is made of wherever one is needed: reading one from memory is one instruction, and engines that
 * make one from a number in the code take several, in every round of a loop.
 */
export function constant(table: usize, index: i32): v128 {
  return v128.load32_splat(table + 4 * index);
}

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

/** For `exp`: its bounds, log₂ e, −ln 2 in two parts, then the coefficients of its polynomial from the highest on. */
const EXP = memory.data<f32>([
  -87.33,
  88.37,
  f32(Math.LOG2E),
  -0.693359375,
  2.1219444e-4,
  1.98756915e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
  1,
  // 1.5 · 2²³: added to a float32 it leaves no digits but those of an integer, which are its lowest bits then
  12_582_912,
]);
const ROUNDER: i32 = 12;

/**
 * e^x to about 1e-7 relative, 0 below −87.3 and held at 2^127.5 above: e^x = 2^n · e^r with |r| ≤ ln(2)/2, and e^r
 * by the polynomial of Cephes' expf (Moshier 1992). ln 2 is subtracted in two parts so that r keeps its digits.
 */
export function exp(x: v128): v128 {
  const least = constant(EXP, 0);
  const one = constant(EXP, 11);
  const rounder = constant(EXP, ROUNDER);
  // pmin and pmax, for min and max take engines many instructions more, to treat NaN and −0 as Math.min does
  const held = f32x4.pmin(f32x4.pmax(x, least), constant(EXP, 1));
  const shifted = madd(held, constant(EXP, 2), rounder);
  const n = f32x4.sub(shifted, rounder);
  const r = madd(n, constant(EXP, 4), madd(n, constant(EXP, 3), held));
  let p = constant(EXP, 5);
  p = madd(p, r, constant(EXP, 6));
  p = madd(p, r, constant(EXP, 7));
  p = madd(p, r, constant(EXP, 8));
  p = madd(p, r, constant(EXP, 9));
  p = madd(p, r, constant(EXP, 10));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), one);
  // · 2^n, whose exponent is added to that of p
  const y = i32x4.add(p, i32x4.shl(shifted, 23));
  return v128.andnot(y, f32x4.lt(x, least));
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

/** Sets `n` numbers to 0: a short row sooner than `memory.fill`, for which engines leave WebAssembly. */
export function clear(n: i32, x: usize): void {
  const zero = f32x4.splat(0);
  for (; n >= 4; n -= 4, x += 16) v128.store(x, zero);
  storeUpTo(x, zero, n);
}

/** x = x · factor, number by number. */
export function multiplyInto(n: i32, x: usize, factor: usize): void {
  const last = x + 4 * (n & ~3);
  for (; x < last; x += 16, factor += 16) v128.store(x, f32x4.mul(v128.load(x), v128.load(factor)));
  storeUpTo(x, f32x4.mul(loadUpTo(x, n & 3), loadUpTo(factor, n & 3)), n & 3);
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
