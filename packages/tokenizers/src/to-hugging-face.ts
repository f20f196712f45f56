/** Tokenizers as Hugging Face `tokenizers` and `AutoTokenizer` load them. */
import { TinyllmError } from '@tinyllm/common';
import { BPETokenizer, type BPETokenizerJSON } from './bpe-tokenizer';
import { CharTokenizer, type CharTokenizerJSON } from './char-tokenizer';
import {
  EVERY_CHARACTER,
  type HuggingFaceParts,
  type HuggingFaceTokenizer,
  type HuggingFaceTokenizerConfig,
} from './hugging-face';
import { Llama2cTokenizer } from './llama2c';
import { llama2cParts } from './llama2c-to-hugging-face';
import { type PretokenPattern, patternSources } from './pretokenize';
import { END_OF_TEXT } from './special-tokens';
import type { Tokenizer } from './tokenizer';

/**
 * What to write to `tokenizer.json`: Python gives the same ids. Write `huggingFaceConfig(tokenizer)` to
 * `tokenizer_config.json` beside it, or `AutoTokenizer` may take the model's usual tokenizer for it. A character
 * that a character tokenizer does not know is an error there as it is here. llama2.c's get the form of Llama's: as
 * here, `<s>` is written where a text begins. Throws `tokenizer/unsupported` for what has no such form.
 */
export function toHuggingFace(tokenizer: Tokenizer): HuggingFaceTokenizer {
  const specialTokens = Object.entries(tokenizer.specialTokens).sort(([, a], [, b]) => a - b);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map(([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    post_processor: null,
    ...partsOf(tokenizer),
  };
}

function partsOf(tokenizer: Tokenizer): HuggingFaceParts {
  if (tokenizer instanceof BPETokenizer) return { normalizer: null, ...bpe(tokenizer.toJSON()) };
  if (tokenizer instanceof CharTokenizer) return { normalizer: null, ...characters(tokenizer.toJSON()) };
  if (tokenizer instanceof Llama2cTokenizer) return llama2cParts(tokenizer.toJSON(), tokenizer.specialTokens);
  throw new TinyllmError(
    'tokenizer/unsupported',
    `A tokenizer of type ${tokenizer.toJSON().type} has no form in tokenizer.json that gives the same ids. ` +
      'Save a BPETokenizer, a CharTokenizer or a Llama2cTokenizer.',
  );
}

/** What to write to `tokenizer_config.json`: the class that reads `tokenizer.json` as it is, and which token ends a text. */
export function huggingFaceConfig(tokenizer: Tokenizer): HuggingFaceTokenizerConfig {
  const config = { tokenizer_class: 'PreTrainedTokenizerFast', clean_up_tokenization_spaces: false } as const;
  if (tokenizer instanceof Llama2cTokenizer)
    return { ...config, bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' };
  if (!Object.hasOwn(tokenizer.specialTokens, END_OF_TEXT)) return config;
  return { ...config, bos_token: END_OF_TEXT, eos_token: END_OF_TEXT, pad_token: END_OF_TEXT };
}

function bpe({
  pattern,
  tokens,
  merges,
  specialTokens,
}: BPETokenizerJSON): Omit<HuggingFaceParts, 'normalizer'> {
  return {
    pre_tokenizer: byteLevelPreTokenizer(pattern),
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary(tokens, specialTokens),
      merges,
    },
  };
}

function byteLevelPreTokenizer(pattern: PretokenPattern): object {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  if (pattern === 'gpt2') return { ...byteLevel, use_regex: true }; // GPT-2's expression is its own
  if (pattern === 'none') return { ...byteLevel, use_regex: false };
  const split = {
    type: 'Split',
    pattern: { Regex: patternSources[pattern] },
    behavior: 'Isolated',
    invert: false,
  };
  return { type: 'Sequence', pretokenizers: [split, { ...byteLevel, use_regex: false }] };
}

/** Whole words that are characters: `WordLevel` refuses what it does not know, where `BPE` would drop it. */
function characters({ characters, specialTokens }: CharTokenizerJSON): Omit<HuggingFaceParts, 'normalizer'> {
  return {
    pre_tokenizer: {
      type: 'Split',
      pattern: { Regex: EVERY_CHARACTER },
      behavior: 'Isolated',
      invert: false,
    },
    decoder: { type: 'Fuse' },
    model: { type: 'WordLevel', vocab: vocabulary([...characters, ...specialTokens], {}), unk_token: '' },
  };
}

/** Id by text, in the order of ids. Throws `tokenizer/unsupported` when two tokens are written alike. */
function vocabulary(
  tokens: readonly (string | null)[],
  specialTokens: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const texts = [...tokens];
  for (const [text, id] of Object.entries(specialTokens)) texts[id] = text;
  const entries = texts.flatMap((text, id): [string, number][] =>
    typeof text === 'string' ? [[text, id]] : [],
  );
  const vocab = Object.fromEntries(entries);
  const twin = entries.find(([text, id]) => vocab[text] !== id);
  if (twin === undefined) return vocab;
  throw new TinyllmError(
    'tokenizer/unsupported',
    `tokenizer.json has one id for a text, but ${JSON.stringify(twin[0])} is the token ${twin[1]} and the special ` +
      `token ${vocab[twin[0]]}. Rename the special token.`,
  );
}
