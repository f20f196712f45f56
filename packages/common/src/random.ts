/**
 * Counter-based randomness: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * A word depends on (seed, stream, index) alone, so a run resumes from one number, and any thread or backend
 * can compute any word without the ones before it.
 */

import { TinyllmError } from './error';

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const TWO_32 = 2 ** 32;

/** The high 32 bits of the 64-bit product of two 32-bit words. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const bLow = b & 0xffff;
  const aHigh = a >>> 16;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/** One Philox4x32-10 block: four words from a 128-bit counter and a 64-bit key, written to `out[at .. at + 3]`. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
  at = 0,
): void {
  let [x0, x1, x2, x3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(x0, MULTIPLIER_0);
    const high1 = multiplyHigh(x2, MULTIPLIER_1);
    const low0 = Math.imul(x0, MULTIPLIER_0);
    const low1 = Math.imul(x2, MULTIPLIER_1);
    x0 = (high1 ^ x1 ^ k0) >>> 0;
    x1 = low1 >>> 0;
    x2 = (high0 ^ x3 ^ k1) >>> 0;
    x3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[at] = x0;
  out[at + 1] = x1;
  out[at + 2] = x2;
  out[at + 3] = x3;
}

/** The two words of a seed or stream. Throws `random/invalid-seed`: any other number would silently be one of these. */
function keyOf(name: string, value: number): [low: number, high: number] {
  if (Number.isSafeInteger(value) && value >= 0) return split64(value);
  throw new TinyllmError(
    'random/invalid-seed',
    `${name} must be an integer from 0 to 2⁵³ − 1, but is ${String(value)}. ` +
      'For other random numbers each time, take Date.now().',
  );
}

function split64(value: number): [low: number, high: number] {
  return [value >>> 0, Math.floor(value / TWO_32) >>> 0];
}

/** Words 0 to `length - 1` of (`seed`, `stream`): word i is lane i mod 4 of block floor(i / 4). */
export function randomWords(seed: number, stream: number, length: number): Uint32Array {
  const words = new Uint32Array(Math.ceil(length / 4) * 4);
  const key = split64(seed);
  const [streamLow, streamHigh] = split64(stream);
  for (let at = 0; at < words.length; at += 4) {
    philox([(at / 4) >>> 0, 0, streamLow, streamHigh], key, words, at);
  }
  return words.subarray(0, length);
}

/** A seeded source of random numbers whose whole state is `position`: set it to go back or to resume. */
export interface Random {
  /** The index of the next 32-bit word. */
  position: number;
  /** A uniform integer in [0, 2³²). One word. */
  uint32(): number;
  /** A uniform number in [0, 1) with 53 random bits. Two words. */
  uniform(): number;
  /** A uniform integer in [0, `bound`). Two words. */
  integer(bound: number): number;
  /** A standard normal number (Box and Muller 1958). Four words. */
  normal(): number;
}

/**
 * A `Random` over (`seed`, `stream`), both non-negative integers below 2⁵³. Streams of one seed are
 * independent: use one per purpose. `stream` and `position` share the counter, so they never overlap. Throws
 * `random/invalid-seed`.
 */
export function createRandom(seed: number, stream = 0): Random {
  const key = keyOf('seed', seed);
  const [streamLow, streamHigh] = keyOf('stream', stream);
  const block = new Uint32Array(4);
  let cached = -1;

  const random: Random = {
    position: 0,
    uint32() {
      const index = Math.floor(random.position / 4);
      if (index !== cached) {
        const [low, high] = split64(index);
        philox([low, high, streamLow, streamHigh], key, block);
        cached = index;
      }
      return block[random.position++ % 4] as number;
    },
    uniform() {
      const high = random.uint32() >>> 5;
      const low = random.uint32() >>> 6;
      return (high * 2 ** 26 + low) / 2 ** 53;
    },
    integer(bound) {
      return Math.floor(random.uniform() * bound);
    },
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
      return radius * Math.cos(2 * Math.PI * random.uniform());
    },
  };
  return random;
}
