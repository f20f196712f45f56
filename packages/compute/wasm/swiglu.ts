/** The gated activation of Llama (Shazeer 2020, arXiv:2002.05202): rows of f gates g and f values u → g·sigmoid(g)·u. */
import { shareOf, thread } from './team';
import { exp, loadUpTo, madd, storeUpTo } from './vector';

function sigmoid(z: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.neg(z))));
}

/** y [n, f] of x [n, 2f]. */
export function swiglu(n: i32, f: i32, x: usize, y: usize): void {
  const last = shareOf(n, thread + 1);
  for (let i = shareOf(n, thread); i < last; i++) {
    const gates = x + 8 * i * f;
    for (let j = 0; j < f; j += 4) {
      const g = loadUpTo(gates + 4 * j, f - j);
      const u = loadUpTo(gates + 4 * (f + j), f - j);
      storeUpTo(y + 4 * (i * f + j), f32x4.mul(f32x4.mul(g, sigmoid(g)), u), f - j);
    }
  }
}

/** dx [n, 2f]: dg = dy·u·s·(1 + g·(1 − s)) and du = dy·g·s, with s = sigmoid(g). */
export function swigluGrad(n: i32, f: i32, dy: usize, x: usize, dx: usize): void {
  const one = f32x4.splat(1);
  const last = shareOf(n, thread + 1);
  for (let i = shareOf(n, thread); i < last; i++) {
    const gates = 8 * i * f;
    for (let j = 0; j < f; j += 4) {
      const left = f - j;
      const g = loadUpTo(x + gates + 4 * j, left);
      const u = loadUpTo(x + gates + 4 * (f + j), left);
      const d = loadUpTo(dy + 4 * (i * f + j), left);
      const s = sigmoid(g);
      const slope = f32x4.mul(s, madd(g, f32x4.sub(one, s), one));
      storeUpTo(dx + gates + 4 * j, f32x4.mul(f32x4.mul(d, u), slope), left);
      storeUpTo(dx + gates + 4 * (f + j), f32x4.mul(d, f32x4.mul(g, s)), left);
    }
  }
}
