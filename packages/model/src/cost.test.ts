import { expect, it } from 'vitest';
import { flopsPerToken, gptConfig, type PresetName, parameterCount, presets } from './index';

const of = (name: PresetName) => ({ architecture: 'gpt', config: gptConfig(presets[name]) }) as const;

/** GPT-2's as OpenAI's checkpoints have them, stories260K's and 15M's from the sizes of their files. */
it.each<[PresetName, number]>([
  ['gpt2', 124_439_808],
  ['gpt2-medium', 354_823_168],
  ['gpt2-large', 774_030_080],
  ['gpt2-xl', 1_557_611_200],
  ['stories260K', (1_056_540 - 28) / 4 - 512 * 8],
  ['stories15M', (60_816_028 - 28) / 4 - 256 * 48],
])('%s has %d parameters', (name, count) => {
  expect(parameterCount(of(name)).total).toBe(count);
});

it.each<[PresetName, number]>([
  ['stories42M', 42],
  ['stories110M', 110],
])('%s has about %d million', (name, millions) => {
  expect(Math.abs(parameterCount(of(name)).total / 1e6 / millions - 1)).toBeLessThan(0.02);
});

it("counts the operations of GPT-2 as nanoGPT's estimate_mfu does", () => {
  const config = gptConfig(presets.gpt2);
  const nonPositions = 124_439_808 - 1024 * 768;
  const nanoGPT = 6 * nonPositions + 12 * 12 * 12 * 64 * 1024;
  expect(flopsPerToken({ architecture: 'gpt', config }).training).toBe(nanoGPT);
});

it('a bigram multiplies nothing', () => {
  expect(flopsPerToken({ architecture: 'bigram', config: { vocabSize: 65 } }).forward).toBe(0);
});
