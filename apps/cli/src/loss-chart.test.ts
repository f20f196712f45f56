import { expect, it } from 'vitest';
import { lossChart } from './loss-chart';

it('draws a falling loss from the top left to the bottom right, with its ends', () => {
  const points = Array.from({ length: 8 }, (_, i) => ({ step: 10 * i, loss: 4 - i / 2 }));
  expect(lossChart(points, { width: 11, height: 3 })).toEqual(['4.000 ┤⠑⢄⠀⠀', '0.500 ┤⠀⠀⠑⢄', '       0 70']);
});

it('leaves out what is not a number, and draws nothing of nothing', () => {
  expect(lossChart([], { width: 20, height: 5 })).toEqual([]);
  const points = [
    { step: 0, loss: 1 },
    { step: 5, loss: Number.NaN },
  ];
  expect(lossChart(points, { width: 20, height: 5 }).at(-1)?.trim()).toMatch(/^0 +0$/);
});
