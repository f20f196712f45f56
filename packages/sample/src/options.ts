import { TinyllmError } from '@tinyllm/common';

/** The error that says what an option of sampling must be. */
export function invalidOption(option: string, expected: string, value: unknown): TinyllmError {
  return new TinyllmError('sample/invalid-option', `${option} must be ${expected}, but is ${String(value)}.`);
}

/** Throws `sample/invalid-option` unless `value` is a positive integer. */
export function checkCount(option: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value > 0)) throw invalidOption(option, 'a positive integer', value);
}
