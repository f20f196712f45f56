/**
 * Matrix product in the manner of Goto and van de Geijn 2008 ("Anatomy of high-performance matrix
 * multiplication"): blocks of A and B are packed so that the tile reads them in order from the nearest cache.
 */
import { activate } from './activation';
import { PANEL, packA, packB } from './pack';
import { scratch, shareOf, thread, threads } from './team';
import { COLUMNS, NARROW, ROW, rows, tile2x16, tile4x16, WIDE } from './tile';
import { readsInOrder, rowTimesMatrix } from './vector-product';

/** Sides of the blocks: B's panel [K, 16] fits a 32 KiB L1 cache, A's block a 512 KiB L2. */
const BLOCK_K: i32 = 256;
const BLOCK_M: i32 = 128;
const BLOCK_N: i32 = 512;
/** C of fewer rows is a row times a matrix, or a few. */
const FEW: i32 = 4;

/** Where the parts of a thread's scratch begin, bytes. */
const ZEROS: usize = 0; // as many as a tile is wide, never written
const EDGE: usize = ROW; // a tile that hangs over the edge of C
export const PACKED_A: usize = 512;
const PACKED_B: usize = PACKED_A + <usize>(BLOCK_M * BLOCK_K * 4);
/** Bytes of scratch that a product needs. */
export const PRODUCT_SCRATCH: usize = PACKED_B + <usize>(BLOCK_K * BLOCK_N * 4);

/** A tile of C of which only `m` rows, at most 2, and `n` columns are there. */
function edgeTile(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  init: usize,
  initRow: usize,
  initColumn: usize,
  c: usize,
  cRow: usize,
): void {
  const edge = scratch + EDGE;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      store<f32>(edge + i * ROW + 4 * j, load<f32>(init + i * initRow + j * initColumn));
    }
  }
  // a second row that is not there is the first again, for there may be nothing to read beyond it
  tile2x16(k, a, m > 1 ? aRow : 0, aColumn, b, edge, ROW, edge, ROW);
  for (let i = 0; i < m; i++) memory.copy(c + i * cRow, edge + i * ROW, 4 * n);
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
  if (m < FEW && readsInOrder(aColumn, bRow, bColumn)) {
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
        let blockA = a + 4 * (i * aRow + p * aColumn);
        if (aColumn !== 1) {
          packA(height, depth, blockA, aRow * 4, aColumn * 4, packedA);
          blockA = packedA;
        }
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
        tiles(
          height,
          width,
          depth,
          blockA,
          aColumn === 1 ? aRow * 4 : 0,
          packedB,
          from,
          fromRow,
          fromColumn,
          block,
          stride,
        );
        if (activated !== 0 && p + BLOCK_K >= k) {
          const at = activated + i * stride + 4 * j;
          for (let row = 0; row < height; row++) activate(width, block + row * stride, at + row * stride);
        }
      }
    }
  }
}

/** All tiles of one block of C. A's rows are `aRow` bytes apart, or it is packed if `aRow` is 0. */
function tiles(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  packedB: usize,
  init: usize,
  initRow: usize,
  initColumn: usize,
  c: usize,
  cRow: usize,
): void {
  const isPacked = aRow === 0;
  const row: usize = isPacked ? 4 : aRow;
  const column: usize = isPacked ? PANEL * 4 : 4;
  for (let j = 0; j < n; j += COLUMNS) {
    const b = packedB + 4 * j * k;
    const width = min(COLUMNS, n - j);
    for (let i = 0; i < m; ) {
      const from = isPacked ? a + 4 * ((i & -PANEL) * k + (i & (PANEL - 1))) : a + i * aRow;
      const start = init + i * initRow + j * initColumn;
      const to = c + i * cRow + 4 * j;
      const left = m - i;
      if (left >= WIDE && width === COLUMNS && rows === WIDE) {
        tile4x16(k, from, row, column, b, start, initRow, to, cRow);
        i += WIDE;
      } else if (left >= NARROW && width === COLUMNS) {
        tile2x16(k, from, row, column, b, start, initRow, to, cRow);
        i += NARROW;
      } else {
        edgeTile(min(NARROW, left), width, k, from, row, column, b, start, initRow, initColumn, to, cRow);
        i += NARROW;
      }
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
