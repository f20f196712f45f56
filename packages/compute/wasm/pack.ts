/** Copies blocks of a matrix into panels that the tiles read from beginning to end. Strides in bytes. */
import { COLUMNS, ROW } from './tile';

/** Rows of a panel of A: a multiple of every tile's. */
export const PANEL: i32 = 12;

/** Writes four vectors of four, transposed, `step` bytes apart. */
function storeTransposed(to: usize, step: usize, r0: v128, r1: v128, r2: v128, r3: v128): void {
  const low01 = i32x4.shuffle(r0, r1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to + step, i64x2.shuffle(low01, low23, 1, 3));
  v128.store(to + 2 * step, i64x2.shuffle(high01, high23, 0, 2));
  v128.store(to + 3 * step, i64x2.shuffle(high01, high23, 1, 3));
}

/**
 * Four lines of `k` numbers, `lineStride` apart, side by side: number p of line r goes to `to` + `step` · p + 4r.
 * Lines from `lines` on are 0.
 */
function packFour(
  k: i32,
  lines: i32,
  from: usize,
  lineStride: usize,
  stride: usize,
  to: usize,
  step: usize,
): void {
  let p = 0;
  if (lines >= 4 && lineStride === 4) {
    for (; p < k; p++) {
      v128.store(to, v128.load(from));
      from += stride;
      to += step;
    }
  } else if (lines >= 4 && stride === 4) {
    for (; p + 4 <= k; p += 4) {
      const r0 = v128.load(from);
      const r1 = v128.load(from + lineStride);
      const r2 = v128.load(from + 2 * lineStride);
      const r3 = v128.load(from + 3 * lineStride);
      storeTransposed(to, step, r0, r1, r2, r3);
      from += 16;
      to += 4 * step;
    }
  }
  for (; p < k; p++) {
    for (let r = 0; r < 4; r++) {
      store<f32>(to + 4 * r, r < lines ? load<f32>(from + r * lineStride) : 0);
    }
    from += stride;
    to += step;
  }
}

/** A block [m, k] of A as panels [k, PANEL], the last filled up with zeros. */
export function packA(m: i32, k: i32, a: usize, rowStride: usize, columnStride: usize, to: usize): void {
  for (let i = 0; i < m; i += PANEL) {
    packPanel(k, m - i, PANEL, a + i * rowStride, rowStride, columnStride, to);
    to += k * PANEL * 4;
  }
}

/** A block [k, n] of B as panels [k, COLUMNS], the last filled up with zeros. */
export function packB(k: i32, n: i32, b: usize, rowStride: usize, columnStride: usize, to: usize): void {
  for (let j = 0; j < n; j += COLUMNS) {
    packPanel(k, n - j, COLUMNS, b + j * columnStride, columnStride, rowStride, to);
    to += k * COLUMNS * 4;
  }
}

/** `width` lines of `k` numbers side by side; those from `lines` on are 0. */
function packPanel(
  k: i32,
  lines: i32,
  width: i32,
  from: usize,
  lineStride: usize,
  stride: usize,
  to: usize,
): void {
  if (lineStride === 4 && lines >= width) {
    copyRows(k, width, from, stride, to);
    return;
  }
  for (let line = 0; line < width; line += 4) {
    packFour(k, lines - line, from + line * lineStride, lineStride, stride, to + 4 * line, 4 * width);
  }
}

/** `k` rows of `width` numbers, `stride` apart, one after the other. */
function copyRows(k: i32, width: i32, from: usize, stride: usize, to: usize): void {
  if (width === COLUMNS) {
    for (let p = 0; p < k; p++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      v128.store(to, v128.load(from, 32), 32);
      v128.store(to, v128.load(from, 48), 48);
      from += stride;
      to += ROW;
    }
    return;
  }
  for (let p = 0; p < k; p++) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    from += stride;
    to += 4 * PANEL;
  }
}
