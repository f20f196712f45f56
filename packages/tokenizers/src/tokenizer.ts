/**
 * What `encode` does where the text spells a special token, say `<|endoftext|>`:
 * `encode` gives the special token's id, `text` reads it as ordinary text, `refuse` throws.
 */
export type SpecialTokenPolicy = 'encode' | 'text' | 'refuse';

export interface EncodeOptions {
  /** Default `encode`. Use `text` or `refuse` for text from people you do not trust. */
  readonly specialTokens?: SpecialTokenPolicy;
}

/** What `toJSON` gives and `tokenizerFromJSON` reads: plain data, `type` says which tokenizer. */
export interface TokenizerJSON {
  readonly type: string;
}

/** Text to token ids and back. Ids are the integers 0 to `vocabSize - 1`. */
export interface Tokenizer {
  readonly vocabSize: number;
  /** Id of each special token by its text. */
  readonly specialTokens: Readonly<Record<string, number>>;
  /** Token ids of `text`. Lone surrogates are read as U+FFFD. Throws `tokenizer/…` on text it cannot encode. */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** The text of `ids`, special tokens as their text. Throws `tokenizer/unknown-id` on an id outside the vocabulary. */
  decode(ids: ArrayLike<number>): string;
  /** Decodes one id at a time, for text that streams. */
  decodeStream(): DecodeStream;
  toJSON(): TokenizerJSON;
}

/** A decoder with memory: it holds back bytes that do not yet make a whole character. */
export interface DecodeStream {
  /** The text that `id` completes, perhaps none. */
  push(id: number): string;
  /** What is left at the end of the stream: an unfinished character becomes U+FFFD. */
  flush(): string;
}
