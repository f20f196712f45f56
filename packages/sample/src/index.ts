export { TinyllmError } from '@tinyllm/common';
export type { Candidates } from './candidates';
export {
  type Decoding,
  type GenerateOptions,
  generate,
  type LanguageModel,
  type Piece,
  type TextTokenizer,
} from './generate';
export {
  chain,
  distribution,
  greedy,
  type Sampler,
  type SamplerOptions,
  sampler,
  samplerSteps,
} from './samplers';
export {
  logitBias,
  minP,
  type PenaltyOptions,
  penalties,
  type Step,
  temperature,
  topK,
  topP,
  typicalP,
} from './steps';
