import { TinyllmError } from '@tinyllm/common';

/** Throws `config/invalid-field` unless `holds`. */
export function checkField(field: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds)
    throw new TinyllmError('config/invalid-field', `${field} must be ${expected}, but is ${value}.`);
}
