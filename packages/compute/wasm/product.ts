/**
 * Matrix product in the manner of Goto and van de Geijn 2008 ("Anatomy of high-performance matrix
 * multiplication"): blocks of A and B are packed so that the tile reads them in order from the nearest cache.
 */
import { activate, activateKeeping } from './activation';
import { PANEL, packA, packB } from './pack';
import { barrier, scratch, shared, shareOf, take, thread, threads } from './team';
import { COLUMNS, NARROW, ROW, rows, TALL, tile2x16, tile4x16, tile6x8, WIDE } from './tile';
import { readsInOrder, rowTimesMatrix } from './vector-product';

/** Most rows of A's block and columns of it: it fits a 512 KiB L2 cache. */
const BLOCK_M: i32 = 60;
const BLOCK_K: i32 = 384;
/** Most numbers of B's block. */
const BLOCK_B: i32 = 384 * 512;
/** Most rows of C for which it is not worth while to copy a B whose rows lie in order. */
const UNPACKED: i32 = 128;
/** C of fewer rows is a row times a matrix, or a few. */
export const FEW: i32 = 4;

/** Where the parts of a thread's scratch begin, bytes. */
const ZEROS: usize = 0; // as many as a tile is wide, never written
const EDGE: usize = ROW; // a tile that hangs over the edge of C
export const PACKED_A: usize = 512;
const PACKED_B: usize = PACKED_A + <usize>(BLOCK_M * BLOCK_K * 4);
/** Bytes of scratch that a product needs. */
export const PRODUCT_SCRATCH: usize = PACKED_B + <usize>(BLOCK_B * 4);

/** A tile of C of which only `m` rows, at most 2, and `n` columns are there. */
function edgeTile(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
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
  tile2x16(k, a, m > 1 ? aRow : 0, aColumn, b, bRow, edge, ROW, edge, ROW);
  for (let i = 0; i < m; i++) memory.copy(c + i * cRow, edge + i * ROW, 4 * n);
}

/** The product at work, as `productAlone` gets it. Strides count float32. */
let A: usize = 0;
let aRow: i32 = 0;
let aColumn: i32 = 0;
let B: usize = 0;
let bRow: i32 = 0;
let bColumn: i32 = 0;
let init: usize = 0;
let initRow: i32 = 0;
let C: usize = 0;
let cRow: i32 = 0;
let activated: usize = 0;

/** Activates row `i` of C, from column `j` on, if there is an activation; C keeps the derivative if it goes elsewhere. */
function activateRow(i: i32, j: i32, width: i32): void {
  if (activated === 0) return;
  const at = 4 * (i * cRow + j);
  if (activated === C) activate(width, C + at);
  else activateKeeping(width, C + at, activated + at);
}

/** Packs `width` columns of B from column `j` on, and `depth` rows from row `p` on. */
function packPart(p: i32, depth: i32, j: i32, width: i32, to: usize): void {
  packB(depth, width, B + 4 * (p * bRow + j * bColumn), bRow * 4, bColumn * 4, to);
}

/**
 * Adds the products of `depth` columns of A from column `p` on to `height` rows and `width` columns of C, from row `i` and
 * column `j` on. B's rows there are `rowOfB` bytes apart and its panels of 16 columns `panelOfB`. The first of these
 * starts from `init`, the `last` activates.
 */
function addPart(
  i: i32,
  height: i32,
  j: i32,
  width: i32,
  p: i32,
  depth: i32,
  b: usize,
  rowOfB: usize,
  panelOfB: usize,
  last: bool,
): void {
  for (const end = i + height; i < end; i += BLOCK_M) {
    const m = min(BLOCK_M, end - i);
    let a = A + 4 * (i * aRow + p * aColumn);
    if (aColumn !== 1) {
      packA(m, depth, a, aRow * 4, aColumn * 4, scratch + PACKED_A);
      a = scratch + PACKED_A;
    }
    const c = C + 4 * (i * cRow + j);
    let from = scratch + ZEROS;
    let fromRow: usize = 0;
    let fromColumn: usize = 0;
    if (p > 0) {
      from = c;
      fromRow = 4 * cRow;
      fromColumn = 4;
    } else if (init !== 0) {
      from = init + 4 * (i * initRow + j);
      fromRow = 4 * initRow;
      fromColumn = 4;
    }
    tiles(
      m,
      width,
      depth,
      a,
      aColumn === 1 ? 4 * aRow : 0,
      b,
      rowOfB,
      panelOfB,
      from,
      fromRow,
      fromColumn,
      c,
      4 * cRow,
    );
    if (last) for (let row = 0; row < m; row++) activateRow(i + row, j, width);
  }
}

/** Rows `i` to `i` + `height` of C, which are few, for columns `j` to `j` + `width`. */
function addRows(i: i32, height: i32, j: i32, width: i32, k: i32): void {
  for (const end = i + height; i < end; i++) {
    const c = C + 4 * (i * cRow + j);
    const from = init === 0 ? 0 : init + 4 * (i * initRow + j);
    rowTimesMatrix(width, k, A + 4 * i * aRow, aColumn, B + 4 * j * bColumn, bRow, bColumn, from, c);
    activateRow(i, j, width);
  }
}

/** Notes the product at work. */
function set(
  a: usize,
  aRows: i32,
  aColumns: i32,
  b: usize,
  bRows: i32,
  bColumns: i32,
  start: usize,
  startRows: i32,
  c: usize,
  cRows: i32,
  y: usize,
): void {
  A = a;
  aRow = aRows;
  aColumn = aColumns;
  B = b;
  bRow = bRows;
  bColumn = bColumns;
  init = start;
  initRow = startRows;
  C = c;
  cRow = cRows;
  activated = y;
}

/**
 * C [m, n] = init + A [m, k] · B [k, n], by this thread alone; where `y` is not 0, its activation there, which may be C
 * itself, or else C becomes the activation's derivative. Every stride counts float32. `start` may be C itself, to accumulate; a bias, with `startRows` 0; or 0 for none.
 */
export function productAlone(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRows: i32,
  aColumns: i32,
  b: usize,
  bRows: i32,
  bColumns: i32,
  start: usize,
  startRows: i32,
  c: usize,
  cRows: i32,
  y: usize,
): void {
  set(a, aRows, aColumns, b, bRows, bColumns, start, startRows, c, cRows, y);
  if (m < FEW && readsInOrder(aColumns, bRows, bColumns)) {
    addRows(0, m, 0, n, k);
    return;
  }
  if (m <= UNPACKED && k <= BLOCK_K && bColumns === 1 && n % COLUMNS === 0) {
    addPart(0, m, 0, n, 0, k, b, 4 * bRows, ROW, true);
    return;
  }
  const packedB = scratch + PACKED_B;
  const blockK = depthOfBlocks(k);
  const blockN = widthOfBlocks(blockK);
  for (let j = 0; j < n; j += blockN) {
    const width = min(blockN, n - j);
    for (let p = 0; p < k; p += blockK) {
      const depth = min(blockK, k - p);
      packPart(p, depth, j, width, packedB);
      addPart(0, m, j, width, p, depth, packedB, ROW, ROW * depth, p + blockK >= k);
    }
  }
}

/** Rows of B's blocks: as few blocks as can be, of about one depth. */
function depthOfBlocks(k: i32): i32 {
  const blocks = (k + BLOCK_K - 1) / BLOCK_K;
  return blocks < 2 ? k : (k + blocks - 1) / blocks;
}

/** Columns of B's blocks that are `depth` deep: whole panels. */
function widthOfBlocks(depth: i32): i32 {
  return (BLOCK_B / max(1, depth)) & ~(COLUMNS - 1);
}

/**
 * All tiles of one block of C. A's rows are `aRow` bytes apart, or it is packed if `aRow` is 0; B's rows are `bRow` bytes
 * apart, and so are its panels of 16 columns `bPanel`.
 */
function tiles(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  firstB: usize,
  bRow: usize,
  bPanel: usize,
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
    const b = firstB + (j / COLUMNS) * bPanel;
    const width = min(COLUMNS, n - j);
    for (let i = 0; i < m; ) {
      const from = isPacked ? a + 4 * ((i - (i % PANEL)) * k + (i % PANEL)) : a + i * aRow;
      const start = init + i * initRow + j * initColumn;
      const to = c + i * cRow + 4 * j;
      const left = m - i;
      if (left >= TALL && width === COLUMNS && rows === TALL) {
        tile6x8(k, from, row, column, b, bRow, start, initRow, to, cRow);
        tile6x8(k, from, row, column, b + 32, bRow, start + 8 * initColumn, initRow, to + 32, cRow);
        i += TALL;
      } else if (left >= WIDE && width === COLUMNS && rows === WIDE) {
        tile4x16(k, from, row, column, b, bRow, start, initRow, to, cRow);
        i += WIDE;
      } else if (left >= NARROW && width === COLUMNS) {
        tile2x16(k, from, row, column, b, bRow, start, initRow, to, cRow);
        i += NARROW;
      } else {
        edgeTile(
          min(NARROW, left),
          width,
          k,
          from,
          row,
          column,
          b,
          bRow,
          start,
          initRow,
          initColumn,
          to,
          cRow,
        );
        i += NARROW;
      }
    }
  }
}

/** Parts of C for each thread: so many that one that is slowed down leaves some to the others. */
const PARTS: i32 = 16;

/**
 * The same by all threads, which pack each block of B together and take the parts of C in turn. Ends with a barrier.
 * What is computed does not depend on how many threads there are.
 */
export function product(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRows: i32,
  aColumns: i32,
  b: usize,
  bRows: i32,
  bColumns: i32,
  start: usize,
  startRows: i32,
  c: usize,
  cRows: i32,
  y: usize,
): void {
  if (threads === 1) {
    productAlone(m, n, k, a, aRows, aColumns, b, bRows, bColumns, start, startRows, c, cRows, y);
    return;
  }
  set(a, aRows, aColumns, b, bRows, bColumns, start, startRows, c, cRows, y);
  if (m < FEW && readsInOrder(aColumns, bRows, bColumns)) {
    const first = shareOf(n, thread, COLUMNS);
    addRows(0, m, first, shareOf(n, thread + 1, COLUMNS) - first, k);
    barrier();
    return;
  }
  const packedB = shared + PACKED_B;
  const height = min(BLOCK_M, upTo(m / (PARTS * threads), PANEL));
  const high = (m + height - 1) / height;
  const blockK = depthOfBlocks(k);
  const blockN = widthOfBlocks(blockK);
  for (let j = 0; j < n; j += blockN) {
    const columns = min(blockN, n - j);
    const width = upTo(columns / ((PARTS * threads + high - 1) / high), COLUMNS);
    const wide = (columns + width - 1) / width;
    const parts = high * wide;
    for (let p = 0; p < k; p += blockK) {
      const depth = min(blockK, k - p);
      const panels = (columns + COLUMNS - 1) / COLUMNS;
      for (let panel = take(panels); panel < panels; panel = take(panels)) {
        const at = panel * COLUMNS;
        packPart(p, depth, j + at, min(COLUMNS, columns - at), packedB + 4 * at * depth);
      }
      barrier();
      for (let part = take(parts); part < parts; part = take(parts)) {
        const i = (part / wide) * height;
        const at = (part % wide) * width;
        const packed = packedB + 4 * at * depth;
        addPart(
          i,
          min(height, m - i),
          j + at,
          min(width, columns - at),
          p,
          depth,
          packed,
          ROW,
          ROW * depth,
          p + blockK >= k,
        );
      }
      barrier();
    }
  }
}

/** The least multiple of `step` that is not below `count`, and not 0. */
function upTo(count: i32, step: i32): i32 {
  return max(step, ((count + step - 1) / step) * step);
}

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
