import { TinyllmError } from '@tinyllm/common';

/** Throws `data/bad-option` unless `value` is an integer of at least `least`. */
export function checkInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new TinyllmError(
    'data/bad-option',
    `${name} is ${value}, but it must be an integer of at least ${least}.`,
  );
}
