/** The activations (Hendrycks and Gimpel 2016, arXiv:1606.08415), by the numbers of src/wasm/kernels/linear.ts. */
import { exp, loadUpTo, madd, storeUpTo } from './vector';

/** z·Φ(z); the other is its approximation by tanh. */
const EXACT: i32 = 1;

const SQRT_2_OVER_PI: f32 = 0.7978845608028654;
const INVERSE_SQRT_2_PI: f32 = 0.3989422804014327;
const CUBIC: f32 = 0.044715;

let activation: i32 = EXACT;

/** From here on `activate` and `activateKeeping` are this activation. */
export function choose(number: i32): void {
  activation = number;
}

/**
 * Φ(z), the standard normal distribution function, given e^(−z²/2), to 1.5e-7: Abramowitz and Stegun 7.1.26, which
 * tfjs's erf uses too, in the form that loses no digits where Φ is small.
 */
function phi(z: v128, bell: v128): v128 {
  const x = f32x4.mul(f32x4.abs(z), f32x4.splat(f32(Math.SQRT1_2)));
  const t = f32x4.div(f32x4.splat(1), madd(x, f32x4.splat(0.3275911), f32x4.splat(1)));
  let p = f32x4.splat(1.061405429);
  p = madd(p, t, f32x4.splat(-1.453152027));
  p = madd(p, t, f32x4.splat(1.421413741));
  p = madd(p, t, f32x4.splat(-0.284496736));
  p = madd(p, t, f32x4.splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(f32x4.mul(p, t), bell), f32x4.splat(0.5));
  return v128.bitselect(f32x4.sub(f32x4.splat(1), tail), tail, f32x4.ge(z, f32x4.splat(0)));
}

/** e^(−z²/2) */
function bellOf(z: v128): v128 {
  return exp(f32x4.mul(f32x4.mul(z, z), f32x4.splat(-0.5)));
}

/** 1 / (1 + e^(−2u)) for u = √(2/π)·(z + 0.044715·z³), which is ½(1 + tanh u) without its cancellation. */
function gate(z: v128): v128 {
  const slope = madd(f32x4.mul(z, z), f32x4.splat(SQRT_2_OVER_PI * CUBIC), f32x4.splat(SQRT_2_OVER_PI));
  const e = exp(f32x4.mul(f32x4.mul(z, slope), f32x4.splat(-2)));
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
}

/** y = activation(z) of `n` numbers, in place. */
export function activate(n: i32, z: usize): void {
  for (let i = 0; i < n; i += 4) {
    const x = loadUpTo(z + 4 * i, n - i);
    storeUpTo(z + 4 * i, f32x4.mul(x, activation === EXACT ? phi(x, bellOf(x)) : gate(x)), n - i);
  }
}

/**
 * y = activation(z) of `n` numbers, and z becomes activation′(z), which is all that the backward pass needs and shares
 * its exponential with y. That is Φ(z) + z·φ(z); or s + 2·z·s·(1 − s)·u′ with s = gate(z).
 */
export function activateKeeping(n: i32, z: usize, y: usize): void {
  for (let i = 0; i < n; i += 4) {
    const x = loadUpTo(z + 4 * i, n - i);
    let s: v128;
    let derivative: v128;
    if (activation === EXACT) {
      const bell = bellOf(x);
      s = phi(x, bell);
      derivative = madd(f32x4.mul(x, bell), f32x4.splat(INVERSE_SQRT_2_PI), s);
    } else {
      s = gate(x);
      const slope = madd(
        f32x4.mul(x, x),
        f32x4.splat(6 * CUBIC * SQRT_2_OVER_PI),
        f32x4.splat(2 * SQRT_2_OVER_PI),
      );
      derivative = madd(f32x4.mul(x, slope), f32x4.mul(s, f32x4.sub(f32x4.splat(1), s)), s);
    }
    storeUpTo(y + 4 * i, f32x4.mul(x, s), n - i);
    storeUpTo(z + 4 * i, derivative, n - i);
  }
}
