/** The innermost loops of the matrix product: tiles of C that stay in registers. */
import { tile8x8 } from './tile-wide';
import { madd } from './vector';

/** Columns of a tile. */
export const COLUMNS: i32 = 8;
/** Rows of the tile for 128-bit engines: 8 accumulators, 2 of B and 1 of A fit the 16 registers of x64. */
export const NARROW: i32 = 4;
/** Rows of the tile for engines that join two vectors into one of 256 bits. */
export const WIDE: i32 = 8;

/** Rows of the tiles in use. */
export let rows: i32 = NARROW;

/** Chooses the tiles that are faster on this engine: see src/wasm/revectorize.ts. */
export function useWideTiles(wide: bool): void {
  rows = wide ? WIDE : NARROW;
}

/** A tile of C of `rows` × 8 = `init` + A · B, with panels of A of as many rows. */
export function tile(
  k: i32,
  a: usize,
  b: usize,
  init: usize,
  initStride: usize,
  c: usize,
  stride: usize,
): void {
  if (rows === WIDE) tile8x8(k, a, b, init, initStride, c, stride);
  else tile4x8(k, a, b, init, initStride, c, stride);
}

/**
 * A tile of C = `init` + A · B: `a` is a packed panel [k, 4], `b` a packed panel [k, 8], `init` and C have rows
 * `initStride` and `stride` bytes apart.
 */
function tile4x8(k: i32, a: usize, b: usize, init: usize, initStride: usize, c: usize, stride: usize): void {
  let c00 = v128.load(init);
  let c01 = v128.load(init, 16);
  init += initStride;
  let c10 = v128.load(init);
  let c11 = v128.load(init, 16);
  init += initStride;
  let c20 = v128.load(init);
  let c21 = v128.load(init, 16);
  init += initStride;
  let c30 = v128.load(init);
  let c31 = v128.load(init, 16);
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load32_splat(a, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load32_splat(a, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    a += 16;
    b += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += stride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += stride;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += stride;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}
