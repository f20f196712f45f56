/** The encoder that the threads of `prepare` import: a tokenizer, from its JSON. */
import { type TokenizerJSON, tokenizerFromJSON } from '@tinyllm/tokenizers';

/** Throws `tokenizer/invalid-json`. */
export function createEncoder(json: TokenizerJSON): { encode(text: string): Int32Array } {
  const tokenizer = tokenizerFromJSON(json);
  return { encode: (text) => tokenizer.encode(text, { specialTokens: 'text' }) };
}
