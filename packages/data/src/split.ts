import { TinyllmError } from '@tinyllm/common';

/** A text for training and one that is never trained on. */
export interface Split {
  readonly train: string;
  readonly validation: string;
}

/** How a text is split. */
export interface SplitOptions {
  /** The part of the text that is kept for validation, at least 0 and below 1. Default 0.1. */
  readonly validationFraction?: number;
}

/**
 * Splits a text in two, without shuffling: the first floor((1 − `validationFraction`)·n) of its n characters
 * to train on, the rest to validate. Characters are Unicode code points, so no character is cut in half.
 * Throws `data/bad-validation-fraction`. This is nanoGPT's split (data/shakespeare_char/prepare.py).
 */
export function splitText(text: string, { validationFraction = 0.1 }: SplitOptions = {}): Split {
  if (!(validationFraction >= 0 && validationFraction < 1)) {
    throw new TinyllmError(
      'data/bad-validation-fraction',
      `validationFraction is ${validationFraction}, but it must be at least 0 and below 1. ` +
        'Use 0.1 to keep a tenth of the text for validation.',
    );
  }
  const count = countCharacters(text);
  const at = indexOfCharacter(text, Math.floor(count * (1 - validationFraction)));
  return { train: text.slice(0, at), validation: text.slice(at) };
}

/** Whether the code units at `index` and `index + 1` are a surrogate pair: one character. */
function isPair(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}

function countCharacters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i += isPair(text, i) ? 2 : 1) count++;
  return count;
}

/** Where in `text` its character number `count` begins, in code units. */
function indexOfCharacter(text: string, count: number): number {
  let index = 0;
  for (let i = 0; i < count; i++) index += isPair(text, index) ? 2 : 1;
  return index;
}
