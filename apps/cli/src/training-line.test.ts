import { expect, it } from 'vitest';
import { TrainingLine } from './training-line';

const event = {
  type: 'step',
  step: 9,
  loss: 2,
  learningRate: 1e-3,
  gradientNorm: 1,
  tokensSeen: 1000,
} as const;

it('says which share a run has of what the machine reaches, if it can be one', () => {
  const line = (ceiling: number): string =>
    new TrainingLine(100, { tokensPerStep: 100, flopsPerToken: 1e6, ceiling }).tell(event, 2, 3);
  expect(line(2e8)).toMatch(/^step 9\/100 {2}loss 2\.000 .* 50 tok\/s {2}MFU 25 % {2}\d+ MB/);
  expect(line(1e7)).toMatch(/ 50 tok\/s {2}\d+ MB/); // the ceiling was measured on a busy machine
});
