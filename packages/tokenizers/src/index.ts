export { TinyllmError } from '@tinyllm/common';
export { BPETokenizer, type BPETokenizerJSON } from './bpe-tokenizer';
export { CharTokenizer, type CharTokenizerJSON, type CharTokenizerOptions } from './char-tokenizer';
export { tokenizerFromJSON } from './json';
export type { PretokenPattern } from './pretokenize';
export type {
  DecodeStream,
  EncodeOptions,
  SpecialTokenPolicy,
  Tokenizer,
  TokenizerJSON,
} from './tokenizer';
export { type TrainBpeEvent, type TrainBpeOptions, trainBpe } from './train-bpe';
export type { BPEVocabulary } from './vocabulary';
