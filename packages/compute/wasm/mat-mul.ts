import { product, productAlone } from './product';
import { take, threads } from './team';

/** A product for each of `batch` matrices, `aBatch`, `bBatch` and `cBatch` float32 apart (0: the same for all). */
export function matMul(
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aBatch: i32,
  aRows: i32,
  aColumns: i32,
  b: usize,
  bBatch: i32,
  bRows: i32,
  bColumns: i32,
  bias: usize,
  c: usize,
): void {
  if (batch >= 2 * threads) {
    for (let i = take(batch); i < batch; i = take(batch)) {
      const from = a + 4 * i * aBatch;
      const by = b + 4 * i * bBatch;
      productAlone(m, n, k, from, aRows, aColumns, by, bRows, bColumns, bias, 0, c + 4 * i * m * n, n, 0);
    }
    return;
  }
  for (let i = 0; i < batch; i++) {
    const from = a + 4 * i * aBatch;
    const by = b + 4 * i * bBatch;
    product(m, n, k, from, aRows, aColumns, by, bRows, bColumns, bias, 0, c + 4 * i * m * n, n, 0);
  }
}
