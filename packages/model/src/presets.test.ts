/** Presets have as many parameters as those who published the models say. */
import { expect, it } from 'vitest';
import { type GPTOptions, gptConfig, type PresetName, parameterCount, presets } from './index';

const counts = (name: PresetName, options: Partial<GPTOptions> = {}) =>
  parameterCount({ architecture: 'gpt', config: gptConfig({ ...presets[name], ...options }) });

/** GPT-2's as OpenAI's checkpoints have them, stories260K's and 15M's from the sizes of their files. */
it.each<[PresetName, number]>([
  ['gpt2', 124_439_808],
  ['gpt2-medium', 354_823_168],
  ['gpt2-large', 774_030_080],
  ['gpt2-xl', 1_557_611_200],
  ['stories260K', (1_056_540 - 28) / 4 - 512 * 8],
  ['stories15M', (60_816_028 - 28) / 4 - 256 * 48],
])('%s has %d parameters', (name, count) => {
  expect(counts(name).total).toBe(count);
});

it.each<[PresetName, number]>([
  ['stories42M', 42],
  ['stories110M', 110],
])('%s has about %d million', (name, millions) => {
  expect(Math.abs(counts(name).total / 1e6 / millions - 1)).toBeLessThan(0.02);
});

it('gpt-nano has 0.09 million without its head, where minGPT sorts three digits in windows of 11', () => {
  const { total } = counts('gpt-nano', { vocabSize: 3, blockSize: 11 });
  expect(((total - 3 * 48) / 1e6).toFixed(2)).toBe('0.09');
});

/** Parameters in GPT-Neo, whose queries, keys and values have no biases. */
function asGPTNeo(name: PresetName, options?: Partial<GPTOptions>): number {
  const { nLayer, nEmbd } = presets[name];
  return counts(name, options).total - 3 * nEmbd * nLayer;
}

/** Reproductions of two of the models with windows of 512, by their cards: SauravP97/tiny-stories-3M and -19M. */
it.each<[PresetName, number]>([
  ['tinystories-1M', 3.65],
  ['tinystories-8M', 19.3],
])('%s has %d million with windows of 512, in GPT-Neo', (name, millions) => {
  const digits = String(millions).split('.')[1]?.length;
  expect((asGPTNeo(name, { blockSize: 512 }) / 1e6).toFixed(digits)).toBe(String(millions));
});

it('the blocks of tinystories-33M have 28,342,272, in GPT-Neo', () => {
  const finalNorm = 2 * 768;
  expect(asGPTNeo('tinystories-33M') - counts('tinystories-33M').embeddings - finalNorm).toBe(28_342_272);
});
