import { describe, expect, it } from 'vitest';
import { smoothed, ticks } from './axis';

describe('ticks', () => {
  it.each<[number, number, number, number[]]>([
    [0, 600, 7, [0, 100, 200, 300, 400, 500, 600]],
    [1.84, 4.3, 7, [2, 2.5, 3, 3.5, 4]],
    [0, 0.31, 4, [0, 0.1, 0.2, 0.3]],
    [5, 5, 7, [5]],
  ])('from %d to %d, about %d, are %j', (low, high, count, expected) => {
    expect(ticks(low, high, count)).toEqual(expected);
  });
});

describe('smoothed', () => {
  it('keeps what is constant, begins with the first value, and is the values where the span is 1', () => {
    expect(smoothed([3, 3, 3], 10)).toEqual([3, 3, 3].map((x) => expect.closeTo(x, 12)));
    expect(smoothed([1, 9, 9], 50)[0]).toBe(1);
    expect(smoothed([1, 5, 2], 1)).toEqual([1, 5, 2]);
  });
});
