/**
 * Matrix product in the manner of Goto and van de Geijn 2008 ("Anatomy of high-performance matrix
 * multiplication"): blocks of A and B are packed so that the tile reads them in order from the nearest cache.
 */
import { activate } from './activation';
import { packA, packB } from './pack';
import { scratch, shareOf, thread, threads } from './team';
import { COLUMNS, NARROW, rows, tile, WIDE } from './tile';
import { readsInOrder, rowTimesMatrix } from './vector-product';

/** Sides of the packed blocks: B's panel [K, 8] fits a 32 KiB L1 cache, A's block a 512 KiB L2. */
const BLOCK_K: i32 = 256;
const BLOCK_M: i32 = 120;
const BLOCK_N: i32 = 512;

/** Where the parts of a thread's scratch begin, bytes. */
const ZEROS: usize = 0; // as many as a tile is wide, never written
const EDGE: usize = 64; // a tile that hangs over the edge of C
export const PACKED_A: usize = 512;
const PACKED_B: usize = PACKED_A + <usize>(BLOCK_M * BLOCK_K * 4);
/** Bytes of scratch that a product needs. */
export const PRODUCT_SCRATCH: usize = PACKED_B + <usize>(BLOCK_K * BLOCK_N * 4);

/** A tile of which only `m` rows and `n` columns are part of C. */
function edgeTile(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  b: usize,
  init: usize,
  initRow: usize,
  initColumn: usize,
  c: usize,
  stride: usize,
): void {
  const edge = scratch + EDGE;
  memory.fill(edge, 0, rows * COLUMNS * 4);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      store<f32>(edge + 4 * (i * COLUMNS + j), load<f32>(init + i * initRow + j * initColumn));
    }
  }
  tile(k, a, b, edge, COLUMNS * 4, edge, COLUMNS * 4);
  for (let i = 0; i < m; i++) memory.copy(c + i * stride, edge + 4 * i * COLUMNS, 4 * n);
}

/**
 * C [m, n] = init + A [m, k] · B [k, n], by this thread alone, and where `activated` is not 0 the activation of C there too.
 * Every stride counts float32. `init` may be C itself, to accumulate; a bias, with `initRow` 0; or 0 for none.
 */
export function productAlone(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  init: usize,
  initRow: i32,
  c: usize,
  cRow: i32,
  activated: usize,
): void {
  const stride = cRow * 4;
  if (m < NARROW && readsInOrder(aColumn, bRow, bColumn)) {
    for (let i = 0; i < m; i++) {
      const to = c + i * stride;
      rowTimesMatrix(
        n,
        k,
        a + 4 * i * aRow,
        aColumn,
        b,
        bRow,
        bColumn,
        init === 0 ? 0 : init + 4 * i * initRow,
        to,
      );
      if (activated !== 0) activate(n, to, activated + i * stride);
    }
    return;
  }
  const packedA = scratch + PACKED_A;
  const packedB = scratch + PACKED_B;
  for (let j = 0; j < n; j += BLOCK_N) {
    const width = min(BLOCK_N, n - j);
    for (let p = 0; p < k; p += BLOCK_K) {
      const depth = min(BLOCK_K, k - p);
      packB(depth, width, b + 4 * (p * bRow + j * bColumn), bRow * 4, bColumn * 4, packedB);
      for (let i = 0; i < m; i += BLOCK_M) {
        const height = min(BLOCK_M, m - i);
        packA(height, depth, a + 4 * (i * aRow + p * aColumn), aRow * 4, aColumn * 4, packedA);
        const block = c + i * stride + 4 * j;
        let from = scratch + ZEROS;
        let fromRow: usize = 0;
        let fromColumn: usize = 0;
        if (p > 0) {
          from = block;
          fromRow = stride;
          fromColumn = 4;
        } else if (init !== 0) {
          from = init + 4 * (i * initRow + j);
          fromRow = initRow * 4;
          fromColumn = 4;
        }
        tiles(height, width, depth, packedA, packedB, from, fromRow, fromColumn, block, stride);
        if (activated !== 0 && p + BLOCK_K >= k) {
          const at = activated + i * stride + 4 * j;
          for (let row = 0; row < height; row++) activate(width, block + row * stride, at + row * stride);
        }
      }
    }
  }
}

/** All tiles of one block of C. */
function tiles(
  m: i32,
  n: i32,
  k: i32,
  packedA: usize,
  packedB: usize,
  init: usize,
  initRow: usize,
  initColumn: usize,
  c: usize,
  stride: usize,
): void {
  const panelA = k * 4;
  for (let j = 0; j < n; j += COLUMNS) {
    const b = packedB + j * panelA;
    for (let i = 0; i < m; i += rows) {
      const a = packedA + i * panelA;
      const from = init + i * initRow + j * initColumn;
      const to = c + i * stride + 4 * j;
      if (i + rows <= m && j + COLUMNS <= n) tile(k, a, b, from, initRow, to, stride);
      else edgeTile(min(rows, m - i), min(COLUMNS, n - j), k, a, b, from, initRow, initColumn, to, stride);
    }
  }
}

/** The same by all threads: each takes a part of C's rows where C is tall, else of its columns. No barrier. */
export function product(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  init: usize,
  initRow: i32,
  c: usize,
  cRow: i32,
  activated: usize,
): void {
  if (m >= n) {
    const first = shareOf(m, thread, WIDE);
    const count = shareOf(m, thread + 1, WIDE) - first;
    const from = init === 0 ? 0 : init + 4 * first * initRow;
    const at = activated === 0 ? 0 : activated + 4 * first * cRow;
    productAlone(
      count,
      n,
      k,
      a + 4 * first * aRow,
      aRow,
      aColumn,
      b,
      bRow,
      bColumn,
      from,
      initRow,
      c + 4 * first * cRow,
      cRow,
      at,
    );
  } else {
    const first = shareOf(n, thread, COLUMNS);
    const count = shareOf(n, thread + 1, COLUMNS) - first;
    const from = init === 0 ? 0 : init + 4 * first;
    const at = activated === 0 ? 0 : activated + 4 * first;
    productAlone(
      m,
      count,
      k,
      a,
      aRow,
      aColumn,
      b + 4 * first * bColumn,
      bRow,
      bColumn,
      from,
      initRow,
      c + 4 * first,
      cRow,
      at,
    );
  }
}

/** A product for each of `batch` matrices, `aBatch`, `bBatch` and `cBatch` float32 apart (0: the same for all). */
export function matMul(
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aBatch: i32,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bBatch: i32,
  bRow: i32,
  bColumn: i32,
  bias: usize,
  c: usize,
): void {
  const cBatch = m * n;
  if (batch >= 2 * threads) {
    for (let i = thread; i < batch; i += threads) {
      productAlone(
        m,
        n,
        k,
        a + 4 * i * aBatch,
        aRow,
        aColumn,
        b + 4 * i * bBatch,
        bRow,
        bColumn,
        bias,
        0,
        c + 4 * i * cBatch,
        n,
        0,
      );
    }
    return;
  }
  for (let i = 0; i < batch; i++) {
    product(
      m,
      n,
      k,
      a + 4 * i * aBatch,
      aRow,
      aColumn,
      b + 4 * i * bBatch,
      bRow,
      bColumn,
      bias,
      0,
      c + 4 * i * cBatch,
      n,
      0,
    );
  }
}
