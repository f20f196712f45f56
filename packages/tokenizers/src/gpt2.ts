/** GPT-2's tokenizer, an entry of its own: the half megabyte of its vocabulary comes only with this import. */
import ranks from 'gpt-tokenizer/bpeRanks/r50k_base';
import { BPETokenizer } from './bpe-tokenizer';
import { END_OF_TEXT } from './special-tokens';

/**
 * GPT-2's tokenizer: 50,257 tokens, of which the last, `<|endoftext|>`, ends a text and, as GPT-2 has no other,
 * pads a batch. The vocabulary is that of the npm package `gpt-tokenizer` (`r50k_base`).
 */
export function gpt2(): BPETokenizer {
  const utf8 = new TextEncoder();
  const tokens = ranks.map((token) =>
    typeof token === 'string' ? utf8.encode(token) : Uint8Array.from(token),
  );
  return BPETokenizer.fromRanks(tokens, { specialTokens: { [END_OF_TEXT]: tokens.length } });
}
