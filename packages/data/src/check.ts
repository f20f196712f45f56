import { TinyllmError } from '@tinyllm/common';

/** Throws `data/bad-option` unless `value` is an integer of at least `least`. */
export function checkInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new TinyllmError(
    'data/bad-option',
    `${name} is ${value}, but it must be an integer of at least ${least}.`,
  );
}

/** Throws `data/bad-validation-fraction`. */
export function checkFraction(validationFraction: number): void {
  if (validationFraction >= 0 && validationFraction < 1) return;
  throw new TinyllmError(
    'data/bad-validation-fraction',
    `validationFraction is ${validationFraction}, but it must be at least 0 and below 1. ` +
      'Use 0.1 to keep a tenth for validation.',
  );
}
