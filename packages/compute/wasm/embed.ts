/** Embedding: rows of a table by their ids. */
import { barrier, shareOf, thread } from './team';
import { loadUpTo, storeUpTo } from './vector';

/** y [n, c] = row ids[i] of table [V, c]. */
export function embed(n: i32, c: i32, ids: usize, table: usize, y: usize): void {
  const last = shareOf(n, thread + 1);
  for (let i = shareOf(n, thread); i < last; i++) {
    memory.copy(y + 4 * i * c, table + 4 * c * load<i32>(ids + 4 * i), 4 * c);
  }
}

/**
 * dTable [v, c]: row ids[i] gains dy[i]. Each thread adds up its own columns of every row, so that the order of
 * additions, and so the result, is the same for any number of threads.
 */
export function embedGrad(n: i32, v: i32, c: i32, ids: usize, dy: usize, dTable: usize): void {
  const firstRow = shareOf(v, thread);
  memory.fill(dTable + 4 * firstRow * c, 0, 4 * c * (shareOf(v, thread + 1) - firstRow));
  barrier();
  const first = shareOf(c, thread, 16);
  const count = shareOf(c, thread + 1, 16) - first;
  for (let i = 0; i < n; i++) {
    const to = dTable + 4 * (c * load<i32>(ids + 4 * i) + first);
    const from = dy + 4 * (i * c + first);
    for (let j = 0; j < count; j += 4) {
      const left = count - j;
      const grown = f32x4.add(loadUpTo(to + 4 * j, left), loadUpTo(from + 4 * j, left));
      storeUpTo(to + 4 * j, grown, left);
    }
  }
}
