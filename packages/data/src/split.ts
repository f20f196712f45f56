import { countCharacters, indexOfCharacter } from './characters';
import { checkFraction } from './check';

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
  checkFraction(validationFraction);
  const count = countCharacters(text);
  const at = indexOfCharacter(text, Math.floor(count * (1 - validationFraction)));
  return { train: text.slice(0, at), validation: text.slice(at) };
}
