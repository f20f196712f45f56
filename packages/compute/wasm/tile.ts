/**
 * The innermost loops of the matrix product: tiles of C that stay in registers, 16 columns wide. Two rows are 8
 * accumulators, 4 vectors of B and 1 of A: as much as the 16 registers of x64 hold. Four rows are as much where V8 joins
 * neighbouring vectors into one of 256 bits, and more than there is where it does not. It joins loads and stores of
 * neighbours only, so every accumulator is loaded at the start and stored at the end, without any choice in between.
 */
import { madd } from './vector';

/** Columns of a tile. */
export const COLUMNS: i32 = 16;
/** Bytes of a row of a tile. */
export const ROW: usize = 64;
/** Rows of a tile for 128-bit engines. */
export const NARROW: i32 = 2;
/** Rows of a tile for 256-bit engines. */
export const WIDE: i32 = 4;

/** Rows of the tiles in use. */
export let rows: i32 = NARROW;

/** Chooses the tiles that are faster on this engine: see src/wasm/revectorize.ts. */
export function useWideTiles(wide: bool): void {
  rows = wide ? WIDE : NARROW;
}

/**
 * A tile of C [2, 16] = `init` + A · B. A's rows are `aRow` bytes apart and its columns `aColumn`; `b` is a packed panel
 * [k, 16]; `init` and C have rows `initRow` and `cRow` bytes apart.
 */
export function tile2x16(
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  init: usize,
  initRow: usize,
  c: usize,
  cRow: usize,
): void {
  let c00 = v128.load(init);
  let c01 = v128.load(init, 16);
  let c02 = v128.load(init, 32);
  let c03 = v128.load(init, 48);
  init += initRow;
  let c10 = v128.load(init);
  let c11 = v128.load(init, 16);
  let c12 = v128.load(init, 32);
  let c13 = v128.load(init, 48);
  let next = a + aRow;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    c02 = madd(a0, b2, c02);
    c03 = madd(a0, b3, c03);
    const a1 = v128.load32_splat(next);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    c12 = madd(a1, b2, c12);
    c13 = madd(a1, b3, c13);
    a += aColumn;
    next += aColumn;
    b += ROW;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c, c03, 48);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  v128.store(c, c12, 32);
  v128.store(c, c13, 48);
}

/** The same of four rows. */
export function tile4x16(
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  init: usize,
  initRow: usize,
  c: usize,
  cRow: usize,
): void {
  let c00 = v128.load(init);
  let c01 = v128.load(init, 16);
  let c02 = v128.load(init, 32);
  let c03 = v128.load(init, 48);
  init += initRow;
  let c10 = v128.load(init);
  let c11 = v128.load(init, 16);
  let c12 = v128.load(init, 32);
  let c13 = v128.load(init, 48);
  init += initRow;
  let c20 = v128.load(init);
  let c21 = v128.load(init, 16);
  let c22 = v128.load(init, 32);
  let c23 = v128.load(init, 48);
  init += initRow;
  let c30 = v128.load(init);
  let c31 = v128.load(init, 16);
  let c32 = v128.load(init, 32);
  let c33 = v128.load(init, 48);
  let second = a + aRow;
  let third = second + aRow;
  let fourth = third + aRow;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    c02 = madd(a0, b2, c02);
    c03 = madd(a0, b3, c03);
    const a1 = v128.load32_splat(second);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    c12 = madd(a1, b2, c12);
    c13 = madd(a1, b3, c13);
    const a2 = v128.load32_splat(third);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    c22 = madd(a2, b2, c22);
    c23 = madd(a2, b3, c23);
    const a3 = v128.load32_splat(fourth);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    c32 = madd(a3, b2, c32);
    c33 = madd(a3, b3, c33);
    a += aColumn;
    second += aColumn;
    third += aColumn;
    fourth += aColumn;
    b += ROW;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c, c03, 48);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  v128.store(c, c12, 32);
  v128.store(c, c13, 48);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  v128.store(c, c22, 32);
  v128.store(c, c23, 48);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  v128.store(c, c32, 32);
  v128.store(c, c33, 48);
}
