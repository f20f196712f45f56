/** Tiles of C of 8 × 8 for engines that join two 128-bit vectors into one of 256 bits. */
import { madd } from './vector';

/**
 * As `tile4x8`, with panels of A of 8 rows: 16 accumulators, which are 8 registers of 256 bits where V8's revectorizer
 * joins each pair, and more than there are where it does not. It joins loads and stores of neighbours only, so every
 * accumulator is loaded from `init` and stored at the end, without any choice in between.
 */
export function tile8x8(
  k: i32,
  a: usize,
  b: usize,
  init: usize,
  initStride: usize,
  c: usize,
  stride: usize,
): void {
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
  init += initStride;
  let c40 = v128.load(init);
  let c41 = v128.load(init, 16);
  init += initStride;
  let c50 = v128.load(init);
  let c51 = v128.load(init, 16);
  init += initStride;
  let c60 = v128.load(init);
  let c61 = v128.load(init, 16);
  init += initStride;
  let c70 = v128.load(init);
  let c71 = v128.load(init, 16);
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
    const a4 = v128.load32_splat(a, 16);
    c40 = madd(a4, b0, c40);
    c41 = madd(a4, b1, c41);
    const a5 = v128.load32_splat(a, 20);
    c50 = madd(a5, b0, c50);
    c51 = madd(a5, b1, c51);
    const a6 = v128.load32_splat(a, 24);
    c60 = madd(a6, b0, c60);
    c61 = madd(a6, b1, c61);
    const a7 = v128.load32_splat(a, 28);
    c70 = madd(a7, b0, c70);
    c71 = madd(a7, b1, c71);
    a += 32;
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
  c += stride;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += stride;
  v128.store(c, c50);
  v128.store(c, c51, 16);
  c += stride;
  v128.store(c, c60);
  v128.store(c, c61, 16);
  c += stride;
  v128.store(c, c70);
  v128.store(c, c71, 16);
}
