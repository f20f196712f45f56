/** The activations (Hendrycks and Gimpel 2016, arXiv:1606.08415), by the numbers of src/wasm/kernels/linear.ts. */
import { constant, exp, loadUpTo, madd, storeUpTo } from './vector';

/** z·Φ(z); the other is its approximation by tanh. */
const EXACT: i32 = 1;

const SQRT_2_OVER_PI: f32 = 0.7978845608028654;
const CUBIC: f32 = 0.044715;

let activation: i32 = EXACT;

/** From here on `activate` and `activateKeeping` are this activation. */
export function choose(number: i32): void {
  activation = number;
}

/** For `phi`: √½ · 0.3275911, 1, then half the coefficients of the polynomial from the highest on; −½; 1/√(2π). */
const PHI = memory.data<f32>([
  0.2316418882663604, 1, 0.5307027145, -0.7265760135, 0.7107068705, -0.142248368, 0.127414796, -0.5,
  0.3989422804014327,
]);
const ONE: i32 = 1;
const MINUS_HALF: i32 = 7;
const INVERSE_SQRT_2_PI: i32 = 8;

/**
 * Φ(z), the standard normal distribution function, given e^(−z²/2), to 1.5e-7: Abramowitz and Stegun 7.1.26, which
 * tfjs's erf uses too, in the form that loses no digits where Φ is small.
 */
function phi(z: v128, bell: v128): v128 {
  const one = constant(PHI, ONE);
  const t = f32x4.div(one, madd(f32x4.abs(z), constant(PHI, 0), one));
  let p = constant(PHI, 2);
  p = madd(p, t, constant(PHI, 3));
  p = madd(p, t, constant(PHI, 4));
  p = madd(p, t, constant(PHI, 5));
  p = madd(p, t, constant(PHI, 6));
  const tail = f32x4.mul(f32x4.mul(p, t), bell);
  return v128.bitselect(tail, f32x4.sub(one, tail), i32x4.shr_s(z, 31));
}

/** e^(−z²/2) */
function bellOf(z: v128): v128 {
  return exp(f32x4.mul(f32x4.mul(z, z), constant(PHI, MINUS_HALF)));
}

/** For `gate`: −2 · √(2/π) · 0.044715, −2 · √(2/π), 1. For its derivative: 6 · √(2/π) · 0.044715, 2 · √(2/π). */
const GATE = memory.data<f32>([
  -2 * SQRT_2_OVER_PI * CUBIC,
  -2 * SQRT_2_OVER_PI,
  1,
  6 * SQRT_2_OVER_PI * CUBIC,
  2 * SQRT_2_OVER_PI,
]);

/** 1 / (1 + e^(−2u)) for u = √(2/π)·(z + 0.044715·z³), which is ½(1 + tanh u) without its cancellation. */
function gate(z: v128): v128 {
  const one = constant(GATE, 2);
  const slope = madd(f32x4.mul(z, z), constant(GATE, 0), constant(GATE, 1));
  return f32x4.div(one, f32x4.add(one, exp(f32x4.mul(z, slope))));
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
      derivative = madd(f32x4.mul(x, bell), constant(PHI, INVERSE_SQRT_2_PI), s);
    } else {
      s = gate(x);
      const slope = madd(f32x4.mul(x, x), constant(GATE, 3), constant(GATE, 4));
      derivative = madd(f32x4.mul(x, slope), f32x4.mul(s, f32x4.sub(constant(GATE, 2), s)), s);
    }
    storeUpTo(y + 4 * i, f32x4.mul(x, s), n - i);
    storeUpTo(z + 4 * i, derivative, n - i);
  }
}
