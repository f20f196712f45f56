import { type GPTOptions, llama } from './config';

/** OpenAI's four GPT-2 models (Radford et al. 2019). */
const gpt2 = { vocabSize: 50_257, blockSize: 1024 } as const;

/** minGPT (karpathy/minGPT, `model.py`), whose head is its own. */
const minGPT = { ...gpt2, tieEmbeddings: false } as const;

/**
 * The shapes of the TinyStories models (Eldan and Li 2023, arXiv:2305.07759, and the `config.json` of
 * roneneldan/TinyStories-*) in GPT-2's architecture; theirs is GPT-Neo's, with a window of 256 in every other layer.
 */
const tinyStories = { vocabSize: 50_257, blockSize: 2048, nLayer: 8, nHead: 16 } as const;

/** llama2.c's models (karpathy/llama2.c). */
const llama2c = { ...llama, vocabSize: 32_000 } as const;

export type PresetName =
  | 'gpt2'
  | 'gpt2-medium'
  | 'gpt2-large'
  | 'gpt2-xl'
  | 'gpt-mini'
  | 'gpt-micro'
  | 'gpt-nano'
  | `tinystories-${1 | 3 | 8 | 28 | 33}M`
  | 'stories260K'
  | `stories${15 | 42 | 110}M`
  | 'stories-nano'
  | 'shakespeare-char-cpu'
  | 'shakespeare-char'
  | 'tinystories-10k'
  | 'tinystories-gpt2'
  | 'tinystories-page'
  | 'tinyllm';

/** nanoGPT's models of the characters of Tiny Shakespeare (karpathy/nanoGPT, `config/train_shakespeare_char.py`). */
const shakespeareChar = { vocabSize: 65, mlp: 'gelu', bias: false } as const;

/** The shapes of models that others have published, by the names they go by, and of those of `@tinyllm/train`'s recipes. */
export const presets: Readonly<Record<PresetName, GPTOptions>> = {
  gpt2: { ...gpt2, nLayer: 12, nHead: 12, nEmbd: 768 },
  'gpt2-medium': { ...gpt2, nLayer: 24, nHead: 16, nEmbd: 1024 },
  'gpt2-large': { ...gpt2, nLayer: 36, nHead: 20, nEmbd: 1280 },
  'gpt2-xl': { ...gpt2, nLayer: 48, nHead: 25, nEmbd: 1600 },
  'gpt-mini': { ...minGPT, nLayer: 6, nHead: 6, nEmbd: 192 },
  'gpt-micro': { ...minGPT, nLayer: 4, nHead: 4, nEmbd: 128 },
  'gpt-nano': { ...minGPT, nLayer: 3, nHead: 3, nEmbd: 48 },
  'tinystories-1M': { ...tinyStories, nEmbd: 64 },
  'tinystories-3M': { ...tinyStories, nEmbd: 128 },
  'tinystories-8M': { ...tinyStories, nEmbd: 256 },
  'tinystories-28M': { ...tinyStories, nEmbd: 512 },
  'tinystories-33M': { ...tinyStories, nLayer: 4, nEmbd: 768 },
  stories260K: {
    ...llama,
    vocabSize: 512,
    blockSize: 512,
    nLayer: 5,
    nHead: 8,
    nKvHead: 4,
    nEmbd: 64,
    nInner: 172,
  },
  stories15M: { ...llama2c, blockSize: 256, nLayer: 6, nHead: 6, nEmbd: 288 },
  stories42M: { ...llama2c, blockSize: 1024, nLayer: 8, nHead: 8, nEmbd: 512 },
  stories110M: { ...llama2c, blockSize: 1024, nLayer: 12, nHead: 12, nEmbd: 768 },
  'stories-nano': { vocabSize: 512, blockSize: 128, nLayer: 4, nHead: 4, nEmbd: 128, bias: false },
  'shakespeare-char-cpu': { ...shakespeareChar, blockSize: 64, nLayer: 4, nHead: 4, nEmbd: 128 },
  'shakespeare-char': { ...shakespeareChar, blockSize: 256, nLayer: 6, nHead: 6, nEmbd: 384, dropout: 0.2 },
  'tinystories-10k': { vocabSize: 10_000, blockSize: 128, nLayer: 8, nHead: 16, nEmbd: 256 },
  'tinystories-gpt2': { vocabSize: 50_257, blockSize: 128, nLayer: 6, nHead: 6, nEmbd: 384, dropout: 0.1 },
  'tinystories-page': { vocabSize: 2048, blockSize: 256, nLayer: 6, nHead: 5, nEmbd: 160, bias: false },
  tinyllm: { vocabSize: 50_257, blockSize: 256, nLayer: 8, nHead: 8, nEmbd: 256, dropout: 0.1 },
};
