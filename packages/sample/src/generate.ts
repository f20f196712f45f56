import { createRandom, TinyllmError } from '@tinyllm/common';
import { sampler as defaultSampler, type Sampler } from './samplers';

/** What generation needs of a model; `languageModel` of `@tinyllm/model` makes one of any model. */
export interface LanguageModel {
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
  const decoding = model.decode();
  try {
    let unread = window;
    for (let i = 0; i < maxNewTokens && !signal?.aborted; i++) {
      const [logits] = await decoding.append([unread]);
      const token = sampler(logits as Float32Array, random);
      if (stopTokens.includes(token)) break;
      yield { token, text: decoder.push(token) };
      if (window.length < model.blockSize) {
        window = Int32Array.of(...window, token);
        unread = Int32Array.of(token);
      } else {
        window = Int32Array.of(...window.subarray(1), token);
        unread = window;
        decoding.truncate(0, 0);
      }
    }
  } finally {
    decoding.dispose();
  }
  const rest = decoder.flush();
  if (rest !== '') yield { token: window.at(-1) as number, text: rest };
}
