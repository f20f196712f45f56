/** Decoding: keys and values of earlier positions lie in caches [B, H, S, d]. */
import { attendBlock, BLOCK, workspace } from './attention';
import { shareOf, thread, threads } from './team';

/** Writes the keys and values of qkv [B, T, 3C] into the caches at positions `first`, `first` + 1, … */
export function kvAppend(
  B: i32,
  T: i32,
  H: i32,
  d: i32,
  S: i32,
  first: i32,
  qkv: usize,
  keys: usize,
  values: usize,
): void {
  const C = H * d;
  const last = shareOf(B * H, thread + 1);
  for (let head = shareOf(B * H, thread); head < last; head++) {
    const from = qkv + 4 * ((head / H) * T * 3 * C + (head % H) * d);
    for (let t = 0; t < T; t++) {
      const row = from + 12 * t * C;
      const to = 4 * d * (head * S + first + t);
      memory.copy(keys + to, row + 4 * C, 4 * d);
      memory.copy(values + to, row + 8 * C, 4 * d);
    }
  }
}

/** y [B, T, C]: the queries of qkv [B, T, 3C] at positions `first`, … attend to the caches. */
export function attendCached(
  B: i32,
  T: i32,
  H: i32,
  d: i32,
  S: i32,
  first: i32,
  qkv: usize,
  keys: usize,
  values: usize,
  y: usize,
  work: usize,
): void {
  const C = H * d;
  const own = work + thread * workspace(S, 1);
  for (let head = thread; head < B * H; head += threads) {
    const batch = head / H;
    const column = (head % H) * d;
    const cached = 4 * head * S * d;
    for (let t = 0; t < T; t += BLOCK) {
      attendBlock(
        min(BLOCK, T - t),
        first + t,
        d,
        qkv + 4 * ((batch * T + t) * 3 * C + column),
        3 * C,
        keys + cached,
        d,
        values + cached,
        y + 4 * ((batch * T + t) * C + column),
        C,
        own,
        S,
        0,
        false,
        0,
      );
    }
  }
}
