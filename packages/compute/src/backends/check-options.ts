import { TinyllmError } from '@tinyllm/common';
import type { BackendOptions } from './backend';

/** Least that `memoryLimit` may be, bytes: what one thread of the wasm backend takes for itself is less. */
const LEAST_MEMORY = 2 ** 20;

/** Throws `config/invalid-field` for a number that no backend can be started with. */
export function checkOptions({ threads, memoryLimit }: BackendOptions): void {
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1))
    throw invalid('threads', 'a positive integer', threads);
  if (memoryLimit !== undefined && !(memoryLimit >= LEAST_MEMORY))
    throw invalid('memoryLimit', `bytes, at least ${LEAST_MEMORY} (1 MiB)`, memoryLimit);
}

function invalid(field: string, expected: string, came: number): TinyllmError {
  return new TinyllmError('config/invalid-field', `${field} must be ${expected}, but is ${came}.`);
}
