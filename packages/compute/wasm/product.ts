/**
 * Matrix product in the manner of Goto and van de Geijn 2008 ("Anatomy of high-performance matrix
 * multiplication"): blocks of A and B are packed so that the tile reads them in order from the nearest cache.
 */
import { endRow } from './ending';
import { PANEL, packA, packB } from './pack';
import { BLOCK_B, BLOCK_K, BLOCK_M, PACKED_A, PACKED_B, ZEROS } from './scratch';
import { barrier, scratch, shared, shareOf, take, thread, threads } from './team';
import { COLUMNS, ROW } from './tile';
import { tiles } from './tiles';
import { readsInOrder, rowTimesMatrix } from './vector-product';

/** Most rows of C for which it is not worth while to copy a B whose rows lie in order. */
const UNPACKED: i32 = 128;
/** C of fewer rows is a row times a matrix, or a few. */
export const FEW: i32 = 4;

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
let ending: i32 = 0;

/** Does what is to be done to row `i` of C, from column `j` on, when its last term is there. */
function end(i: i32, j: i32, width: i32): void {
  if (ending !== 0) endRow(ending, C + 4 * (i * cRow + j), i * cRow + j, width);
}

/** Packs `width` columns of B from column `j` on, and `depth` rows from row `p` on. */
function packPart(p: i32, depth: i32, j: i32, width: i32, to: usize): void {
  packB(depth, width, B + 4 * (p * bRow + j * bColumn), bRow * 4, bColumn * 4, to);
}

/**
 * Adds the products of `depth` columns of A from column `p` on to `height` rows and `width` columns of C, from row `i` and
 * column `j` on. B's rows there are `rowOfB` bytes apart and its panels of 16 columns `panelOfB`. The first of these
 * starts from `init`, the `last` ends the rows.
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
  for (const below = i + height; i < below; i += BLOCK_M) {
    const m = min(BLOCK_M, below - i);
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
    if (last) for (let row = 0; row < m; row++) end(i + row, j, width);
  }
}

/** Rows `i` to `i` + `height` of C, which are few, for columns `j` to `j` + `width`. */
function addRows(i: i32, height: i32, j: i32, width: i32, k: i32): void {
  for (const below = i + height; i < below; i++) {
    const c = C + 4 * (i * cRow + j);
    const from = init === 0 ? 0 : init + 4 * (i * initRow + j);
    rowTimesMatrix(width, k, A + 4 * i * aRow, aColumn, B + 4 * j * bColumn, bRow, bColumn, from, c);
    end(i, j, width);
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
  endings: i32,
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
  ending = endings;
}

/**
 * C [m, n] = start + A [m, k] · B [k, n], by this thread alone, and then what `endings` of ending.ts does to its rows, if
 * that is not 0. Every stride counts float32. `start` may be C itself, to accumulate; a bias, with `startRows` 0; or 0 for
 * none.
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
  endings: i32,
): void {
  set(a, aRows, aColumns, b, bRows, bColumns, start, startRows, c, cRows, endings);
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
  endings: i32,
): void {
  if (threads === 1) {
    productAlone(m, n, k, a, aRows, aColumns, b, bRows, bColumns, start, startRows, c, cRows, endings);
    return;
  }
  set(a, aRows, aColumns, b, bRows, bColumns, start, startRows, c, cRows, endings);
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
