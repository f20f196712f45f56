/** Layer normalization (Ba et al. 2016, arXiv:1607.06450): y = (x − mean)/std · weight + bias over rows of c. */
import { addParts, total } from './reduce';
import { barrier, shareOf, thread, threads } from './team';
import { loadUpTo, madd, storeUpTo, sum } from './vector';

const EPSILON: f32 = 1e-5;

/** Σ (x − mean)², in two sums, for each addition waits for the one before it. */
function squaredDistance(n: i32, x: usize, mean: f32): f32 {
  const average = f32x4.splat(mean);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  for (; n >= 8; n -= 8, x += 32) {
    const d0 = f32x4.sub(v128.load(x), average);
    const d1 = f32x4.sub(v128.load(x, 16), average);
    s0 = madd(d0, d0, s0);
    s1 = madd(d1, d1, s1);
  }
  let squares = sum(f32x4.add(s0, s1));
  for (; n > 0; n--, x += 4) {
    const d = load<f32>(x) - mean;
    squares += d * d;
  }
  return squares;
}

/** Also writes the mean and 1/std of each row, which the gradient needs. `bias` may be 0. */
export function layerNorm(
  n: i32,
  c: i32,
  x: usize,
  weight: usize,
  bias: usize,
  y: usize,
  means: usize,
  inverseStds: usize,
): void {
  const last = shareOf(n, thread + 1);
  for (let i = shareOf(n, thread); i < last; i++) {
    const row = x + 4 * i * c;
    const to = y + 4 * i * c;
    const mean = total(c, row) / <f32>c;
    const average = f32x4.splat(mean);
    const inverseStd: f32 = 1 / sqrt<f32>(squaredDistance(c, row, mean) / <f32>c + EPSILON);
    store<f32>(means + 4 * i, mean);
    store<f32>(inverseStds + 4 * i, inverseStd);
    for (let j = 0; j < c; j += 4) {
      const d = f32x4.sub(loadUpTo(row + 4 * j, c - j), average);
      const scaled = f32x4.mul(f32x4.mul(d, f32x4.splat(inverseStd)), loadUpTo(weight + 4 * j, c - j));
      storeUpTo(to + 4 * j, bias === 0 ? scaled : f32x4.add(scaled, loadUpTo(bias + 4 * j, c - j)), c - j);
    }
  }
}

/**
 * With x̂ = (x − mean)/std and g = dy · weight: dx = (g − mean(g) − x̂ · mean(g · x̂))/std, dWeight = Σ dy · x̂ and, where
 * it is not 0, dBias = Σ dy over rows. `parts` has room for 2c numbers a thread.
 */
export function layerNormGrad(
  n: i32,
  c: i32,
  dy: usize,
  x: usize,
  weight: usize,
  means: usize,
  inverseStds: usize,
  dx: usize,
  dWeight: usize,
  dBias: usize,
  parts: usize,
): void {
  const weightPart = parts + 8 * thread * c;
  const biasPart = weightPart + 4 * c;
  memory.fill(weightPart, 0, 8 * c);
  const last = shareOf(n, thread + 1);
  for (let i = shareOf(n, thread); i < last; i++) {
    const at = 4 * i * c;
    const mean = f32x4.splat(load<f32>(means + 4 * i));
    const inverseStd = f32x4.splat(load<f32>(inverseStds + 4 * i));
    let along = f32x4.splat(0);
    let alongStd = along;
    for (let j = 0; j < c; j += 4) {
      const left = c - j;
      const d = loadUpTo(dy + at + 4 * j, left);
      const normalized = f32x4.mul(f32x4.sub(loadUpTo(x + at + 4 * j, left), mean), inverseStd);
      const g = f32x4.mul(d, loadUpTo(weight + 4 * j, left));
      along = f32x4.add(along, g);
      alongStd = madd(g, normalized, alongStd);
      storeUpTo(weightPart + 4 * j, madd(d, normalized, loadUpTo(weightPart + 4 * j, left)), left);
      if (dBias !== 0) storeUpTo(biasPart + 4 * j, f32x4.add(d, loadUpTo(biasPart + 4 * j, left)), left);
    }
    const meanG = f32x4.splat(sum(along) / <f32>c);
    const meanGX = f32x4.splat(sum(alongStd) / <f32>c);
    for (let j = 0; j < c; j += 4) {
      const left = c - j;
      const normalized = f32x4.mul(f32x4.sub(loadUpTo(x + at + 4 * j, left), mean), inverseStd);
      const g = f32x4.mul(loadUpTo(dy + at + 4 * j, left), loadUpTo(weight + 4 * j, left));
      const centered = f32x4.sub(f32x4.sub(g, meanG), f32x4.mul(normalized, meanGX));
      storeUpTo(dx + at + 4 * j, f32x4.mul(centered, inverseStd), left);
    }
  }
  barrier();
  addParts(threads, c, parts, 2 * c, dWeight);
  if (dBias !== 0) addParts(threads, c, parts + 4 * c, 2 * c, dBias);
}
