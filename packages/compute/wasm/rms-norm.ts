/** Root-mean-square normalization (Zhang and Sennrich 2019, arXiv:1910.07467): y = x/rms · weight over rows of c. */
import { addParts } from './reduce';
import { barrier, shareOf, thread, threads } from './team';
import { loadUpTo, madd, storeUpTo, sum } from './vector';

/** Also writes 1/rms of each row, which the gradient needs. */
export function rmsNorm(
  n: i32,
  c: i32,
  x: usize,
  weight: usize,
  y: usize,
  inverses: usize,
  epsilon: f32,
): void {
  const last = shareOf(n, thread + 1);
  for (let i = shareOf(n, thread); i < last; i++) {
    const at = 4 * i * c;
    let squares = f32x4.splat(0);
    for (let j = 0; j < c; j += 4) {
      const value = loadUpTo(x + at + 4 * j, c - j);
      squares = madd(value, value, squares);
    }
    const inverse: f32 = 1 / sqrt<f32>(sum(squares) / <f32>c + epsilon);
    store<f32>(inverses + 4 * i, inverse);
    for (let j = 0; j < c; j += 4) {
      const scaled = f32x4.mul(loadUpTo(x + at + 4 * j, c - j), f32x4.splat(inverse));
      storeUpTo(y + at + 4 * j, f32x4.mul(scaled, loadUpTo(weight + 4 * j, c - j)), c - j);
    }
  }
}

/**
 * With x̂ = x/rms and g = dy · weight: dx = (g − x̂ · mean(g · x̂))/rms and dWeight = Σ dy · x̂ over rows. `parts` has
 * room for c numbers a thread.
 */
export function rmsNormGrad(
  n: i32,
  c: i32,
  dy: usize,
  x: usize,
  weight: usize,
  inverses: usize,
  dx: usize,
  dWeight: usize,
  parts: usize,
): void {
  const part = parts + 4 * thread * c;
  memory.fill(part, 0, 4 * c);
  const last = shareOf(n, thread + 1);
  for (let i = shareOf(n, thread); i < last; i++) {
    const at = 4 * i * c;
    const inverse = f32x4.splat(load<f32>(inverses + 4 * i));
    let along = f32x4.splat(0);
    for (let j = 0; j < c; j += 4) {
      const left = c - j;
      const d = loadUpTo(dy + at + 4 * j, left);
      const normalized = f32x4.mul(loadUpTo(x + at + 4 * j, left), inverse);
      along = madd(f32x4.mul(d, loadUpTo(weight + 4 * j, left)), normalized, along);
      storeUpTo(part + 4 * j, madd(d, normalized, loadUpTo(part + 4 * j, left)), left);
    }
    const mean = f32x4.splat(sum(along) / <f32>c);
    for (let j = 0; j < c; j += 4) {
      const left = c - j;
      const normalized = f32x4.mul(loadUpTo(x + at + 4 * j, left), inverse);
      const g = f32x4.mul(loadUpTo(dy + at + 4 * j, left), loadUpTo(weight + 4 * j, left));
      storeUpTo(dx + at + 4 * j, f32x4.mul(f32x4.sub(g, f32x4.mul(normalized, mean)), inverse), left);
    }
  }
  barrier();
  addParts(threads, c, parts, c, dWeight);
}
