import { createRandom } from '@tinyllm/common';
import { checkPrompt, type GenerateOptions } from './generate-options';
import type { Decoding, LanguageModel, TextTokenizer } from './language-model';
import { type Sampler, sampler } from './samplers';
import { type Scores, score } from './scores';
import { StopStrings } from './stop-strings';

/** Why a text ended: at a stop token or string, after `maxNewTokens`, or at the end of the window. */
export type FinishReason = 'stop-token' | 'stop-string' | 'length' | 'window';

/** One generated token. */
export interface Piece {
  /** Which text: sample s of prompt p is row `p · numSamples + s`. */
  readonly row: number;
  readonly token: number;
  /** What the token completes of the text: nothing in the middle of a character, and of a stop token. */
  readonly text: string;
  /** Where `alternatives` were asked for. */
  readonly scores?: Scores;
  /** On the last piece of a row. */
  readonly finished?: FinishReason;
}

/** One text on its way. */
export class Row {
  finished = false;
  readonly #row: number;
  readonly #ids: number[];
  readonly #promptLength: number;
  readonly #blockSize: number;
  readonly #vocabSize: number;
  readonly #options: GenerateOptions;
  readonly #sampler: Sampler;
  readonly #random: ReturnType<typeof createRandom>;
  readonly #decoder: ReturnType<TextTokenizer['decodeStream']>;
  readonly #stopStrings: StopStrings<Piece>;

  constructor(
    row: number,
    prompt: Int32Array,
    { blockSize }: LanguageModel,
    tokenizer: TextTokenizer,
    options: GenerateOptions,
  ) {
    checkPrompt(prompt, blockSize, options);
    this.#row = row;
    this.#ids = Array.from(prompt);
    this.#promptLength = prompt.length;
    this.#blockSize = blockSize;
    this.#vocabSize = tokenizer.vocabSize;
    this.#options = options;
    this.#sampler = options.sampler ?? sampler();
    this.#random = createRandom(options.seed, row);
    this.#decoder = tokenizer.decodeStream();
    for (const id of prompt) this.#decoder.push(id); // what a token's text is may depend on the one before
    this.#stopStrings = new StopStrings(options.stopStrings ?? []);
  }

  /** The ids that the model has yet to read, after making room for them; none of a row that has finished. */
  unread(decoding: Decoding): Int32Array {
    if (this.finished) return new Int32Array(0);
    const { keepPrefix = 0 } = this.#options;
    const read = decoding.lengths[this.#row] as number;
    const room = this.#blockSize - keepPrefix;
    if (read === 0) {
      const ids = this.#ids;
      return Int32Array.from(
        ids.length <= this.#blockSize ? ids : [...ids.slice(0, keepPrefix), ...ids.slice(-room)],
      );
    }
    if (read < this.#blockSize) return Int32Array.of(this.#ids.at(-1) as number);
    decoding.truncate(this.#row, keepPrefix);
    return Int32Array.from(this.#ids.slice(-Math.max(1, Math.floor(room / 2))));
  }

  /** Draws the next token by the logits [V] of the model, and gives the pieces that are safe to show. */
  *next(row: Float32Array): Generator<Piece, void> {
    const { stopTokens = [], alternatives } = this.#options;
    const logits = row.subarray(0, this.#vocabSize); // models may be padded: GPT-2's 50,257 rows to 50,304
    const token = this.#sampler(logits, this.#random, this.#ids);
    const stopToken = stopTokens.includes(token);
    this.#ids.push(token);
    const text = stopToken ? '' : this.#decoder.push(token);
    const scores = alternatives === undefined ? {} : { scores: score(logits, token, alternatives) };
    const piece: Piece = { row: this.#row, token, text, ...scores };
    const { pieces, stopped } = this.#stopStrings.push(piece);
    const reason = stopped ? 'stop-string' : stopToken ? 'stop-token' : this.#limit();
    if (reason === undefined) return yield* pieces;
    this.finished = true;
    if (!stopped) pieces.push(...this.#stopStrings.flush());
    const last = pieces.pop() as Piece;
    yield* pieces;
    yield { ...last, finished: reason };
  }

  /** The pieces of a row that was broken off. */
  flush(): Piece[] {
    return this.finished ? [] : this.#stopStrings.flush();
  }

  /** The limit that the row has come to, if any. */
  #limit(): FinishReason | undefined {
    const { maxNewTokens = 256, pastWindow = 'slide' } = this.#options;
    if (this.#ids.length - this.#promptLength >= maxNewTokens) return 'length';
    if (pastWindow === 'stop' && this.#ids.length > this.#blockSize) return 'window';
    return undefined;
  }
}
