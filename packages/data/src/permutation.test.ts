import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permutation } from './permutation';

const all = (size: number, seed = 1, number = 0) =>
  Array.from({ length: size }, (_, i) => i).map(permutation(size, { seed, number }));

describe('permutation', () => {
  it('has every number once, whatever the size, the seed and the number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.maxSafeNat(), fc.nat(), (size, seed, number) => {
        expect(all(size, seed, number).sort((a, b) => a - b)).toEqual(
          Array.from({ length: size }, (_, i) => i),
        );
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('is another one for another seed or number, and the same for the same', () => {
    const orders = [all(50, 1, 0), all(50, 2, 0), all(50, 1, 1), all(50, 1 + 2 ** 32, 0)].map(String);
    expect(new Set(orders).size).toBe(4);
    expect(String(all(50, 1, 1))).toBe(orders[2]);
  });

  it('puts every element at every place equally often: chi-squared, 35 degrees of freedom, 99.9 % point', () => {
    const counts = new Array<number>(36).fill(0);
    for (let number = 0; number < 3600; number++) {
      for (const [place, value] of all(6, 9, number).entries()) {
        counts[place * 6 + value] = (counts[place * 6 + value] ?? 0) + 1;
      }
    }
    expect(counts.reduce((sum, count) => sum + (count - 600) ** 2 / 600, 0)).toBeLessThan(66.6);
  });

  it('needs nothing of the elements before, however many there are', () => {
    const size = 2 ** 52;
    const at = permutation(size, { seed: 5, number: 0 });
    const far = [0, 1, 2 ** 31, 2 ** 40, size - 1].map(at);
    expect(new Set(far).size).toBe(5);
    for (const value of far) expect(value).toBeLessThan(size);
  });
});
