import { type Decoding, decode } from './decoding';
import type { Model } from './model';
import { checkUsable } from './parameters';

/** What text generation needs of a model, and all that `@tinyllm/sample` knows of one. */
export interface LanguageModel {
  readonly vocabSize: number;
  /** The most ids a row can hold. */
  readonly blockSize: number;
  /**
   * Starts decoding `batchSize` (default 1) texts, all empty, with a cache of keys and values. The caller disposes it.
   * Throws `model/disposed`.
   */
  decode(batchSize?: number): Decoding;
}

/**
 * `model` as text generation sees it. It stays the caller's, with its parameters as they are at each call. A bigram
 * reads its last id only, so its rows hold any number of them.
 */
export function languageModel(model: Model): LanguageModel {
  return {
    vocabSize: model.config.vocabSize,
    blockSize: model.architecture === 'gpt' ? model.config.blockSize : Infinity,
    decode(batchSize = 1) {
      const { params } = model;
      checkUsable('wte' in params ? params.wte.weight : params.token_embedding_table.weight);
      return decode(model, batchSize);
    },
  };
}
