export { TinyllmError } from '@tinyllm/common';
export { CharTokenizer, type CharTokenizerJSON, type CharTokenizerOptions } from './char-tokenizer';
export { tokenizerFromJSON } from './json';
export type {
  DecodeStream,
  EncodeOptions,
  SpecialTokenPolicy,
  Tokenizer,
  TokenizerJSON,
} from './tokenizer';
