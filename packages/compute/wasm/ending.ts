/** What becomes of a product's rows once their last terms are there, while they lie in the nearest cache. */
import { activate, activateKeeping, choose } from './activation';
import { dropoutFactors, seedDropout } from './philox';
import { PACKED_A } from './scratch';
import { scratch } from './team';
import { loadUpTo, madd, storeUpTo } from './vector';

/** The endings of `product`; 0 is none. */
export const ACTIVATE: i32 = 1;
export const KEEP_DERIVATIVE: i32 = 2;
export const ADD: i32 = 3;
export const DROP_AND_ADD: i32 = 4;

/** Values whose factors are made at once, where the product has packed rows of A that it no longer needs. */
const RUN: i32 = 1024;

/** Activated values, or the residual: laid out as the product is. */
let other: usize = 0;

/** The ending that activates by `activation`; where `y` is not 0, it writes the values there and keeps derivatives. */
export function activating(activation: i32, y: usize): i32 {
  choose(activation);
  other = y;
  return y === 0 ? ACTIVATE : KEEP_DERIVATIVE;
}

/** The ending that adds to `residual`, of which some is dropped first where `rate` is not 0. */
export function adding(residual: usize, rate: f64, seed: f64, offset: f64): i32 {
  other = residual;
  if (rate === 0) return ADD;
  seedDropout(rate, seed, offset);
  return DROP_AND_ADD;
}

/** Ends `n` numbers of a row at `z`, the first of which is the `first` of the whole product. */
export function endRow(ending: i32, z: usize, first: i32, n: i32): void {
  if (ending === ACTIVATE) activate(n, z);
  else if (ending === KEEP_DERIVATIVE) activateKeeping(n, z, other + 4 * first);
  else if (ending === ADD) add(n, z, other + 4 * first);
  else dropAndAdd(n, z, first);
}

/** z = z + x, number by number. */
function add(n: i32, z: usize, x: usize): void {
  for (let i = 0; i < n; i += 4) {
    const at = 4 * i;
    storeUpTo(z + at, f32x4.add(loadUpTo(z + at, n - i), loadUpTo(x + at, n - i)), n - i);
  }
}

/** z = x + z · factor: factors 0 or 1 / (1 − rate), see philox.ts. */
function dropAndAdd(n: i32, z: usize, first: i32): void {
  for (let start = 0; start < n; start += RUN) {
    const count = min(RUN, n - start);
    const factor = dropoutFactors(first + start, count, scratch + PACKED_A);
    const x = other + 4 * (first + start);
    const to = z + 4 * start;
    for (let i = 0; i < count; i += 4) {
      const at = 4 * i;
      const left = count - i;
      const y = madd(loadUpTo(to + at, left), v128.load(factor + at), loadUpTo(x + at, left));
      storeUpTo(to + at, y, left);
    }
  }
}
