import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';
import { categorical, greedy, sampler, temperature, topK } from './samplers';

const logits = Float32Array.of(1, 3, 2, 3, -1);

/** How often each id is drawn in `n` draws. */
function frequencies(choose: (random: ReturnType<typeof createRandom>) => number, n = 20_000): number[] {
  const random = createRandom(11);
  const counts = new Array<number>(5).fill(0);
  for (let i = 0; i < n; i++) {
    const id = choose(random);
    counts[id] = (counts[id] as number) + 1;
  }
  return counts.map((count) => count / n);
}

function softmax(row: readonly number[]): number[] {
  const weights = row.map(Math.exp);
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

function expectClose(actual: number[], expected: number[]): void {
  for (const [i, p] of actual.entries()) expect(Math.abs(p - (expected[i] as number))).toBeLessThan(0.015);
}

describe('samplers', () => {
  it('greedy takes the highest logit, the first of equals', () => {
    expect(greedy(logits)).toBe(1);
  });

  it('categorical draws with the probabilities of the softmax', () => {
    expectClose(
      frequencies((random) => categorical(logits, random)),
      softmax([...logits]),
    );
  });

  it('temperature divides the logits', () => {
    expect([...temperature(0.5)(logits)]).toEqual([2, 6, 4, 6, -2]);
    expectClose(
      frequencies((random) => sampler({ temperature: 2 })(logits, random)),
      softmax([0.5, 1.5, 1, 1.5, -0.5]),
    );
  });

  it('topK keeps the k highest, and ties with the last of them', () => {
    expect([...topK(3)(logits)]).toEqual([-Infinity, 3, 2, 3, -Infinity]);
    expect([...topK(1)(logits)]).toEqual([-Infinity, 3, -Infinity, 3, -Infinity]);
    expect([...topK(9)(logits)]).toEqual([...logits]);
    expectClose(
      frequencies((random) => sampler({ topK: 3 })(logits, random)),
      softmax([-Infinity, 3, 2, 3, -Infinity]),
    );
  });

  it('leave the row of logits as it was', () => {
    const row = logits.slice();
    sampler({ temperature: 0.7, topK: 2 })(row, createRandom(1));
    expect(row).toEqual(logits);
  });

  it('at temperature 0 are greedy', () => {
    expect(sampler({ temperature: 0, topK: 2 })(logits, createRandom(1))).toBe(1);
  });

  it('stand huge and −∞ logits', () => {
    expect(categorical(Float32Array.of(-Infinity, 1e30, -1e30), createRandom(1))).toBe(1);
    expect(categorical(Float32Array.of(-Infinity, -1e30, -Infinity), createRandom(1))).toBe(1);
  });

  it.each([
    () => temperature(-1),
    () => temperature(Number.NaN),
    () => topK(0),
    () => topK(1.5),
    () => sampler({ temperature: -0.1 }),
  ])('refuse bad options: %s', (make) => {
    expect(make).toThrowError(expect.objectContaining({ code: 'sample/invalid-option' }));
  });
});
