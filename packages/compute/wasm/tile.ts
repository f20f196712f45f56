/**
 * The innermost loops of the matrix product: tiles of C that stay in registers, as many as the 16 of x64 hold beside what
 * they are multiplied by. Which shape is fastest depends on the engine:
 *
 * - 2 × 16 where a product and a sum are two instructions, whose result in between takes a register too;
 * - 6 × 8 where they are one, for more of those are under way at once with 12 accumulators than with 8;
 * - 4 × 16 where V8 joins neighbouring vectors into one of 256 bits. It joins loads and stores of neighbours only, so every
 *   accumulator is loaded at the start and stored at the end, without any choice in between.
 */
import { madd } from './vector';

/** Columns of a panel of B. */
export const COLUMNS: i32 = 16;
/** Bytes of a row of a panel of B. */
export const ROW: usize = 64;
/** Rows of the tiles of 16 columns that every engine can use, and of those for 256-bit engines. */
export const NARROW: i32 = 2;
export const WIDE: i32 = 4;
/** Rows of the tiles of 8 columns. */
export const TALL: i32 = 6;

/** Rows of the tiles in use. */
export let rows: i32 = ASC_FEATURE_RELAXED_SIMD ? TALL : NARROW;

/** Chooses the tiles that are faster on this engine: see src/wasm/revectorize.ts. */
export function useWideTiles(wide: bool): void {
  if (wide) rows = WIDE;
  else rows = ASC_FEATURE_RELAXED_SIMD ? TALL : NARROW;
}

/**
 * A tile of C [2, 16] = `init` + A · B. A's rows are `aRow` bytes apart and its columns `aColumn`; B [k, 16],
 * `init` and C have rows `bRow`, `initRow` and `cRow` bytes apart.
 */
export function tile2x16(
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
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
    b += bRow;
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
  bRow: usize,
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
    b += bRow;
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

/** The same of six rows and the 8 columns of half a panel. */
export function tile6x8(
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  init: usize,
  initRow: usize,
  c: usize,
  cRow: usize,
): void {
  let c00 = v128.load(init);
  let c01 = v128.load(init, 16);
  init += initRow;
  let c10 = v128.load(init);
  let c11 = v128.load(init, 16);
  init += initRow;
  let c20 = v128.load(init);
  let c21 = v128.load(init, 16);
  init += initRow;
  let c30 = v128.load(init);
  let c31 = v128.load(init, 16);
  init += initRow;
  let c40 = v128.load(init);
  let c41 = v128.load(init, 16);
  init += initRow;
  let c50 = v128.load(init);
  let c51 = v128.load(init, 16);
  let second = a + aRow;
  let third = second + aRow;
  let fourth = third + aRow;
  let fifth = fourth + aRow;
  let sixth = fifth + aRow;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load32_splat(second);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(third);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load32_splat(fourth);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    const a4 = v128.load32_splat(fifth);
    c40 = madd(a4, b0, c40);
    c41 = madd(a4, b1, c41);
    const a5 = v128.load32_splat(sixth);
    c50 = madd(a5, b0, c50);
    c51 = madd(a5, b1, c51);
    a += aColumn;
    second += aColumn;
    third += aColumn;
    fourth += aColumn;
    fifth += aColumn;
    sixth += aColumn;
    b += bRow;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += cRow;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += cRow;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}
