export { TinyllmError } from '@tinyllm/common';
export { type Bigram, createBigram } from './bigram';
export { createModel, loadModel, modelConfig, type SavedModel, saveModel } from './checkpoint';
export {
  type BigramConfig,
  bigramConfig,
  type GPTConfig,
  type GPTOptions,
  gptConfig,
  llama,
} from './config';
export type { Decoding } from './decoding';
export { type ForwardOptions, hiddenStates } from './gpt';
export {
  type Block,
  createGPT,
  type GPT,
  type GPTParameters,
  type LinearParameters,
  type NormParameters,
} from './gpt-parameters';
export { type LanguageModel, languageModel } from './language-model';
export {
  disposeModel,
  forward,
  loss,
  type Model,
  type ModelConfig,
  parameterCount,
  parameterShapes,
} from './model';
export { flattenParameters, type ParameterShapes, type ParameterValues } from './parameters';
export { type PresetName, presets } from './presets';
export { readSafetensors, type Safetensors, type StoredTensor, writeSafetensors } from './safetensors';
export { type Trace, trace } from './trace';
