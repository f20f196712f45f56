/**
 * Philox4x32-10 (Salmon et al. 2011), the words of `randomWords` in packages/common/src/random.ts, four blocks at
 * once: word i is lane i mod 4 of block floor(i / 4).
 */

const MULTIPLIER_0: i32 = 0xd2511f53;
const MULTIPLIER_1: i32 = 0xcd9e8d57;
const WEYL_0: i32 = 0x9e3779b9;
const WEYL_1: i32 = 0xbb67ae85;

let keyLow: i32 = 0;
let keyHigh: i32 = 0;
let streamLow: i32 = 0;
let streamHigh: i32 = 0;
/** Words below it are dropped. */
let threshold: i32 = 0;
/** What a kept value is multiplied by. */
let kept: f32 = 1;

/** Which words, and which of them mean "drop": those below rate · 2³². */
export function seedDropout(rate: f64, seed: f64, offset: f64): void {
  const key = <u64>seed;
  const stream = <u64>offset;
  keyLow = <i32>key;
  keyHigh = <i32>(key >> 32);
  streamLow = <i32>stream;
  streamHigh = <i32>(stream >> 32);
  threshold = <i32>(<u32>min(ceil(rate * 4294967296), 4294967295));
  kept = <f32>(1 / (1 - rate));
}

/** What the 16 values of the blocks `block` to `block` + 3 are multiplied by: 0 or `kept`, written to `to`. */
function factors(block: i32, to: usize): void {
  let x0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let x1 = i32x4.splat(0);
  let x2 = i32x4.splat(streamLow);
  let x3 = i32x4.splat(streamHigh);
  let k0 = keyLow;
  let k1 = keyHigh;
  const m0 = i32x4.splat(MULTIPLIER_0);
  const m1 = i32x4.splat(MULTIPLIER_1);
  for (let round = 0; round < 10; round++) {
    // products of 64 bits, two by two
    const first0 = i64x2.extmul_low_i32x4_u(x0, m0);
    const last0 = i64x2.extmul_high_i32x4_u(x0, m0);
    const first1 = i64x2.extmul_low_i32x4_u(x2, m1);
    const last1 = i64x2.extmul_high_i32x4_u(x2, m1);
    const high0 = i32x4.shuffle(first0, last0, 1, 3, 5, 7);
    const high1 = i32x4.shuffle(first1, last1, 1, 3, 5, 7);
    x0 = v128.xor(v128.xor(high1, x1), i32x4.splat(k0));
    x1 = i32x4.shuffle(first1, last1, 0, 2, 4, 6);
    x2 = v128.xor(v128.xor(high0, x3), i32x4.splat(k1));
    x3 = i32x4.shuffle(first0, last0, 0, 2, 4, 6);
    k0 += WEYL_0;
    k1 += WEYL_1;
  }
  const low01 = i32x4.shuffle(x0, x1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(x2, x3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(x0, x1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(x2, x3, 2, 6, 3, 7);
  storeFactors(to, i64x2.shuffle(low01, low23, 0, 2));
  storeFactors(to + 16, i64x2.shuffle(low01, low23, 1, 3));
  storeFactors(to + 32, i64x2.shuffle(high01, high23, 0, 2));
  storeFactors(to + 48, i64x2.shuffle(high01, high23, 1, 3));
}

function storeFactors(to: usize, words: v128): void {
  v128.store(to, v128.andnot(f32x4.splat(kept), i32x4.lt_u(words, i32x4.splat(threshold))));
}

/**
 * The factors of elements `first` to `first` + n − 1. Returns where the first one is, in `room`, which holds
 * n + 32 numbers: blocks are written whole.
 */
export function dropoutFactors(first: u64, n: i32, room: usize): usize {
  const lead = <i32>(first & 3);
  let block = <i32>(first >> 2);
  for (let done = 0; done < lead + n; done += 16) {
    factors(block, room + 4 * done);
    block += 4;
  }
  return room + 4 * lead;
}
