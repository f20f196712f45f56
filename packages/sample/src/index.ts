export { createRandom, type Random, TinyllmError } from '@tinyllm/common';
export type { Candidates } from './candidates';
export { generate } from './generate';
export type { GenerateOptions } from './generate-options';
export type { Decoding, LanguageModel, TextTokenizer } from './language-model';
export type { FinishReason, Piece } from './row';
export {
  chain,
  distribution,
  greedy,
  type Sampler,
  type SamplerOptions,
  sampler,
  samplerOptionNames,
  samplerSteps,
} from './samplers';
export type { ScoredToken, Scores } from './scores';
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
