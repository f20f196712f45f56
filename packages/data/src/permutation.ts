import { philox } from '@tinyllm/common';

/** Rounds of the Feistel network: four make a pseudorandom permutation (Luby and Rackoff 1988); two for measure. */
const ROUNDS = 6;

/** Keeps the permutations apart from what else is drawn from the same seed: "perm" in ASCII. */
const STREAM = 0x7065726d;

/**
 * A pseudorandom permutation of 0 to `size` − 1 (1 ≤ `size` ≤ 2⁵²), one for each (`seed`, `number`), as a function
 * of the position: nothing is stored, so the millionth element costs what the first does. A Feistel network over
 * the next larger power of four, walked until it lands below `size` (Black and Rogaway 2002, "Ciphers with
 * arbitrary finite domains"), with Philox as its round function.
 */
export function permutation(
  size: number,
  { seed, number }: { readonly seed: number; readonly number: number },
): (position: number) => number {
  let half = 1; // 2 to the bits of one half
  while (half * half < size) half *= 2;
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const;
  const words = new Uint32Array(4);

  const encrypt = (value: number): number => {
    let left = Math.floor(value / half);
    let right = value % half;
    for (let round = 0; round < ROUNDS; round++) {
      philox([right, round, number >>> 0, STREAM], key, words);
      const mixed = (left ^ ((words[0] as number) & (half - 1))) >>> 0;
      left = right;
      right = mixed;
    }
    return left * half + right;
  };

  return (position) => {
    let value = encrypt(position);
    while (value >= size) value = encrypt(value);
    return value;
  };
}
