import { describe, expect, it } from 'vitest';
import { createRandom, philox, randomWords } from './random';

/** The known-answer vectors of Random123 1.14 for philox4x32, 10 rounds: counter, key, output. */
const knownAnswers = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const;

describe('philox', () => {
  it.each(knownAnswers)('turns counter %j and key %j into the published words', (counter, key, expected) => {
    const out = new Uint32Array(4);
    philox(counter, key, out);
    expect([...out]).toEqual(expected);
  });
});

describe('createRandom', () => {
  it('gives the words of its seed and stream in order', () => {
    const random = createRandom(7, 3);
    const drawn = Array.from({ length: 10 }, () => random.uint32());
    expect(drawn).toEqual([...randomWords(7, 3, 10)]);
  });

  it.each([0.5, -1, 2 ** 53, Number.NaN, undefined, '7'])('refuses the seed %j', (seed) => {
    const error = expect.objectContaining({
      code: 'random/invalid-seed',
      message: expect.stringMatching(/must be an integer from 0 to 2⁵³ − 1, but is .+Date\.now\(\)/),
    });
    expect(() => createRandom(seed as number)).toThrowError(error);
    if (seed !== undefined) expect(() => createRandom(1, seed as number)).toThrowError(error);
    expect(() => createRandom(2 ** 53 - 1)).not.toThrow();
  });

  it('resumes from its position alone', () => {
    const first = createRandom(42);
    for (let i = 0; i < 5; i++) first.uniform();
    const resumed = createRandom(42);
    resumed.position = first.position;
    expect(resumed.normal()).toBe(first.normal());
  });

  it('keeps seeds and streams apart', () => {
    const draws = [createRandom(1), createRandom(2), createRandom(1, 1), createRandom(1 + 2 ** 32)].map((r) =>
      r.uint32(),
    );
    expect(new Set(draws).size).toBe(4);
  });

  it('is uniform and normal: moments of 20,000 draws', () => {
    const random = createRandom(1);
    const n = 20_000;
    const uniforms = Array.from({ length: n }, () => random.uniform());
    const normals = Array.from({ length: n }, () => random.normal());
    const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / n;
    expect(mean(uniforms)).toBeCloseTo(0.5, 1.9);
    expect(mean(normals)).toBeCloseTo(0, 1.5);
    expect(mean(normals.map((x) => x * x))).toBeCloseTo(1, 1.3);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < n; i++) {
      const bucket = random.integer(10);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - n / 10)).toBeLessThan(200);
  });
});
