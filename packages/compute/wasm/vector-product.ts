/** A row times a matrix, as decoding needs: memory-bound, so the matrix is read once, in order, unpacked. */
import { madd, sum } from './vector';

/** Whether `rowTimesMatrix` can read B [k, n] with these strides (in float32): one of them must be 1. */
export function readsInOrder(aColumn: i32, bRow: i32, bColumn: i32): bool {
  return bColumn === 1 || (bRow === 1 && aColumn === 1);
}

/** c [n] = init + a [k] · B [k, n], strides in float32; `init` [n] or 0. See `readsInOrder`. */
export function rowTimesMatrix(
  n: i32,
  k: i32,
  a: usize,
  aColumn: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  init: usize,
  c: usize,
): void {
  if (bColumn === 1) sumOfRows(n, k, a, aColumn, b, bRow, init, c);
  else dotsWithColumns(n, k, a, b, bColumn, init, c);
}

/** c += Σ a[p] · row p of B, four rows at a time: four streams from memory, while c stays in the L1 cache. */
function sumOfRows(n: i32, k: i32, a: usize, aColumn: i32, b: usize, bRow: i32, init: usize, c: usize): void {
  if (init === 0) memory.fill(c, 0, 4 * n);
  else if (init !== c) memory.copy(c, init, 4 * n);
  const step = aColumn * 4;
  const stride = bRow * 4;
  let p = 0;
  for (; p + 4 <= k; p += 4) {
    const a0 = load<f32>(a);
    const a1 = load<f32>(a + step);
    const a2 = load<f32>(a + 2 * step);
    const a3 = load<f32>(a + 3 * step);
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const at = b + 4 * j;
      let x = madd(f32x4.splat(a0), v128.load(at), v128.load(c + 4 * j));
      x = madd(f32x4.splat(a1), v128.load(at + stride), x);
      x = madd(f32x4.splat(a2), v128.load(at + 2 * stride), x);
      v128.store(c + 4 * j, madd(f32x4.splat(a3), v128.load(at + 3 * stride), x));
    }
    for (; j < n; j++) {
      const at = b + 4 * j;
      const first = a0 * load<f32>(at) + a1 * load<f32>(at + stride);
      const second = a2 * load<f32>(at + 2 * stride) + a3 * load<f32>(at + 3 * stride);
      store<f32>(c + 4 * j, load<f32>(c + 4 * j) + first + second);
    }
    a += 4 * step;
    b += 4 * stride;
  }
  for (; p < k; p++) {
    const a0 = load<f32>(a);
    for (let j = 0; j < n; j++) store<f32>(c + 4 * j, load<f32>(c + 4 * j) + a0 * load<f32>(b + 4 * j));
    a += step;
    b += stride;
  }
}

/** c[j] += a · column j of B, whose numbers are side by side; four columns at a time. */
function dotsWithColumns(n: i32, k: i32, a: usize, b: usize, bColumn: i32, init: usize, c: usize): void {
  const stride = bColumn * 4;
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let p = 0;
    for (; p + 4 <= k; p += 4) {
      const x = v128.load(a + 4 * p);
      const at = b + 4 * p;
      s0 = madd(x, v128.load(at), s0);
      s1 = madd(x, v128.load(at + stride), s1);
      s2 = madd(x, v128.load(at + 2 * stride), s2);
      s3 = madd(x, v128.load(at + 3 * stride), s3);
    }
    let t = f32x4(sum(s0), sum(s1), sum(s2), sum(s3));
    for (; p < k; p++) {
      const at = b + 4 * p;
      const column = f32x4(
        load<f32>(at),
        load<f32>(at + stride),
        load<f32>(at + 2 * stride),
        load<f32>(at + 3 * stride),
      );
      t = madd(f32x4.splat(load<f32>(a + 4 * p)), column, t);
    }
    v128.store(c + 4 * j, init === 0 ? t : f32x4.add(t, v128.load(init + 4 * j)));
    b += 4 * stride;
  }
  for (; j < n; j++) {
    let t: f32 = init === 0 ? 0 : load<f32>(init + 4 * j);
    for (let p = 0; p < k; p++) t += load<f32>(a + 4 * p) * load<f32>(b + 4 * p);
    store<f32>(c + 4 * j, t);
    b += stride;
  }
}
