export { TinyllmError } from '@tinyllm/common';
export { type Bigram, createBigram } from './bigram';
export {
  createModel,
  loadModel,
  loadParameters,
  modelConfig,
  readParameters,
  type SavedModel,
  type SaveOptions,
  type StreamedModel,
  type StreamOptions,
  savedModel,
  saveModel,
  streamedModel,
} from './checkpoint';
export {
  type BigramConfig,
  bigramConfig,
  type GPTConfig,
  type GPTOptions,
  gptConfig,
  llama,
} from './config';
export { type Flops, flopsPerToken } from './cost';
export type { Decoding } from './decoding';
export type { FloatDtype } from './dtypes';
export { type BlockSteps, type ForwardOptions, hiddenStates } from './gpt';
export {
  type Block,
  createGPT,
  type GPT,
  type GPTParameters,
  type LinearParameters,
  type NormParameters,
} from './gpt-parameters';
export { familyOf, type TextTokens } from './hugging-face-config';
export { type LanguageModel, languageModel } from './language-model';
export { type Llama2cModel, readLlama2c, writeLlama2c } from './llama2c';
export {
  disposeModel,
  forward,
  loss,
  type Model,
  type ModelConfig,
  parameterCount,
  parameterShapes,
} from './model';
export { type CardFacts, modelCard } from './model-card';
export { flattenParameters, type ParameterShapes, type ParameterValues } from './parameters';
export { type PresetName, presets } from './presets';
export {
  type ByteSource,
  bytesSource,
  openSafetensors,
  readSafetensors,
  type Safetensors,
  type StoredTensor,
  type TensorSource,
  writeSafetensors,
} from './safetensors';
export { openShards, SHARD_INDEX } from './shards';
export { type Trace, trace } from './trace';
