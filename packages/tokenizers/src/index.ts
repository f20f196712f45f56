export { TinyllmError } from '@tinyllm/common';
export { BPETokenizer, type BPETokenizerJSON } from './bpe-tokenizer';
export { CharTokenizer, type CharTokenizerJSON, type CharTokenizerOptions } from './char-tokenizer';
export { fromHuggingFace } from './from-hugging-face';
export type { HuggingFaceTokenizer, HuggingFaceTokenizerConfig } from './hugging-face';
export { tokenizerFromJSON } from './json';
export { Llama2cTokenizer, type Llama2cTokenizerJSON, type ScoredPiece } from './llama2c';
export type { PretokenPattern } from './pretokenize';
export { huggingFaceConfig, toHuggingFace } from './to-hugging-face';
export type {
  DecodeStream,
  EncodeOptions,
  SpecialTokenPolicy,
  Tokenizer,
  TokenizerJSON,
} from './tokenizer';
export { type TrainBpeEvent, type TrainBpeOptions, trainBpe } from './train-bpe';
export type { BPEVocabulary } from './vocabulary';
