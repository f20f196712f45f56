/** The content of a Hugging Face `tokenizer.json`. */
export interface HuggingFaceTokenizer {
  readonly version: '1.0';
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly object[];
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly post_processor: null;
  readonly decoder: object;
  readonly model: object;
}

/** The content of the `tokenizer_config.json` beside it. */
export interface HuggingFaceTokenizerConfig {
  readonly tokenizer_class: 'PreTrainedTokenizerFast';
  readonly clean_up_tokenization_spaces: false;
  readonly bos_token?: string;
  readonly eos_token?: string;
  readonly pad_token?: string;
  readonly unk_token?: string;
}

/** The parts of a `tokenizer.json` that differ from one kind of tokenizer to another. */
export type HuggingFaceParts = Pick<
  HuggingFaceTokenizer,
  'normalizer' | 'pre_tokenizer' | 'decoder' | 'model'
>;

/** Cuts a text into its characters: the pre-tokenizer of a character tokenizer. */
export const EVERY_CHARACTER: string = String.raw`[\s\S]`;
