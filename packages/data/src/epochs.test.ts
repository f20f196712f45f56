import { describe, expect, it } from 'vitest';
import { randomWindows } from './batches';
import { epochs } from './epochs';

const ids = Uint16Array.from({ length: 103 }, (_, i) => i);
const options = { batchSize: 5, blockSize: 10, seed: 1 };

/** The rows of some batches, as pairs of inputs and targets. */
function rows(source: ReturnType<typeof epochs>, batches: number): { x: number[]; y: number[] }[] {
  return Array.from({ length: batches }, (_, index) => source.batch(index)).flatMap(({ x, y, blockSize }) =>
    Array.from({ length: x.length / blockSize }, (_, row) => ({
      x: [...x.subarray(row * blockSize, (row + 1) * blockSize)],
      y: [...y.subarray(row * blockSize, (row + 1) * blockSize)],
    })),
  );
}

describe('epochs', () => {
  it('has every block once an epoch, each epoch in another order', () => {
    const source = epochs(ids, options);
    expect([source.blocksPerEpoch, source.batchesPerEpoch]).toEqual([10, 2]);
    const seen = rows(source, 4);
    for (const { x, y } of seen) expect(y).toEqual(x.map((id) => id + 1));
    const order = seen.map(({ x }) => x[0] ?? Number.NaN);
    const sorted = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90];
    expect([...order.slice(0, 10)].sort((a, b) => a - b)).toEqual(sorted);
    expect([...order.slice(10)].sort((a, b) => a - b)).toEqual(sorted);
    expect(order.slice(0, 10)).not.toEqual(order.slice(10));
    expect(order.slice(0, 10)).not.toEqual(sorted);
  });

  it('has full batches across the end of an epoch', () => {
    const source = epochs(ids, { ...options, batchSize: 4 });
    expect(source.batchesPerEpoch).toBe(2.5);
    const starts = rows(source, 5).map(({ x }) => x[0]);
    expect(starts).toHaveLength(20);
    for (let start = 0; start < 100; start += 10) expect(starts.filter((at) => at === start)).toHaveLength(2);
  });

  it('gives batch 1000 without the ones before it, and from any kind of ids', () => {
    const batch = epochs(ids, options).batch(1000);
    expect(epochs(Uint32Array.from(ids), options).batch(1000)).toEqual(batch);
    expect(epochs(ids, { ...options, seed: 2 }).batch(1000)).not.toEqual(batch);
  });

  it('needs one token more than a window, and good options', () => {
    expect(() => epochs(ids.subarray(0, 10), options)).toThrow(
      expect.objectContaining({ code: 'data/split-too-short' }),
    );
    for (const wrong of [{ batchSize: 0 }, { blockSize: 1.5 }, { seed: -1 }, { separator: -1 }]) {
      expect(() => epochs(ids, { ...options, ...wrong })).toThrow(
        expect.objectContaining({ code: 'data/bad-option' }),
      );
    }
  });
});

/** Documents of 3, 5, 1 and 2 tokens, the last without its separator 9. */
const documents = Uint16Array.from([1, 2, 9, 3, 4, 5, 6, 9, 9, 7, 8]);

describe('epochs within documents', () => {
  const source = epochs(documents, { batchSize: 5, blockSize: 3, seed: 1, separator: 9 });

  it('starts every document behind a separator, and counts every token once', () => {
    expect(source.blocksPerEpoch).toBe(5);
    const seen = rows(source, 1).sort((a, b) => String(a.y).localeCompare(String(b.y)));
    expect(seen).toEqual(
      [
        { x: [9, 1, 2], y: [1, 2, 9] },
        { x: [9, 3, 4], y: [3, 4, 5] },
        { x: [5, 6, 9], y: [6, 9, -1] },
        { x: [9, 7, 9], y: [7, 8, -1] },
        { x: [9, 9, 9], y: [9, -1, -1] },
      ].sort((a, b) => String(a.y).localeCompare(String(b.y))),
    );
  });

  it('finds documents that lie across what is read at once', () => {
    const long = new Uint32Array(600_000).fill(5);
    for (let at = 6; at < long.length; at += 7) long[at] = 9;
    const { blocksPerEpoch, batch } = epochs(long, { batchSize: 100, blockSize: 7, seed: 1, separator: 9 });
    expect(blocksPerEpoch).toBe(Math.ceil(600_000 / 7));
    expect(batch(0).x).toEqual(Int32Array.from({ length: 700 }, (_, i) => (i % 7 === 0 ? 9 : 5)));
  });
});

describe('randomWindows within documents', () => {
  it('fills a row behind the end of its document, and counts no target there', () => {
    const source = randomWindows(documents, { batchSize: 200, blockSize: 4, seed: 1, separator: 9 });
    const seen = new Set(
      rows({ ...source, blocksPerEpoch: 0, batchesPerEpoch: 0 }, 1).map(({ x, y }) => `${x} ${y}`),
    );
    expect([...seen].sort()).toEqual(
      [
        '1,2,9,9 2,9,-1,-1',
        '2,9,9,9 9,-1,-1,-1',
        '9,3,4,5 3,4,5,6',
        '3,4,5,6 4,5,6,9',
        '4,5,6,9 5,6,9,-1',
        '5,6,9,9 6,9,-1,-1',
        '6,9,9,9 9,-1,-1,-1',
      ].sort(),
    );
  });
});
