import { TinyllmError } from '@tinyllm/common';
import type { LanguageModel, TextTokenizer } from './language-model';
import { checkCount, invalidOption } from './options';
import type { Sampler } from './samplers';

export interface GenerateOptions {
  /** How a token is chosen. Default `sampler()`: temperature 1, every token. */
  readonly sampler?: Sampler;
  /**
   * The same seed, the same texts; every row has a stream of random numbers of its own. An integer from 0 to 2⁵³ − 1: for
   * another text each time, `Date.now()`.
   */
  readonly seed: number;
  /** How many texts continue each prompt. Default 1. */
  readonly numSamples?: number;
  /** Default 256; Infinity for no end. */
  readonly maxNewTokens?: number;
  /** Ids that end a text, say end-of-text. */
  readonly stopTokens?: readonly number[];
  /** Strings that end a text, wherever tokens begin and end; neither they nor a part of one that was found are in it. */
  readonly stopStrings?: readonly string[];
  /**
   * What happens when the model's window is full. `slide`, the default: the row forgets the older half of it, so a text
   * has no limit. `stop`: the text ends.
   */
  readonly pastWindow?: 'slide' | 'stop';
  /** Ids at the beginning of the prompt that sliding never forgets. Default 0. */
  readonly keepPrefix?: number;
  /**
   * Has every piece scored, with so many of the likeliest tokens beside it. Default: no scores, which at a vocabulary of
   * 50,000 would take as long as the sampler.
   */
  readonly alternatives?: number;
  /** Ends the texts after the current token. */
  readonly signal?: AbortSignal;
}

/** Throws `sample/vocabulary-mismatch` and `sample/invalid-option`. */
export function checkOptions(model: LanguageModel, tokenizer: TextTokenizer, options: GenerateOptions): void {
  const { numSamples = 1, maxNewTokens = 256, keepPrefix = 0, alternatives, stopStrings = [] } = options;
  if (tokenizer.vocabSize > model.vocabSize) {
    throw new TinyllmError(
      'sample/vocabulary-mismatch',
      `The tokenizer has ${tokenizer.vocabSize} tokens and the model ${model.vocabSize}. Use the tokenizer it was trained with.`,
    );
  }
  checkCount('numSamples', numSamples);
  if (maxNewTokens !== 0 && maxNewTokens !== Infinity) checkCount('maxNewTokens', maxNewTokens);
  if (alternatives !== undefined && alternatives !== 0) checkCount('alternatives', alternatives);
  if (keepPrefix !== 0) checkCount('keepPrefix', keepPrefix);
  if (keepPrefix >= model.blockSize)
    throw invalidOption('keepPrefix', `below the model's blockSize, ${model.blockSize}`, keepPrefix);
  const { pastWindow = 'slide', stopTokens = [] } = options;
  if (!['slide', 'stop'].includes(pastWindow))
    throw invalidOption('pastWindow', '"slide" or "stop"', JSON.stringify(pastWindow));
  checkEach(
    'stopTokens',
    stopTokens,
    `token ids from 0 to ${tokenizer.vocabSize - 1}`,
    (id) => Number.isSafeInteger(id) && id >= 0 && id < tokenizer.vocabSize,
  );
  checkEach(
    'stopStrings',
    stopStrings,
    'strings of at least a character',
    (text) => typeof text === 'string' && text !== '',
  );
}

function checkEach<Value>(
  option: string,
  values: readonly Value[],
  what: string,
  isOne: (value: Value) => boolean,
): void {
  if (Array.isArray(values) && values.every(isOne)) return;
  throw invalidOption(option, `an array of ${what}`, JSON.stringify(values));
}

/** Throws `sample/empty-prompt` where there is none. */
export function checkPrompts(prompts: readonly Int32Array[]): void {
  if (prompts.length > 0) return;
  throw new TinyllmError('sample/empty-prompt', 'There are no prompts. Pass a list of at least one.');
}

/** Throws `sample/empty-prompt` and `sample/prompt-too-long`. */
export function checkPrompt(ids: Int32Array, blockSize: number, { pastWindow }: GenerateOptions): void {
  if (ids.length === 0) {
    throw new TinyllmError(
      'sample/empty-prompt',
      'The prompt has no tokens, and a model continues something. Pass a word, or "\\n".',
    );
  }
  if (pastWindow === 'stop' && ids.length > blockSize) {
    throw new TinyllmError(
      'sample/prompt-too-long',
      `The prompt has ${ids.length} tokens, and the model's window ${blockSize}. Shorten it, or let pastWindow be "slide".`,
    );
  }
}
