/** Decoding: keys and values of earlier positions lie in caches [B, K, S, d]. */
import { attendBlock, BLOCK, workspace } from './attention';
import { thread, threads } from './team';

/** Bytes of a record of the table of runs: row, first position, count of positions; int32. */
const RUN: usize = 12;

/**
 * y [N, H · d]: the positions of each of `count` runs, one run after another in qkv [N, (H + 2K) · d], go into the
 * caches and attend to all that their rows have there. Each thread has heads of the caches to itself, so that it
 * reads only what it wrote.
 */
export function attendCached(
  count: i32,
  runs: usize,
  H: i32,
  K: i32,
  d: i32,
  S: i32,
  qkv: usize,
  keys: usize,
  values: usize,
  y: usize,
  work: usize,
): void {
  const own = work + thread * workspace(S, 1);
  const width = (H + 2 * K) * d;
  const group = H / K;
  let from = qkv;
  let to = y;
  for (let i = 0; i < count; i++) {
    const run = runs + i * RUN;
    const row = load<i32>(run);
    const first = load<i32>(run, 4);
    const T = load<i32>(run, 8);
    for (let head = 0; head < K; head++) {
      if ((i * K + head) % threads !== thread) continue;
      const cached = 4 * (row * K + head) * S * d;
      for (let t = 0; t < T; t++) {
        const k = from + 4 * (t * width + (H + head) * d);
        const position = cached + 4 * (first + t) * d;
        memory.copy(keys + position, k, 4 * d);
        memory.copy(values + position, k + 4 * K * d, 4 * d);
      }
      for (let query = head * group; query < (head + 1) * group; query++) {
        for (let t = 0; t < T; t += BLOCK) {
          attendBlock(
            min(BLOCK, T - t),
            first + t,
            d,
            from + 4 * (t * width + query * d),
            width,
            keys + cached,
            d,
            values + cached,
            to + 4 * (t * H + query) * d,
            H * d,
            own,
            S,
            0,
            false,
            0,
          );
        }
      }
    }
    from += 4 * T * width;
    to += 4 * T * H * d;
  }
}
