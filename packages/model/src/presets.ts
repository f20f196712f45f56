import type { GPTOptions } from './config';

const gpt2 = { vocabSize: 50257, blockSize: 1024 } as const;

export type PresetName = 'gpt2' | 'gpt2-medium' | 'gpt2-large' | 'gpt2-xl';

/** The shapes of OpenAI's four GPT-2 models (Radford et al. 2019). */
export const presets: Readonly<Record<PresetName, GPTOptions>> = {
  gpt2: { ...gpt2, nLayer: 12, nHead: 12, nEmbd: 768 },
  'gpt2-medium': { ...gpt2, nLayer: 24, nHead: 16, nEmbd: 1024 },
  'gpt2-large': { ...gpt2, nLayer: 36, nHead: 20, nEmbd: 1280 },
  'gpt2-xl': { ...gpt2, nLayer: 48, nHead: 25, nEmbd: 1600 },
};
