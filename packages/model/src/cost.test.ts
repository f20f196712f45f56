import { expect, it } from 'vitest';
import { flopsPerToken, gptConfig, presets } from './index';

it("counts the operations of GPT-2 as nanoGPT's estimate_mfu does", () => {
  const config = gptConfig(presets.gpt2);
  const nonPositions = 124_439_808 - 1024 * 768;
  const nanoGPT = 6 * nonPositions + 12 * 12 * 12 * 64 * 1024;
  expect(flopsPerToken({ architecture: 'gpt', config }).training).toBe(nanoGPT);
});

it('a bigram multiplies nothing', () => {
  expect(flopsPerToken({ architecture: 'bigram', config: { vocabSize: 65 } }).forward).toBe(0);
});
