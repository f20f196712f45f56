import { dropoutFactors, seedDropout } from './philox';
import { PACKED_A } from './scratch';
import { scratch, shareOf, thread } from './team';
import { loadUpTo, storeUpTo } from './vector';

/** Values whose factors are made at once, where a product would pack its matrices. */
const RUN: i32 = 1024;

/** y = x · factor, `n` numbers (Srivastava et al. 2014): factors 0 or 1 / (1 − rate), see philox.ts. */
export function dropout(n: i32, x: usize, y: usize, rate: f64, seed: f64, offset: f64): void {
  seedDropout(rate, seed, offset);
  const last = shareOf(n, thread + 1, 16);
  for (let i = shareOf(n, thread, 16); i < last; i += RUN) {
    const count = min(RUN, last - i);
    const factor = dropoutFactors(i, count, scratch + PACKED_A);
    for (let j = 0; j < count; j += 4) {
      const left = count - j;
      const at = 4 * (i + j);
      storeUpTo(y + at, f32x4.mul(loadUpTo(x + at, left), v128.load(factor + 4 * j)), left);
    }
  }
}
