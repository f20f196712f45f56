import { exp, loadUpTo, madd, storeUpTo } from './vector';

/** √(2/π) */
const SCALE: f32 = 0.7978845608028654;
const CUBIC: f32 = 0.044715;

/** 1 / (1 + e^(−2u)) for u = √(2/π)·(z + 0.044715·z³), which is ½(1 + tanh u) without its cancellation. */
function gate(z: v128): v128 {
  const u = f32x4.mul(z, madd(f32x4.mul(z, z), f32x4.splat(SCALE * CUBIC), f32x4.splat(SCALE)));
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.mul(u, f32x4.splat(-2)))));
}

/** gelu(z) = z · gate(z) of `n` numbers (Hendrycks and Gimpel 2016, arXiv:1606.08415, the tanh form). */
export function gelu(n: i32, z: usize, y: usize): void {
  for (let i = 0; i < n; i += 4) {
    const x = loadUpTo(z, n - i);
    storeUpTo(y, f32x4.mul(x, gate(x)), n - i);
    z += 16;
    y += 16;
  }
}

/** dz = dy · gelu′(z) of `n` numbers: gelu′ = s + 2·z·s·(1 − s)·u′ with s = gate(z). */
export function geluGrad(n: i32, dy: usize, z: usize, dz: usize): void {
  for (let i = 0; i < n; i += 4) {
    const x = loadUpTo(z, n - i);
    const s = gate(x);
    const slope = madd(f32x4.mul(x, x), f32x4.splat(6 * CUBIC * SCALE), f32x4.splat(2 * SCALE));
    const rise = f32x4.mul(f32x4.mul(x, slope), f32x4.mul(s, f32x4.sub(f32x4.splat(1), s)));
    storeUpTo(dz, f32x4.mul(loadUpTo(dy, n - i), f32x4.add(s, rise)), n - i);
    dy += 16;
    z += 16;
    dz += 16;
  }
}
