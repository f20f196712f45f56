/** Blocks of a product, tile by tile. */
import { PANEL } from './pack';
import { EDGE } from './scratch';
import { scratch } from './team';
import { COLUMNS, NARROW, ROW, rows, TALL, tile2x16, tile4x16, tile6x8, WIDE } from './tile';

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

/**
 * All tiles of one block of C. A's rows are `aRow` bytes apart, or it is packed if `aRow` is 0; B's rows are `bRow` bytes
 * apart, and so are its panels of 16 columns `bPanel`.
 */
export function tiles(
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
