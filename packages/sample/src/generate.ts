import { createRandom, TinyllmError } from '@tinyllm/common';
import { sampler as defaultSampler, type Sampler } from './samplers';

/** What generation needs of a model; `languageModel` of `@tinyllm/model` makes one of any model. */
export interface LanguageModel {
  readonly vocabSize: number;
  /** The most ids that are read at once. */
  readonly blockSize: number;
  /** Logits [V] of the token that follows `ids`, of which there are 1 to `blockSize`. */
  nextTokenLogits(ids: Int32Array): Promise<Float32Array>;
}

/** What generation needs of a tokenizer; every tokenizer of `@tinyllm/tokenizers` has it. */
export interface TextTokenizer {
  readonly vocabSize: number;
  encode(text: string): Int32Array;
  decodeStream(): { push(id: number): string; flush(): string };
}

export interface GenerateOptions {
  /** How a token is chosen. Default `sampler()`: temperature 1, every token. */
  readonly sampler?: Sampler;
  /** The same seed, the same text. */
  readonly seed: number;
  /** Default 256. */
  readonly maxNewTokens?: number;
  /** Ids that end the text, say end-of-text; they are not yielded. */
  readonly stopTokens?: readonly number[];
  /** Ends the text after the current token. */
  readonly signal?: AbortSignal;
}

/** One generated token and the text it completes, which may be empty in the middle of a character. */
export interface Piece {
  readonly token: number;
  readonly text: string;
}

/**
 * Continues `prompt`, token by token. Past the window it slides: each token is predicted from the last
 * `blockSize` tokens, prompt and text alike. Throws `sample/vocabulary-mismatch` and `sample/empty-prompt`.
 */
export async function* generate(
  model: LanguageModel,
  tokenizer: TextTokenizer,
  prompt: string,
  options: GenerateOptions,
): AsyncGenerator<Piece, void, void> {
  const { sampler = defaultSampler(), seed, maxNewTokens = 256, stopTokens = [], signal } = options;
  if (tokenizer.vocabSize !== model.vocabSize) {
    throw new TinyllmError(
      'sample/vocabulary-mismatch',
      `The tokenizer has ${tokenizer.vocabSize} tokens and the model ${model.vocabSize}. Use the tokenizer it was trained with.`,
    );
  }
  let window = tokenizer.encode(prompt).slice(-model.blockSize);
  if (window.length === 0) {
    throw new TinyllmError(
      'sample/empty-prompt',
      'The prompt has no tokens, and a model continues something. Pass a word, or "\\n".',
    );
  }
  const random = createRandom(seed);
  const decoder = tokenizer.decodeStream();
  for (let i = 0; i < maxNewTokens && !signal?.aborted; i++) {
    const token = sampler(await model.nextTokenLogits(window), random);
    if (stopTokens.includes(token)) break;
    yield { token, text: decoder.push(token) };
    window = Int32Array.of(...window.subarray(window.length < model.blockSize ? 0 : 1), token);
  }
  const rest = decoder.flush();
  if (rest !== '') yield { token: window.at(-1) as number, text: rest };
}
