import { describe, expect, it } from 'vitest';
import { evenWindows, randomWindows } from './batches';
import type { TokenIds } from './token-ids';

const ids = Uint16Array.from({ length: 20 }, (_, i) => i);
const options = { batchSize: 4, blockSize: 8, seed: 1 };

/** The first tokens of the rows: in `ids`, where the windows start. */
function starts(tokens: TokenIds, blockSize: number, batches: number): number[] {
  const source = randomWindows(tokens, { batchSize: 50, blockSize, seed: 3 });
  return Array.from({ length: batches }, (_, index) => source.batch(index).x)
    .flatMap((x) => [...x])
    .filter((_, i) => i % blockSize === 0);
}

describe('randomWindows', () => {
  it('gives rows of consecutive tokens, with targets one step on', () => {
    const { x, y, batchSize, blockSize } = randomWindows(ids, options).batch(0);
    expect([batchSize, blockSize, x.length, y.length]).toEqual([4, 8, 32, 32]);
    for (let row = 0; row < 4; row++) {
      const start = x[row * 8] ?? Number.NaN;
      expect([...x.subarray(row * 8, row * 8 + 8)]).toEqual([...ids.subarray(start, start + 8)]);
      expect([...y.subarray(row * 8, row * 8 + 8)]).toEqual([...ids.subarray(start + 1, start + 9)]);
    }
  });

  it('gives batch 1000 without the ones before it, and from any kind of ids', () => {
    const source = randomWindows(ids, options);
    const before = source.batch(999);
    const batch = source.batch(1000);
    expect(batch).not.toEqual(before);
    expect(randomWindows(Int32Array.from(ids), options).batch(1000)).toEqual(batch);
    expect(randomWindows(Uint32Array.from(ids), options).batch(1000)).toEqual(batch);
    expect(randomWindows(ids, { ...options, seed: 2 }).batch(1000)).not.toEqual(batch);
  });

  it('draws no row of one batch again for the next', () => {
    const long = Int32Array.from({ length: 1_000_000 }, (_, i) => i);
    const drawn = starts(long, 1, 20);
    expect(new Set(drawn).size).toBeGreaterThan(990);
  });

  it('starts everywhere equally often: chi-squared, 11 degrees of freedom, below its 99.9 % point', () => {
    const counts = new Array<number>(12).fill(0);
    for (const start of starts(ids, 8, 240)) counts[start] = (counts[start] ?? 0) + 1;
    expect(counts).toHaveLength(12); // the last window starts at 20 - 8 - 1
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(31.3);
  });

  it('needs one token more than a window', () => {
    expect([...randomWindows(ids.subarray(0, 9), options).batch(0).y.subarray(0, 8)]).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    expect(() => randomWindows(ids.subarray(0, 8), options)).toThrow(
      expect.objectContaining({
        code: 'data/split-too-short',
        message: expect.stringMatching(/There are 8 tokens, .* needs at least 9/),
      }),
    );
  });

  it.each([{ batchSize: 0 }, { batchSize: 1.5 }, { blockSize: 0 }, { blockSize: Number.NaN }, { seed: -1 }])(
    'refuses %j',
    (wrong) => {
      expect(() => randomWindows(ids, { ...options, ...wrong })).toThrow(
        expect.objectContaining({ code: 'data/bad-option' }),
      );
    },
  );

  it.each([-1, 0.5, Number.NaN])('has no batch number %j', (index) => {
    expect(() => randomWindows(ids, options).batch(index)).toThrow(
      expect.objectContaining({ code: 'data/bad-option' }),
    );
  });
});

describe('evenWindows', () => {
  const long = Int32Array.from({ length: 1009 }, (_, i) => i);
  const windows = (batchSize: number, batches: number) => {
    const source = evenWindows(long, { batchSize, blockSize: 8, batches });
    return Array.from({ length: batches }, (_, index) => [...source.batch(index).x]).flat();
  };

  it('spreads windows evenly from one end to the other, however they are dealt into batches', () => {
    const starts = windows(5, 4).filter((_, i) => i % 8 === 0);
    expect(starts.slice(1).map((start, i) => start - (starts[i] as number))).toEqual(
      starts.slice(1).map(() => 50),
    );
    expect([starts[0], starts.at(-1)]).toEqual([25, 975]);
    expect(windows(2, 10)).toEqual(windows(5, 4));
  });

  it('begins again behind its last batch', () => {
    const source = evenWindows(long, { batchSize: 5, blockSize: 8, batches: 4 });
    expect(source.batch(5)).toEqual(source.batch(1));
    expect(source.batch(1)).not.toEqual(source.batch(0));
  });
});
