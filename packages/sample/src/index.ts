export { TinyllmError } from '@tinyllm/common';
export {
  type Decoding,
  type GenerateOptions,
  generate,
  type LanguageModel,
  type Piece,
  type TextTokenizer,
} from './generate';
export {
  categorical,
  greedy,
  type LogitsProcessor,
  type Sampler,
  type SamplerOptions,
  sampler,
  temperature,
  topK,
} from './samplers';
