/** What generation needs of a model; `languageModel` of `@tinyllm/model` makes one of any model. */
export interface LanguageModel {
  /** How many logits it gives; those past the tokenizer's ids, with which some models are padded, are never drawn. */
  readonly vocabSize: number;
  /** The most ids a row can hold. */
  readonly blockSize: number;
  /** Starts decoding `batchSize` (default 1) texts, all empty, with a cache of keys and values. The caller disposes it. */
  decode(batchSize?: number): Decoding;
}

/** Texts that a model is reading, row by row. */
export interface Decoding {
  /** How many ids each row has read. */
  readonly lengths: readonly number[];
  /**
   * Reads ids[row] after what each row has; an empty array lets that row rest. Gives the logits [V] that follow each
   * row's last id, in row order; undefined for a row at rest. Throws `model/window-full` where a row would pass blockSize.
   */
  append(ids: readonly Int32Array[]): Promise<readonly (Float32Array | undefined)[]>;
  /** Forgets all but the first `length` ids of one row. */
  truncate(row: number, length: number): void;
  dispose(): void;
}

/** What generation needs of a tokenizer; every tokenizer of `@tinyllm/tokenizers` has it. */
export interface TextTokenizer {
  readonly vocabSize: number;
  encode(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
  decodeStream(): { push(id: number): string };
}
