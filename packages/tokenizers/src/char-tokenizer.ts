import { TinyllmError } from '@tinyllm/common';
import { segments, specialTokenPattern } from './special-tokens';
import type { DecodeStream, EncodeOptions, Tokenizer, TokenizerJSON } from './tokenizer';
import { unknownId } from './unknown-id';

export interface CharTokenizerOptions {
  /** Tokens beside the characters, say `<|endoftext|>`: their ids follow the characters', in this order. */
  readonly specialTokens?: readonly string[];
}

export interface CharTokenizerJSON extends TokenizerJSON {
  readonly type: 'characters';
  /** Every character, in the order of its id. */
  readonly characters: string;
  readonly specialTokens: readonly string[];
}

/** One token per Unicode character (code point), as in nanoGPT's character recipes. */
export class CharTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly specialTokens: Readonly<Record<string, number>>;
  readonly #texts: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #pattern: RegExp | undefined;

  /** `characters` in the order of their ids. Throws `tokenizer/duplicate` and `tokenizer/invalid-vocabulary`. */
  constructor(characters: string, { specialTokens = [] }: CharTokenizerOptions = {}) {
    this.#texts = [...characters.toWellFormed(), ...specialTokens];
    this.#ids = new Map(this.#texts.map((text, id) => [text, id]));
    this.vocabSize = this.#texts.length;
    if (this.#ids.size !== this.vocabSize) {
      const twice = this.#texts.find((text, id) => this.#ids.get(text) !== id);
      throw new TinyllmError(
        'tokenizer/duplicate',
        `Every character and special token needs an id of its own, and ${JSON.stringify(twice)} stands twice. ` +
          'Pass each once, or use CharTokenizer.fromText.',
      );
    }
    const firstSpecial = this.vocabSize - specialTokens.length;
    this.specialTokens = Object.fromEntries(specialTokens.map((token, i) => [token, firstSpecial + i]));
    this.#pattern = specialTokenPattern(specialTokens);
  }

  /** The tokenizer of the characters of `text`, sorted by code point; special tokens in it are not counted. */
  static fromText(text: string, options: CharTokenizerOptions = {}): CharTokenizer {
    const characters = new Set<string>();
    const pattern = specialTokenPattern(options.specialTokens ?? []);
    for (const segment of segments(text.toWellFormed(), pattern, 'encode')) {
      if (!segment.special) for (const character of segment.text) characters.add(character);
    }
    const codePoint = (character: string) => character.codePointAt(0) ?? 0;
    return new CharTokenizer([...characters].sort((a, b) => codePoint(a) - codePoint(b)).join(''), options);
  }

  /** Throws `tokenizer/unknown-character`, naming it and its position (an index into `text`). */
  encode(text: string, { specialTokens = 'encode' }: EncodeOptions = {}): Int32Array {
    const wellFormed = text.toWellFormed();
    const ids = new Int32Array(wellFormed.length);
    let length = 0;
    for (const segment of segments(wellFormed, this.#pattern, specialTokens)) {
      let position = segment.start;
      for (const unit of segment.special ? [segment.text] : segment.text) {
        const id = this.#ids.get(unit);
        if (id === undefined) throw unknownCharacter(unit, position, this.vocabSize);
        ids[length++] = id;
        position += unit.length;
      }
    }
    return ids.slice(0, length);
  }

  decode(ids: ArrayLike<number>): string {
    return Array.from(ids, (id) => this.#text(id)).join('');
  }

  decodeStream(): DecodeStream {
    return { push: (id) => this.#text(id), flush: () => '' };
  }

  toJSON(): CharTokenizerJSON {
    const plain = this.vocabSize - Object.keys(this.specialTokens).length;
    const characters = this.#texts.slice(0, plain).join('');
    return { type: 'characters', characters, specialTokens: this.#texts.slice(plain) }; // keys of objects move integers
  }

  #text(id: number): string {
    const text = this.#texts[id];
    if (text === undefined) throw unknownId(id, this.vocabSize);
    return text;
  }
}

function unknownCharacter(character: string, position: number, vocabSize: number): TinyllmError {
  const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return new TinyllmError(
    'tokenizer/unknown-character',
    `The character ${JSON.stringify(character)} (U+${codePoint}) at position ${position} is not among the ` +
      `${vocabSize} tokens of this vocabulary. Remove it, or build the tokenizer from text that has it.`,
  );
}
